import type { Metrics } from "subtune";
import { trainings } from "../state/runs";
import type { Training } from "../state/training";
import { count, percent, score } from "../words";
import { Plot, type Line } from "./plot";
import { smooth } from "./smooth";

const COLOURS = 6;

/** Loss and score of all runs, on common axes. */
export function Curves() {
  const all = trainings.value;
  for (const one of all) one.news.value;
  const most = Math.max(...all.map(passesOf));
  const passes = "passes through the examples";
  return (
    <section class="curves" aria-labelledby="curves">
      <h3 id="curves">How it goes</h3>
      <Legend all={all} />
      <div class="parts">
        <figure>
          <figcaption>
            <strong>Loss</strong> shows how far off the answers are. <span class="quiet">It should go down.</span>
          </figcaption>
          <Plot lines={all.flatMap(losses)} xLabel={passes} xMost={most} summary={all.map(lossInWords).join(" ")} />
        </figure>
        <figure>
          <figcaption>
            <strong>Score</strong> shows {all.every(classifies) ? "how many answers are right" : "how well the order agrees"}.{" "}
            <span class="quiet">It should go up.</span>
          </figcaption>
          <Plot
            lines={all.map(scores)}
            xLabel={passes}
            xMost={most}
            percent={all.every(classifies)}
            summary={all.map(scoreInWords).join(" ")}
          />
        </figure>
      </div>
    </section>
  );
}

function Legend({ all }: { all: Training[] }) {
  return (
    <ul class="legend">
      {all.map((one) => (
        <li key={one.id}>
          <span class={`swatch series-${series(one)}`} aria-hidden="true" />
          {one.name}
          <span class="quiet">
            {" "}
            {one.settings.method}
            {one.settings.layers !== null && `, ${count(one.settings.layers, "layer")}`}
          </span>
        </li>
      ))}
      <li class="quiet">
        <span class="swatch" aria-hidden="true" />
        while learning
      </li>
      <li class="quiet">
        <span class="swatch dashed" aria-hidden="true" />
        on examples not learned from
      </li>
    </ul>
  );
}

/** The passes of the whole run, so that the axis does not move. */
function passesOf({ start, last, settings }: Training): number {
  if (settings.maxSteps === null) return start?.arguments.numTrainEpochs ?? 1;
  return start && last ? (last.epoch / last.step) * start.maxSteps : 1;
}

function series(one: Training): number {
  return (one.id - 1) % COLOURS;
}

function losses(one: Training): Line[] {
  const colour = `series-${series(one)}`;
  const held = heldOut(one);
  return [
    { name: `${one.name} loss`, x: one.steps.map(({ epoch }) => epoch), y: smooth(one.steps.map(({ loss }) => loss)), colour },
    {
      name: `${one.name} loss kept aside`,
      x: held.map(({ epoch }) => epoch),
      y: held.map(({ metrics }) => metrics.loss),
      colour,
      dashed: true,
      points: true,
    },
  ];
}

function scores(one: Training): Line {
  const held = heldOut(one);
  return {
    name: `${one.name} score`,
    x: held.map(({ epoch }) => epoch),
    y: held.map(({ metrics }) => ("accuracy" in metrics ? metrics.accuracy : "exactMatch" in metrics ? metrics.microF1 : metrics.spearman)),
    colour: `series-${series(one)}`,
    points: true,
    dashed: true,
  };
}

function classifies(one: Training): boolean {
  return (one.start?.labels.length ?? 1) > 0;
}

/** Scores of the first model, of validations, and of the final cross-validation. */
function heldOut({ probe, evaluations }: Training): { epoch: number; metrics: Metrics }[] {
  const begun = probe?.metrics ? [{ epoch: 0, metrics: probe.metrics }] : [];
  const later = evaluations.filter(({ part }) => part !== "test");
  return [...begun, ...later.map((event) => ({ epoch: event.epoch, metrics: event }))];
}

function lossInWords(one: Training): string {
  const { steps } = one;
  const last = steps.at(-1);
  return last
    ? `${one.name}: loss from ${score(steps[0]!.loss)} to ${score(last.loss)} after ${last.epoch.toFixed(1)} passes.`
    : `${one.name}: no steps yet.`;
}

function scoreInWords(one: Training): string {
  const values = scores(one).y;
  const shown = (value: number) => (classifies(one) ? percent(value) : score(value));
  return values.length ? `${one.name}: scores ${values.map(shown).join(", ")}.` : `${one.name}: no score yet.`;
}
