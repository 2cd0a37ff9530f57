import { About } from "./about";
import { StepData } from "./steps/data/step";
import { StepTrain } from "./steps/train/step";
import { StepUse } from "./steps/use/step";
import { DeviceLine } from "./trouble/device-line";

export function App() {
  return (
    <>
      <main>
        <DeviceLine />
        <StepData />
        <StepTrain />
        <StepUse />
      </main>
      <About />
    </>
  );
}
