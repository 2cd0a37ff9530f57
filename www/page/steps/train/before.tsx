import type { ComponentChildren } from "preact";
import { chosen, content } from "../../state/data";
import { estimate, estimateWith, measure } from "../../state/estimate";
import { first, holdMeasuring } from "../../state/first";
import { shown } from "../../state/models";
import { keeping } from "../../state/kept";
import { tuner } from "../../state/engine";
import { set, settings } from "../../state/settings";
import { duration, HERE, integer, intervalWords, megabytes, scoreWords } from "../../words";
import { Trouble } from "../../trouble/trouble";

/** Longer trainings get suggestions to save time. */
const LONG = 180;

/** The button that starts the training, with an estimate from a few measured steps. */
export function Before({ children }: { children: ComponentChildren }) {
  const state = measure.value;
  const found = estimate.value;
  const examples = content.value?.examples ?? 0;
  const { maxTrainSamples } = settings.value;
  const busy = holdMeasuring.value;
  return (
    <>
      <p>
        The model reads your examples a few times and learns to give the same answers. Its score is measured on examples that it has not
        learned from.
      </p>
      {maxTrainSamples !== null && maxTrainSamples < examples && (
        <p class="quiet">
          To save time, it learns from {integer(maxTrainSamples)} of {integer(examples)} examples.{" "}
          <button class="plain" disabled={busy} onClick={() => set({ maxTrainSamples: null })}>
            Use all
          </button>
        </p>
      )}
      <div class="start">
        {children}
        <div class="estimate" aria-live="polite">
          {shown.value === null && <FirstModel />}
          {state.phase === "measuring" && (
            <p>
              Measuring how fast this device is… <span class="quiet">No need to wait.</span>
            </p>
          )}
          {found && (
            <p>
              <strong>About {duration(found.seconds)}</strong> on this device
              <br />
              <span class="quiet">
                {integer(found.steps)} steps with {integer(found.examples)} examples, about {megabytes(found.bytes)} of memory
              </span>
            </p>
          )}
          {busy && !found && <p class="quiet">See the progress below.</p>}
          {state.phase === "none" && !busy && <p class="quiet">The time is estimated when the engine is ready.</p>}
        </div>
      </div>
      <label class="keep">
        <input
          type="checkbox"
          checked={keeping.value}
          disabled={busy}
          onChange={(event) => (keeping.value = event.currentTarget.checked)}
        />
        <span>
          Save the training {HERE}, so that it can continue after the page is closed.{" "}
          <span class="quiet">
            A copy of the data is saved with it, on this device only. Everything is removed when the training is done.
          </span>
        </span>
      </label>
      {found && found.seconds > LONG && !busy && <Faster seconds={found.seconds} />}
      {state.phase === "failed" && <Trouble error={state.error} again={() => undefined} />}
    </>
  );
}

/** The first model, which is ready within seconds. */
function FirstModel() {
  const state = first.value;
  if (state.phase === "fitting")
    return (
      <p>
        Making a first model… <span class="quiet">No need to wait.</span>
      </p>
    );
  if (state.phase === "none") return null;
  const { metrics, examples } = state.model.probe;
  return (
    <p>
      <strong>A first model is ready</strong>
      {metrics && `: ${scoreWords(metrics)}`}. <a href="#step-3">Try it</a>; training makes it better.
      <br />
      <span class="quiet">
        {metrics ? (intervalWords(metrics) ?? `Of ${integer(examples)} examples`) : "There are too few examples to measure how good it is"}
      </span>
    </p>
  );
}

function Faster({ seconds }: { seconds: number }) {
  const { layers, maxTrainSamples } = settings.value;
  const all = tuner.value?.model.layers ?? 6;
  const half = Math.ceil(all / 2);
  const few = chosen.value?.sample?.few ?? 500;
  const examples = content.value?.examples ?? 0;
  const ways = [
    layers === null && { words: `Use ${half} of ${all} layers`, change: { layers: half } },
    maxTrainSamples === null && examples > 1.5 * few && { words: `Learn from ${integer(few)} examples`, change: { maxTrainSamples: few } },
  ].flatMap((way) => {
    const estimated = way && estimateWith(way.change);
    return way && estimated && estimated.seconds < 0.8 * seconds ? [{ ...way, seconds: estimated.seconds }] : [];
  });
  if (ways.length === 0) return null;
  return (
    <p class="faster">
      <span>Faster, and often nearly as good:</span>
      {ways.map(({ words, change, seconds }) => (
        <button key={words} onClick={() => set(change)}>
          {words} (about {duration(seconds)})
        </button>
      ))}
    </p>
  );
}
