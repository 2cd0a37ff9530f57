import { useSignal } from "@preact/signals";
import { Name } from "../../parts/name";
import { content } from "../../state/data";
import { integer, percent, score } from "../../words";

const AT_FIRST = 12;

/** How many examples each class has, as bars. */
export function Balance() {
  const all = useSignal(false);
  const task = content.value?.task;
  if (!task) return null;
  if (task.kind === "regression") {
    return (
      <section aria-labelledby="balance">
        <h3 id="balance">The answers are numbers</h3>
        <p>
          From {score(task.minimum, 2)} to {score(task.maximum, 2)}, {score(task.mean, 2)} on average.
        </p>
      </section>
    );
  }
  const classes = [...task.classes].sort((one, other) => other.examples - one.examples);
  const total = classes.reduce((sum, { examples }) => sum + examples, 0);
  const most = classes[0]?.examples ?? 1;
  const shown = all.value ? classes : classes.slice(0, AT_FIRST);
  return (
    <section aria-labelledby="balance">
      <h3 id="balance">Examples of each class</h3>
      <table class="bars">
        <colgroup>
          <col class="name" />
          <col />
          <col class="amount" />
        </colgroup>
        <thead class="hidden">
          <tr>
            <th scope="col">Class</th>
            <th scope="col">Share</th>
            <th scope="col" class="figures">
              Examples
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ label, examples }) => (
            <tr key={label}>
              <th scope="row">
                <Name of={label} />
              </th>
              <td class="bar">
                <div class={examples < 10 ? "few" : ""} style={{ width: `${(100 * examples) / most}%` }} />
                <span class="hidden">{percent(examples / Math.max(1, total), 0)}</span>
              </td>
              <td class="figures">{integer(examples)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {classes.length > AT_FIRST && (
        <button class="plain" onClick={() => (all.value = !all.value)} aria-expanded={all.value}>
          {all.value ? "Show fewer" : `Show all ${classes.length} classes`}
        </button>
      )}
    </section>
  );
}
