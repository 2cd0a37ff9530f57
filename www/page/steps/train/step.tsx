import { Curves } from "../../charts/curves";
import { SubnetworkMap } from "../../map/map";
import { Step } from "../../parts/step";
import { usable } from "../../state/data";
import { latest, startError, starting, train, trainings, training } from "../../state/runs";
import { Trouble } from "../../trouble/trouble";
import { Before } from "./before";
import { Expert } from "./expert";
import { Progress } from "./progress";

export function StepTrain() {
  const current = latest.value;
  const busy = training.value;
  const open = usable.value || trainings.value.length > 0;
  return (
    <Step number={2} title="Train" open={open} waitsFor="Opens when there is data to learn from.">
      {!busy && usable.value && <Before />}
      {!busy && (
        <div class="buttons">
          <button class="main" disabled={!usable.value || starting.value} onClick={() => void train()}>
            {trainings.value.some((one) => one.phase.value === "done") ? "Train again" : "Just train it"}
          </button>
        </div>
      )}
      {!busy && <Expert />}
      {startError.value && <Trouble error={startError.value} again={() => void train()} />}
      {current && <Progress key={current.id} training={current} />}
      {trainings.value.length > 0 && <Curves />}
      {current && <SubnetworkMap training={current} />}
    </Step>
  );
}
