import { Step } from "../../parts/step";
import { training } from "../../state/runs";
import { fit } from "../../state/data";
import { first, type FirstModel } from "../../state/first";
import { shown, tunerOf } from "../../state/models";
import { Classes } from "./classes";
import { Code } from "./code";
import { Confusion } from "./confusion";
import { Downloads } from "./downloads";
import { duration, integer } from "../../words";
import { Result, Score } from "./score";
import { Suspects } from "./suspects";
import { Try } from "./try";

export function StepUse() {
  const one = shown.value;
  const early = one === null && first.value.phase === "ready" ? first.value.model : null;
  return (
    <Step
      number={3}
      title="Use it"
      room={fit.value || training.value !== null || one !== null}
      open={one !== null || early !== null}
      waitsFor="Opens when there is a model: try it on new texts, see what it confuses, and download it."
    >
      {early && <Early model={early} />}
      {one && (
        <>
          <Score training={one} />
          <div class="parts">
            <Try
              key={one.id}
              tuner={() => tunerOf(one)}
              labels={one.start?.labels ?? []}
              pairs={one.result.value?.heldOut?.examples[0]?.pair != null}
              sample={one.data.sample}
            />
            <Confusion key={`confusion-${one.id}`} training={one} />
            <Classes training={one} />
            <Suspects key={`suspects-${one.id}`} training={one} />
            <Downloads key={`downloads-${one.id}`} training={one} />
          </div>
          <Code training={one} />
        </>
      )}
    </Step>
  );
}

/** The first model, to try before the training. */
function Early({ model }: { model: FirstModel }) {
  const { probe, labels, pairs, tuner, data } = model;
  return (
    <>
      <section class="score" aria-label="Score of the first model">
        <Result scored={probe.metrics && { metrics: probe.metrics, part: "cross_validation" }} />
        <p class="quiet">
          This is the first model, made in {duration(probe.seconds)} from {integer(probe.examples)} examples. The training in step 2 starts
          from it and improves it.
        </p>
      </section>
      <div class="parts">
        <Try tuner={() => Promise.resolve(tuner)} labels={labels} pairs={pairs} sample={data.sample} />
      </div>
    </>
  );
}
