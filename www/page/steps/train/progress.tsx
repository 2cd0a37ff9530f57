import type { FoldEvent, SelfTrained, StartEvent } from "subtune";
import { useSignal } from "@preact/signals";
import { useInheritedFocus } from "../../parts/focus";
import { KeptTraining } from "../../kept/kept-training";
import { goOn, train } from "../../state/runs";
import type { Training } from "../../state/training";
import { Trouble } from "../../trouble/trouble";
import { scoreOf } from "../use/scores";
import { clock, count, deviceName, duration, fraction, integer, percent, score, scoreWords, sentence } from "../../words";

/** The work before the first model, in words. */
function first({ contrast, survey }: Training): string {
  if (survey) return `Looking for the part that matters (${survey.batch} of ${survey.batches})…`;
  if (contrast) return `Learning which texts belong together (${contrast.step} of ${contrast.steps})…`;
  return "Making a first model…";
}

/** What the texts without a label were worth. */
function taught({ unlabelled, taught, used, accuracyWith, accuracyWithout }: SelfTrained): string {
  const scores = `measured by parts it is right in ${percent(accuracyWith)} with them and ${percent(accuracyWithout)} without`;
  const texts = `${integer(taught)} of ${count(unlabelled, "text")} without a label`;
  return used
    ? `${texts} teach the first model too: ${scores}.`
    : `${texts} could teach the first model, but do not, because that would not help: ${scores}.`;
}

/** A training under way: how far, how fast, and the buttons to steer it. */
export function Progress({ training }: { training: Training }) {
  training.news.value;
  const phase = training.phase.value;
  const asking = useSignal(false);
  const kept = training.kept.value;
  const place = useInheritedFocus<HTMLElement>(kept ?? phase);
  const { start, last } = training;
  const steps = start?.maxSteps ?? 0;
  const done = last?.step ?? 0;
  const again = () => void (kept ? goOn(kept) : train());
  const active = phase === "preparing" || phase === "training" || phase === "paused" || phase === "finishing";
  return (
    <section class="progress" aria-label={training.name} ref={place} tabIndex={-1}>
      <p class="status" role="status">
        {phase === "preparing" && "Preparing: reading the examples…"}
        {phase === "training" && !last && training.probe && "A first model is ready; now the whole model learns…"}
        {phase === "training" && !last && !training.probe && first(training)}
        {phase === "training" && last && `Training on ${deviceName(training.tuner.device)}`}
        {phase === "paused" && "Paused. Nothing is lost; continue whenever you like."}
        {phase === "finishing" &&
          (training.stopped.value
            ? "Stopping…"
            : training.fold
              ? checking(training.fold)
              : "Nearly done: measuring how good the model is…")}
        {phase === "done" && <Ended training={training} />}
        {phase === "failed" && `${training.name} failed.`}
        {phase === "discarded" && "Discarded. Nothing of this run was kept."}
      </p>
      {phase !== "discarded" && (
        <>
          <progress aria-label="Steps done" max={Math.max(1, steps)} value={done} />
          {start && <p class="quiet">{sentence(start.plan)}</p>}
          {training.probe?.selfTrained && <p class="quiet">{taught(training.probe.selfTrained)}</p>}
          <dl class="facts">
            <Fact name="Step" value={steps ? `${integer(done)} of ${integer(steps)}` : "–"} />
            <Fact
              name="Pass"
              value={
                last
                  ? `${last.epoch.toFixed(1)} of ${training.settings.maxSteps ? ((start!.maxSteps / Math.max(1, done)) * last.epoch).toFixed(1) : passes(start!)}`
                  : "–"
              }
            />
            <Fact name="Speed" value={last ? speed(last.stepsPerSecond) : "–"} />
            <Fact name="Time left" value={last && (phase === "training" || phase === "paused") ? clock(last.secondsLeft) : "–"} />
            <Fact name="Loss" value={last ? score(last.loss) : "–"} />
            <Fact
              name={phase === "done" ? "Score" : "Score so far"}
              value={phase === "done" ? finalScore(training) : bestSoFar(training)}
            />
            {training.keptAs !== null && active && (
              <Fact name="Kept up to" value={training.storedStep === null ? "–" : `step ${integer(training.storedStep)}`} />
            )}
          </dl>
          {active && (
            <div class="buttons">
              {phase === "paused" ? (
                <button onClick={() => training.resume()}>Continue</button>
              ) : (
                <button disabled={phase !== "training"} onClick={() => training.pause()}>
                  Pause
                </button>
              )}
              <button
                disabled={training.stopped.value || phase === "preparing" || (phase === "finishing" && !training.fold)}
                onClick={() => training.stop()}
              >
                {training.fold ? "Skip the measurement" : "Stop and keep"}
              </button>
              {asking.value ? (
                <>
                  <button class="danger" onClick={() => training.discard()}>
                    Yes, throw it away
                  </button>
                  <button onClick={() => (asking.value = false)}>No</button>
                </>
              ) : (
                <button class="plain" onClick={() => (asking.value = true)}>
                  Discard…
                </button>
              )}
            </div>
          )}
          {phase === "done" && (
            <div class="buttons">
              <a class="button main" href="#step-3">
                See what it can do
              </a>
            </div>
          )}
        </>
      )}
      <div aria-live="polite">
        {training.warnings.map((message, at) => (
          <p class="note" key={at}>
            {sentence(message)}
          </p>
        ))}
      </div>
      {phase === "failed" && training.error.value && <Trouble error={training.error.value} again={again} afresh={() => void train()} />}
      {kept && <KeptTraining run={kept} damaged={training.error.value?.name === "InvalidCheckpoint"} discard={() => training.forget()} />}
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Ended({ training }: { training: Training }) {
  const result = training.result.value;
  if (!result) return null;
  const { end } = result;
  return (
    <>
      <strong>{training.name} is done</strong> after {count(end.steps, "step")} and {duration(end.seconds)}
      {end.interrupted && ", stopped by you"}
      {end.bestStep < end.steps && `; the model of step ${end.bestStep} was the best and is kept`}.
    </>
  );
}

/** The passes of the whole run. */
function passes({ arguments: { numTrainEpochs } }: StartEvent): string {
  return numTrainEpochs === null ? "–" : fraction(numTrainEpochs);
}

function speed(stepsPerSecond: number): string {
  return stepsPerSecond >= 1 ? `${stepsPerSecond.toFixed(1)} steps/s` : `${(1 / Math.max(stepsPerSecond, 1e-3)).toFixed(1)} s a step`;
}

function checking({ fold, folds, step, steps }: FoldEvent): string {
  const which = folds === 1 ? "a second model" : `model ${fold} of ${folds}`;
  return `Nearly done: training ${which} without some of the examples, to measure how well it does on them (step ${integer(step)} of ${integer(steps)})…`;
}

function finalScore({ result }: Training): string {
  const scored = result.value && scoreOf(result.value);
  return scored ? scoreWords(scored.metrics) : "–";
}

/** The best score so far; before the first evaluation, that of the first model. */
function bestSoFar({ evaluations, probe }: Training): string {
  const best = evaluations.findLast(({ part, best }) => part === "cross_validation" || (part === "validation" && best)) ?? probe?.metrics;
  return best ? scoreWords(best) : "–";
}
