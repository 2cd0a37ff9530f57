import { Step } from "../../parts/step";
import { training } from "../../state/runs";
import { shown } from "../../state/models";
import { Classes } from "./classes";
import { Code } from "./code";
import { Confusion } from "./confusion";
import { Downloads } from "./downloads";
import { Score } from "./score";
import { Try } from "./try";

export function StepUse() {
  const one = shown.value;
  return (
    <Step number={3} title="Use it" room={training.value !== null || one !== null} open={one !== null} waitsFor="Opens when a model is trained: try it on new texts, see what it takes for what, and download it.">
      {one && (
        <>
          <Score training={one} />
          <div class="parts">
            <Try key={one.id} training={one} />
            <Confusion key={`confusion-${one.id}`} training={one} />
            <Classes training={one} />
            <Downloads key={`downloads-${one.id}`} training={one} />
          </div>
          <Code training={one} />
        </>
      )}
    </Step>
  );
}
