import { render } from "preact";
import { App } from "./app";
import { loadEngine } from "./state/engine";
import { lookForInterrupted, mayBeInterrupted } from "./state/kept";
import { finished, training } from "./state/runs";
import { presetSamples } from "./state/presets";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/steps.css";
import "./styles/kept.css";
import "./styles/data.css";
import "./styles/train.css";
import "./styles/use.css";
import "uplot/dist/uPlot.min.css";
import "./styles/charts.css";

// before the first picture, so that nothing moves when it is found
if (mayBeInterrupted()) await lookForInterrupted();
render(<App />, document.getElementById("app")!);
presetSamples();

// unless somebody pays for every byte
const { connection } = navigator as { connection?: { saveData?: boolean } };
if (!connection?.saveData) void loadEngine().catch(() => undefined);

addEventListener("beforeunload", (event) => {
  const unsaved = finished.peek().some((one) => !one.downloaded);
  if (training.peek() || unsaved) event.preventDefault();
});
