import { signal } from "@preact/signals";
import { base, BUNDLED, kept, lookError, lookForModels, trying, type Base } from "../state/base";
import { useInheritedFocus } from "../parts/focus";
import { starting, training } from "../state/runs";
import { explain } from "../trouble/explain";
import { HERE, hasProgram, megabytes, sentence } from "../words";
import { AddModel } from "./add";
import { BaseModels } from "./list";
import { Removal } from "./removal";
import { unkept, useError, useModel } from "./use";

/** Stays open when the engine is replaced. */
const open = signal(false);

/** The model to start from: the one in use, those in this browser, and those that can be downloaded elsewhere. */
export function ChooseBase() {
  const busy = trying.value !== null || training.value !== null || starting.value;
  return (
    <details class="why base" open={open.value} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>
        Model: <strong>{base.value.name}</strong> <span class="quiet">(choose another)</span>
      </summary>
      {open.value && (
        <div class="bases">
          <p>
            Every training starts from this model. Choose one that was made for your language and your kind of text: that matters more than
            the settings.
          </p>
          <InThisBrowser busy={busy} />
          <AddModel busy={busy} />
          <p role="status" class={trying.value === null ? "hidden" : ""}>
            {trying.value !== null && `Loading ${trying.value.name} to see whether it can be used…`}
          </p>
          {useError.value && <Refusal error={useError.value} />}
          {unkept.value !== null && (
            <p class="note">{sentence(`this model is not kept ${HERE} (${unkept.value})`)} You can use it until the page is closed.</p>
          )}
          <BaseModels />
        </div>
      )}
    </details>
  );
}

function InThisBrowser({ busy }: { busy: boolean }) {
  const used = base.value;
  const checked = trying.value ?? used;
  const place = useInheritedFocus<HTMLInputElement>(busy);
  const all = [BUNDLED, ...kept.value];
  // one that could not be kept
  if (!all.some((model) => isSame(model, used))) all.push(used);
  return (
    <fieldset class="here" disabled={busy}>
      <legend>Models {HERE}</legend>
      {all.map((model) => (
        <div class="row" key={model.id ?? model.name}>
          <label class="run">
            <input
              ref={isSame(model, used) ? place : null}
              type="radio"
              name="base"
              checked={isSame(model, checked)}
              onChange={() => void useModel(model)}
            />
            <span>
              {model.name}{" "}
              <span class="quiet">
                {model.files ? megabytes(model.bytes) : `${megabytes(model.bytes)}, part of this ${hasProgram ? "program" : "page"}`}
              </span>
            </span>
          </label>
          {model.id !== null && <Removal model={model} />}
        </div>
      ))}
      {lookError.value && (
        <div class="note">
          <p>{sentence(`models kept ${HERE} could not be looked up (${lookError.value.message})`)}</p>
          <button onClick={() => void lookForModels()}>Look again</button>
        </div>
      )}
    </fieldset>
  );
}

/** The model in use stays, so there is nothing to remedy. */
function Refusal({ error }: { error: Error }) {
  const { title, text } = explain(error);
  return (
    <section class="note bad" role="alert">
      <h3>{title}</h3>
      <p>{text}</p>
      <p>{base.value.name} is still in use.</p>
    </section>
  );
}

function isSame(one: Base, other: Base): boolean {
  return one.id === other.id && one.name === other.name && (one.files === null) === (other.files === null);
}
