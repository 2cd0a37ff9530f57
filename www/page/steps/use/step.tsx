import { Step } from "../../parts/step";
import { finished, trainings } from "../../state/runs";
import { show, shown } from "../../state/models";
import { Classes } from "./classes";
import { Code } from "./code";
import { Confusion } from "./confusion";
import { Downloads } from "./downloads";
import { Score } from "./score";
import { Try } from "./try";

export function StepUse() {
  const one = shown.value;
  const all = finished.value;
  return (
    <Step number={3} title="Use it" room={trainings.value.length > 0} open={one !== null} waitsFor="Opens when a model is trained.">
      {one && (
        <>
          <fieldset class="choice">
            <legend>Which run</legend>
            {all.map((other) => (
              <label key={other.id}>
                <input type="radio" name="run" checked={other === one} onChange={() => show(other)} /> {other.name}
              </label>
            ))}
          </fieldset>
          <Score training={one} />
          <Try key={one.id} training={one} />
          <Confusion key={`confusion-${one.id}`} training={one} />
          <Classes training={one} />
          <Downloads key={`downloads-${one.id}`} training={one} />
          <Code training={one} />
        </>
      )}
    </Step>
  );
}
