import { Curves } from "../../charts/curves";
import { hasMap, SubnetworkMap } from "../../map/map";
import { Step } from "../../parts/step";
import { trying } from "../../state/base";
import { fit, usable } from "../../state/data";
import { finished, latest, startError, starting, train, trainings, training } from "../../state/runs";
import { settings } from "../../state/settings";
import { Trouble } from "../../trouble/trouble";
import { Before } from "./before";
import { Expert } from "./expert";
import { Progress } from "./progress";

/** Its parts keep their places when a training starts and ends. */
export function StepTrain() {
  const current = latest.value;
  const busy = training.value !== null || starting.value;
  const open = fit.value || trainings.value.length > 0;
  const trained = finished.value.length > 0;
  const begun = trainings.value.length > 0 || starting.value;
  return (
    <Step number={2} title="Train" open={open} done={trained && !busy} waitsFor="Opens when there is data to learn from.">
      <Before>
        <button
          class={`start-it ${trained && !busy ? "" : "main"}`}
          disabled={!usable.value || busy || trying.value !== null}
          onClick={() => void train()}
        >
          {busy ? "Training…" : trained ? "Train again" : "Just train it"}
        </button>
      </Before>
      <Expert busy={busy || trying.value !== null} />
      {startError.value && <Trouble error={startError.value} again={() => void train()} />}
      {begun && (
        <div class={`results ${hasMap((starting.value ? settings.value : (current?.settings ?? settings.value)).method) ? "" : "flat"}`}>
          {current && <Progress key={current.id} training={current} />}
          {current && <Curves />}
          {current && <SubnetworkMap training={current} />}
        </div>
      )}
    </Step>
  );
}
