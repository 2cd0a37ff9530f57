import { Name } from "../../parts/name";
import type { Training } from "../../state/training";
import { integer, percent } from "../../words";
import { scoreOf } from "./scores";

/** How good the model is at each class. */
export function Classes({ training }: { training: Training }) {
  const result = training.result.value;
  const final = result && scoreOf(result)?.metrics;
  const labels = training.start?.labels ?? [];
  if (!final || !("perClass" in final)) return null;
  return (
    <details class="classes" open={labels.length <= 12}>
      <summary>
        <h3>Class by class</h3>
      </summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Scores of each class">
        <table>
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col">Found</th>
              <th scope="col">Right</th>
              <th scope="col">F1</th>
              <th scope="col">Examples</th>
            </tr>
          </thead>
          <tbody>
            {final.perClass.map(({ precision, recall, f1, support }, id) => (
              <tr key={id}>
                <th scope="row">
                  <Name of={labels[id]} />
                </th>
                <td class="figures">{percent(recall)}</td>
                <td class="figures">{percent(precision)}</td>
                <td class="figures">{percent(f1)}</td>
                <td class="figures">{integer(support)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">
        Found: of the examples of a class, the share that was recognised (recall). Right: of what the model called by that class, the share
        that is (precision). F1 is both in one number.
      </p>
    </details>
  );
}
