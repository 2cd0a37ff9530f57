import { finished } from "../../state/runs";
import type { Training } from "../../state/training";
import type { RunResult } from "subtune";
import { show } from "../../state/models";
import { clock, integer, percent, score } from "../../words";

/** How good the model is, beside the other runs. */
export function Score({ training }: { training: Training }) {
  const result = training.result.value;
  const final = result?.test ?? result?.validation;
  if (!final) return <p>No examples were kept aside, so how good it is was not measured.</p>;
  const all = finished.value;
  return (
    <section class="score" aria-label="Score">
      {"accuracy" in final ? (
        <p class="result">
          <strong class="big">{percent(final.accuracy)}</strong>
          <span>
            of the answers are right on {integer(final.examples)} examples that it was not trained on
            {final.part === "validation" && " (but chosen by)"}.
          </span>
        </p>
      ) : (
        <p class="result">
          <strong class="big">±{score(final.meanAbsoluteError, 2)}</strong>
          <span>
            is how far its numbers are off on average, on {integer(final.examples)} examples that it was not trained on. Their order agrees
            with the right one by {score(final.spearman, 2)}, where 1 is perfect and 0 is chance (rank correlation).
          </span>
        </p>
      )}
      {all.length > 1 && <Beside all={all} shown={training} />}
    </section>
  );
}

/** Also chooses the run that is looked at. */
function Beside({ all, shown }: { all: Training[]; shown: Training }) {
  const differ = new Set(all.map(({ data }) => data.name)).size > 1;
  return (
    <div class="scroll runs" tabIndex={0} role="region" aria-label="Runs side by side">
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Score</th>
            <th scope="col">Method</th>
            <th scope="col">Layers</th>
            <th scope="col">Passes</th>
            <th scope="col">Time</th>
            {differ && <th scope="col">Data</th>}
          </tr>
        </thead>
        <tbody>
          {all.map((one) => (
            <tr key={one.id} class={one === shown ? "used" : ""}>
              <th scope="row">
                <label class="run">
                  <input type="radio" name="run" checked={one === shown} onChange={() => show(one)} /> {one.name}
                </label>
              </th>
              <td class="figures">{main(one.result.value!)}</td>
              <td>{one.settings.method}</td>
              <td>{one.settings.layers ?? "all"}</td>
              <td>{one.settings.maxSteps ? "–" : one.settings.numTrainEpochs}</td>
              <td class="figures">{clock(one.result.value!.end.seconds)}</td>
              {differ && <td>{one.data.name}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function main({ test, validation }: RunResult): string {
  const final = test ?? validation;
  if (!final) return "–";
  return "accuracy" in final ? percent(final.accuracy) : score(final.spearman, 2);
}
