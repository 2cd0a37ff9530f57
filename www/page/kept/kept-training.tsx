import { useSignal } from "@preact/signals";
import type { StoredRun } from "subtune";
import { useInheritedFocus } from "../parts/focus";
import { METHODS } from "../generated/form";
import { titleOf } from "../state/kept";
import { continueRun } from "../base/use";
import { trying } from "../state/base";
import { starting, training } from "../state/runs";
import { Trouble } from "../trouble/trouble";
import { ago, HERE, integer, megabytes } from "../words";

/** A stored training, with buttons to continue or discard it. A `damaged` one can only be discarded. */
export function KeptTraining({ run, damaged = false, discard }: { run: StoredRun; damaged?: boolean; discard: () => Promise<void> }) {
  const asking = useSignal(false);
  const place = useInheritedFocus<HTMLDivElement>(asking.value);
  const error = useSignal<Error | null>(null);
  const { step, maxSteps, storedAt, options, bytes, inUse } = run;
  const busy = starting.value || training.value !== null || trying.value !== null;
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
        {step > 0 ? `step ${integer(step)} of ${integer(maxSteps)}` : `at the start of ${integer(maxSteps)} steps`}, saved{" "}
        <time dateTime={storedAt.toISOString()} title={storedAt.toLocaleString()}>
          {ago(storedAt)}
        </time>
        <span class="quiet">
          ; {megabytes(bytes)} {HERE}, with a copy of the data
        </span>
      </p>
      {inUse ? (
        <p class="quiet">It is running in another tab.</p>
      ) : (
        <div class="buttons">
          {!damaged && (
            <button class="main" disabled={busy} aria-label={`Continue ${title}`} onClick={() => void continueRun(run)}>
              Continue
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
