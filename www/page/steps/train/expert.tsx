import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Method, ModelInfo } from "subtune";
import { METHODS } from "../../methods";
import { device, reloadEngine, tuner, type Device } from "../../state/engine";
import { putAside } from "../../state/runs";
import { changed, DEFAULTS, set, settings, usesFraction, type Settings } from "../../state/settings";

type Recipe = Settings["recipe"];

const RECIPES: Record<Recipe, { words: string; about: string }> = {
  auto: { words: "by the examples", about: "Chooses what is left empty below by the number of examples, and begins with the first model." },
  plain: { words: "as is usual", about: "Three passes in batches of 16 whatever the examples, with a tenth kept aside to choose by and a tenth for the score." },
};

/** Stays as it was over a training. */
const open = signal(false);

/** Everything that can be set, with a sentence on each. */
export function Expert({ busy }: { busy: boolean }) {
  const now = settings.value;
  const model = tuner.value?.model;
  const differing = changed.value.length;
  return (
    <details class="expert" open={open.value} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>Settings for experts{differing > 0 && <span class="quiet"> ({differing} changed)</span>}</summary>
      <fieldset class="settings" disabled={busy}>
        <legend class="hidden">Settings</legend>
        <Setting id="recipe" label="Recipe" about={RECIPES[now.recipe].about}>
          <select id="recipe" aria-describedby="recipe-about" value={now.recipe} onChange={(event) => set({ recipe: event.currentTarget.value as Recipe })}>
            {Object.entries(RECIPES).map(([value, { words }]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </Setting>
        <Setting id="method" label="Method" about={METHODS.find(({ value }) => value === now.method)!.about}>
          <select id="method" aria-describedby="method-about" value={now.method} onChange={(event) => set({ method: event.currentTarget.value as Method })}>
            {METHODS.map(({ value, words }) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </Setting>
        {numbers(model).map((one) =>
          one.name === "updateFraction" && !usesFraction(now.method) ? null : <NumberSetting key={one.id} {...one} />,
        )}
        <Setting id="pooling" label="Pooling" about="What is made of a text’s words: their mean, or what the model collects at the first place. “Automatic” takes what the model was made for.">
          <select
            id="pooling"
            aria-describedby="pooling-about"
            value={now.pooling ?? ""}
            onChange={(event) => set({ pooling: (event.currentTarget.value || null) as Settings["pooling"] })}
          >
            <option value="">automatic</option>
            <option value="mean">mean of all words</option>
            <option value="cls">first place ([CLS])</option>
          </select>
        </Setting>
        <Setting id="class-weights" label="Class weights" about="“Balanced” counts each class alike, however rare it is. For data where one class has nearly all examples.">
          <select
            id="class-weights"
            aria-describedby="class-weights-about"
            value={now.classWeights}
            onChange={(event) => set({ classWeights: event.currentTarget.value as "none" | "balanced" })}
          >
            <option value="none">as they come</option>
            <option value="balanced">balanced</option>
          </select>
        </Setting>
        <Setting id="device" label="Device" about="Where the computing is done. “Automatic” takes the graphics processor if there is a real one.">
          <select
            id="device"
            aria-describedby="device-about"
            value={device.value}
            onChange={(event) => void changeDevice(event.currentTarget.value as Device)}
          >
            <option value="auto">automatic</option>
            <option value="webgpu">graphics processor (WebGPU)</option>
            <option value="cpu">processor (CPU)</option>
          </select>
        </Setting>
      </fieldset>
      <button disabled={differing === 0 || busy} onClick={() => (settings.value = DEFAULTS)}>
        Back to the defaults
      </button>
    </details>
  );
}

async function changeDevice(wanted: Device): Promise<void> {
  await putAside().catch(() => undefined);
  await reloadEngine(wanted).catch(() => undefined);
}

function Setting({ id, label, about, children }: { id: string; label: string; about: string; children: ComponentChildren }) {
  return (
    <div class="setting">
      <label for={id}>{label}</label>
      {children}
      <p id={`${id}-about`}>{about}</p>
    </div>
  );
}

interface NumberRow {
  id: string;
  name: NumberName;
  label: string;
  about: string;
  least: number;
  most: number;
  step: number | "any";
  placeholder?: string;
}

type NumberName = { [Name in keyof Settings]: Settings[Name] extends number | null ? Name : never }[keyof Settings];

const MANY = 10_000_000;

/** What a field that is left empty means is its default. */
function numbers({ layers, maxLength }: Pick<ModelInfo, "layers" | "maxLength"> = { layers: 6, maxLength: 512 }): NumberRow[] {
  return [
    {
      id: "epochs",
      name: "numTrainEpochs",
      label: "Passes (epochs)",
      about: "How often the model reads all examples. More is slower, and too many make it learn by heart. Empty: by the recipe.",
      least: 0.1,
      most: 100,
      step: "any",
      placeholder: "by the recipe",
    },
    {
      id: "learning-rate",
      name: "learningRate",
      label: "Learning rate",
      about: "How far each step goes. Too large and it learns nothing, too small and it takes forever. Empty: 0.0001.",
      least: 1e-7,
      most: 1,
      step: "any",
      placeholder: "0.0001",
    },
    {
      id: "update-fraction",
      name: "updateFraction",
      label: "Update fraction",
      about: "The share of each part of the model that is changed. Smaller keeps more of what the model knew.",
      least: 0.05,
      most: 1,
      step: 0.05,
    },
    {
      id: "batch",
      name: "perDeviceTrainBatchSize",
      label: "Batch",
      about: "Examples that are read at once. More needs more memory and makes steadier, fewer steps. Empty: by the recipe.",
      least: 1,
      most: 512,
      step: 1,
      placeholder: "by the recipe",
    },
    {
      id: "layers",
      name: "layers",
      label: "Layers",
      about: `How many of the model’s ${layers} layers are used. Half of them is nearly twice as fast and a little worse.`,
      least: 1,
      most: layers,
      step: 1,
      placeholder: String(layers),
    },
    {
      id: "max-length",
      name: "maxLength",
      label: "Longest text",
      about: "In tokens, which are words or parts of words. What is longer is cut off at the end. Shorter is faster.",
      least: 8,
      most: maxLength,
      step: 1,
    },
    {
      id: "max-train-samples",
      name: "maxTrainSamples",
      label: "Examples at most",
      about: "Learns from so many random examples only. Empty: from all.",
      least: 1,
      most: MANY,
      step: 1,
      placeholder: "all",
    },
    {
      id: "max-steps",
      name: "maxSteps",
      label: "Steps at most",
      about: "Ends after so many steps, whatever the passes. Empty: as many as the passes need.",
      least: 1,
      most: MANY,
      step: 1,
      placeholder: "as needed",
    },
    {
      id: "seed",
      name: "seed",
      label: "Seed",
      about: "Where chance begins. The same seed on the same device gives exactly the same model.",
      least: 0,
      most: Number.MAX_SAFE_INTEGER,
      step: 1,
    },
  ];
}

function NumberSetting({ id, name, label, about, least, most, step, placeholder }: NumberRow) {
  return (
    <Setting id={id} label={label} about={about}>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        aria-describedby={`${id}-about`}
        min={least}
        max={most}
        step={step}
        placeholder={placeholder}
        value={settings.value[name] ?? ""}
        onChange={({ currentTarget: field }) => {
          const bounded = Math.min(most, Math.max(least, field.valueAsNumber));
          const value = Number.isNaN(bounded) ? DEFAULTS[name] : step === 1 ? Math.round(bounded) : bounded;
          field.value = String(value ?? "");
          set({ [name]: value });
        }}
      />
    </Setting>
  );
}
