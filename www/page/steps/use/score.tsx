import { finished, type Training } from "../../state/runs";
import type { EvaluationEvent } from "subtune";
import { integer, percent, score } from "../../words";

/** How good the model is, beside the other runs. */
export function Score({ training }: { training: Training }) {
  const result = training.result.value;
  const final = result?.test ?? result?.validation;
  if (!final) return <p>No examples were kept aside, so how good it is was not measured.</p>;
  const all = finished.value;
  return (
    <section class="score" aria-label="Score">
      {"accuracy" in final ? (
        <p>
          <strong class="big">{percent(final.accuracy)}</strong> of the answers are right on {integer(final.examples)} examples that it was not
          trained on{final.part === "validation" && " (but chosen by)"}.
        </p>
      ) : (
        <p>
          <strong class="big">{score(final.meanAbsoluteError, 2)}</strong> is how far its numbers are off on average, on{" "}
          {integer(final.examples)} examples that it was not trained on. Rank correlation: {score(final.spearman, 2)}.
        </p>
      )}
      <Beside all={all} shown={training} />
    </section>
  );
}

function Beside({ all, shown }: { all: Training[]; shown: Training }) {
  const rows = all.flatMap((one) => {
    const final = one.result.value?.test ?? one.result.value?.validation;
    return final ? [{ one, final }] : [];
  });
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Runs side by side">
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Data</th>
            <th scope="col">Method</th>
            <th scope="col">Passes</th>
            <th scope="col">Layers</th>
            <th scope="col">Score</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ one, final }) => (
            <tr key={one.id} class={one === shown ? "used" : ""}>
              <th scope="row">{one.name}</th>
              <td>{one.data.name}</td>
              <td>{one.settings.method}</td>
              <td>{one.settings.maxSteps ? "–" : one.settings.numTrainEpochs}</td>
              <td>{one.settings.layers ?? "all"}</td>
              <td>{main(final)}</td>
              <td>{Math.round(one.result.value!.end.seconds)} s</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function main(final: EvaluationEvent): string {
  return "accuracy" in final ? percent(final.accuracy) : score(final.spearman, 2);
}
