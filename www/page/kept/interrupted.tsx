import { useInheritedFocus } from "../parts/focus";
import { discardInterrupted, interrupted } from "../state/kept";
import { KeptTraining } from "./kept-training";

/** The trainings that were interrupted before the page was opened, which can go on. */
export function Interrupted() {
  const runs = interrupted.value;
  const place = useInheritedFocus<HTMLHeadingElement>(runs.length);
  const discard = async (name: string) => {
    await discardInterrupted(name);
    if (interrupted.peek().length === 0) document.getElementById("step-1")?.focus();
  };
  if (runs.length === 0) return null;
  return (
    <section class="interrupted" aria-labelledby="interrupted">
      <h2 id="interrupted" ref={place} tabIndex={-1}>
        {runs.length === 1 ? "A training was interrupted" : `${runs.length} trainings were interrupted`}
      </h2>
      {runs.map((run) => (
        <KeptTraining key={run.name} run={run} discard={() => discard(run.name)} />
      ))}
    </section>
  );
}
