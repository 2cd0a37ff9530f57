import type { StoredRun } from "subtune";
import { useInheritedFocus } from "../parts/focus";
import { discardInterrupted, interrupted, lookError, lookForInterrupted } from "../state/kept";
import { HERE, sentence } from "../words";
import { KeptTraining } from "./kept-training";

/** Interrupted trainings of earlier visits, which can continue. */
export function Interrupted() {
  const runs = interrupted.value;
  const place = useInheritedFocus<HTMLHeadingElement>(runs.length);
  const discard = async (name: string) => {
    await discardInterrupted(name);
    if (interrupted.peek().length === 0) document.getElementById("step-1")?.focus();
  };
  return (
    <>
      {lookError.value && <NotFoundOut error={lookError.value} />}
      {runs.length > 0 && (
        <section class="interrupted" aria-labelledby="interrupted">
          <h2 id="interrupted" ref={place} tabIndex={-1}>
            {title(runs)}
          </h2>
          {runs.map((run) => (
            <KeptTraining key={run.name} run={run} discard={() => discard(run.name)} />
          ))}
        </section>
      )}
    </>
  );
}

function title(runs: StoredRun[]): string {
  if (runs.every(({ inUse }) => inUse)) return "A training is running in another tab";
  return runs.length === 1 ? "A training was interrupted" : `${runs.length} trainings were interrupted`;
}

function NotFoundOut({ error }: { error: Error }) {
  return (
    <section class="note bad" role="alert">
      <h3>Interrupted trainings could not be looked up</h3>
      <p>{sentence(`what is kept ${HERE} could not be read (${error.message})`)} Nothing was changed.</p>
      <div class="buttons">
        <button onClick={() => void lookForInterrupted()}>Look again</button>
      </div>
    </section>
  );
}
