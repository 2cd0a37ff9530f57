import { useSignal } from "@preact/signals";
import type { StoredRun } from "subtune";
import { useInheritedFocus } from "../parts/focus";
import { METHODS } from "../generated/form";
import { titleOf } from "../state/kept";
import { goOn, starting, training } from "../state/runs";
import { Trouble } from "../trouble/trouble";
import { ago, integer, megabytes } from "../words";

/** What is kept of a training, and what can be done with it: nothing but to discard it, where it is `damaged`. */
export function KeptTraining({ run, damaged = false, discard }: { run: StoredRun; damaged?: boolean; discard: () => Promise<void> }) {
  const asking = useSignal(false);
  const place = useInheritedFocus<HTMLDivElement>(asking.value);
  const error = useSignal<Error | null>(null);
  const { step, maxSteps, storedAt, options, bytes, inUse } = run;
  const busy = starting.value || training.value !== null;
  const title = titleOf(run);
  const method = METHODS.find(({ value }) => value === (options.method ?? "dps-dense"))?.words;
  const throwAway = async () => {
    try {
      await discard();
    } catch (reason) {
      error.value = reason as Error;
    }
  };
  return (
    <div class="kept" ref={place} tabIndex={-1}>
      <p>
        <strong>{title}</strong>, method {method}:{" "}
        {step > 0 ? `step ${integer(step)} of ${integer(maxSteps)}` : `at the start of ${integer(maxSteps)} steps`}, kept{" "}
        <time dateTime={storedAt.toISOString()} title={storedAt.toLocaleString()}>
          {ago(storedAt)}
        </time>
        <span class="quiet">; {megabytes(bytes)} in this browser, with a copy of the data</span>
      </p>
      {inUse ? (
        <p class="quiet">It is under way in another tab.</p>
      ) : (
        <div class="buttons">
          {!damaged && (
            <button class="main" disabled={busy} aria-label={`Go on with ${title}`} onClick={() => void goOn(run)}>
              Go on
            </button>
          )}
          {asking.value ? (
            <>
              <button class="danger" onClick={() => void throwAway()}>
                Yes, throw it away
              </button>
              <button onClick={() => (asking.value = false)}>No</button>
            </>
          ) : (
            <button class="plain" aria-label={`Discard ${title}…`} onClick={() => (asking.value = true)}>
              Discard…
            </button>
          )}
        </div>
      )}
      {error.value && <Trouble error={error.value} again={() => void throwAway()} />}
    </div>
  );
}
