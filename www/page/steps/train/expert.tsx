import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import {
  CLASS_WEIGHTS,
  DEFAULTS,
  LONG,
  METHODS,
  NUMBERS,
  POOLINGS,
  RECIPES,
  type Choice,
  type NumberField,
  type Settings,
} from "../../generated/form";
import { device, reloadEngine, tuner, type Device } from "../../state/engine";
import { putAside } from "../../state/runs";
import { about, changed, initial, set, settings } from "../../state/settings";

/** Stays open or closed during a training. */
const open = signal(false);

/** All settings, with a sentence on each. */
export function Expert({ busy }: { busy: boolean }) {
  const now = settings.value;
  const differing = changed.value.length;
  return (
    <details class="expert" open={open.value} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>Settings for experts{differing > 0 && <span class="quiet"> ({differing} changed)</span>}</summary>
      <fieldset class="settings" disabled={busy}>
        <legend class="hidden">Settings</legend>
        <ListSetting name="recipe" label="Recipe" choices={RECIPES} />
        <ListSetting name="method" label="Method" choices={METHODS} />
        {NUMBERS.map((field) =>
          field.name === "updateFraction" && about(now.method).fraction === null ? null : <NumberSetting key={field.name} {...field} />,
        )}
        <ListSetting name="long" label="Longer texts" choices={LONG} />
        <ListSetting name="pooling" label="Pooling" choices={POOLINGS} automatic="As the model was designed." />
        <ListSetting name="classWeights" label="Class weights" choices={CLASS_WEIGHTS} />
        <Setting
          id="device"
          label="Device"
          about="Where the training runs. “Automatic” uses the graphics processor if there is a real one."
        >
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
      <button disabled={differing === 0 || busy} onClick={() => (settings.value = initial.value)}>
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

/** `maxLength` to `max-length`. */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A value from a list; `automatic` describes the engine's own choice, if there is one. */
function ListSetting<Name extends "recipe" | "method" | "long" | "pooling" | "classWeights">({
  name,
  label,
  choices,
  automatic,
}: {
  name: Name;
  label: string;
  choices: readonly Choice<NonNullable<Settings[Name]>>[];
  automatic?: string;
}) {
  const id = kebab(name);
  const chosen = choices.find(({ value }) => value === settings.value[name]);
  return (
    <Setting id={id} label={label} about={chosen?.about ?? automatic!}>
      <select
        id={id}
        aria-describedby={`${id}-about`}
        value={chosen?.value ?? ""}
        onChange={(event) => set({ [name]: event.currentTarget.value || null })}
      >
        {automatic && <option value="">automatic</option>}
        {choices.map(({ value, words }) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </Setting>
  );
}

function NumberSetting({ name, label, about, least, most: limit, step, empty }: NumberField) {
  const model = tuner.value?.model ?? { layers: 6, maxLength: 512 };
  const most = typeof limit === "string" ? model[limit] : limit;
  const id = kebab(name);
  return (
    <Setting id={id} label={label} about={about.replace("{layers}", String(model.layers))}>
      <input
        id={id}
        type="number"
        inputMode="decimal"
        aria-describedby={`${id}-about`}
        min={least}
        max={most}
        step={step}
        placeholder={empty}
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
