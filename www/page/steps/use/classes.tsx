import { Name } from "../../parts/name";
import type { Training } from "../../state/training";
import { integer, percent } from "../../words";
import { scoreOf } from "./scores";

/** The scores of each class. */
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
        Found: the share of the class’s examples that were recognised (recall). Right: the share of the model’s answers of this class that
        are correct (precision). F1 combines both.
      </p>
    </details>
  );
}
