import { About } from "./about";
import { StepData } from "./steps/data/step";
import { StepTrain } from "./steps/train/step";
import { StepUse } from "./steps/use/step";
import { Interrupted } from "./kept/interrupted";
import { DeviceLine } from "./trouble/device-line";

export function App() {
  return (
    <>
      <main>
        <DeviceLine />
        <Interrupted />
        <StepData />
        <StepTrain />
        <StepUse />
      </main>
      <About />
    </>
  );
}
