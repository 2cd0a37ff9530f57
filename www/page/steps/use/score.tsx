import type { RunResult } from "subtune";
import { finished } from "../../state/runs";
import type { Training } from "../../state/training";
import { show } from "../../state/models";
import { clock, fraction, integer, intervalWords, percent, score, scoreWords } from "../../words";
import { scoreOf, type Scored } from "./scores";

/** The model's score, beside those of other runs. */
export function Score({ training }: { training: Training }) {
  const result = training.result.value;
  const all = finished.value;
  const before = result && result.end.steps > 0 && result.probe?.metrics;
  return (
    <section class="score" aria-label="Score">
      <Result scored={result && scoreOf(result)} stopped={result?.end.interrupted} />
      {before && <p class="quiet">The first model, before the training: {scoreWords(before)}.</p>}
      {all.length > 1 && <Beside all={all} shown={training} />}
    </section>
  );
}

/** A score in large letters, the examples it was measured on, and its interval. */
export function Result({ scored, stopped = false }: { scored: Scored | null; stopped?: boolean | undefined }) {
  if (!scored) {
    const why = stopped ? "You stopped the training before the measurement" : "There are too few examples to hold some out";
    return <p>The model was not scored. {why}.</p>;
  }
  const { metrics, part } = scored;
  const on = ON[part](integer(metrics.examples));
  const sure = intervalWords(metrics);
  if ("accuracy" in metrics) {
    return (
      <>
        <p class="result">
          <strong class="big">{percent(metrics.accuracy)}</strong>
          <span>of the answers are right on {on}.</span>
        </p>
        {sure && <p class="quiet">{sure} right on all such texts (95 % interval).</p>}
      </>
    );
  }
  if ("exactMatch" in metrics) {
    return (
      <>
        <p class="result">
          <strong class="big">{score(metrics.microF1, 2)}</strong>
          <span>
            is the F1 score over all labels (1 is perfect). On {on}, {percent(metrics.exactMatch)} have exactly the right labels.
          </span>
        </p>
        {sure && <p class="quiet">{sure} exactly right on all such texts (95 % interval).</p>}
      </>
    );
  }
  return (
    <>
      <p class="result">
        <strong class="big">±{score(metrics.meanAbsoluteError, 2)}</strong>
        <span>
          is the average error on {on}. The order of its numbers agrees with the right one by {score(metrics.spearman, 2)}, where 1 is
          perfect and 0 is chance (rank correlation).
        </span>
      </p>
      {sure && <p class="quiet">{sure} for the rank correlation on all such texts (95 % interval).</p>}
    </>
  );
}

/** The examples that a score was measured on, in words. */
const ON: Record<Scored["part"], (examples: string) => string> = {
  test: (examples) => `${examples} examples that it was not trained on`,
  validation: (examples) => `${examples} examples that it was not trained on, but selected by`,
  cross_validation: (examples) => `${examples} examples, each scored by a similar model that had not seen it (cross-validation)`,
};

/** Also selects the run to show. */
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
              <td>{passes(one)}</td>
              <td class="figures">{clock(one.result.value!.end.seconds)}</td>
              {differ && <td>{one.data.name}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function main(result: RunResult): string {
  const scored = scoreOf(result);
  if (!scored) return "–";
  const { metrics } = scored;
  if ("exactMatch" in metrics) return score(metrics.microF1, 2);
  return "accuracy" in metrics ? percent(metrics.accuracy) : score(metrics.spearman, 2);
}

function passes({ settings, start }: Training): string {
  const epochs = start?.arguments.numTrainEpochs ?? null;
  return settings.maxSteps !== null || epochs === null ? "–" : fraction(epochs);
}
