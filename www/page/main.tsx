import { render } from "preact";
import { App } from "./app";
import { loadEngine } from "./state/engine";
import { finished, training } from "./state/runs";
import { presetSamples } from "./state/presets";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/steps.css";
import "./styles/data.css";
import "./styles/train.css";
import "./styles/use.css";
import "uplot/dist/uPlot.min.css";
import "./styles/charts.css";

render(<App />, document.getElementById("app")!);
presetSamples();

// unless somebody pays for every byte
const { connection } = navigator as { connection?: { saveData?: boolean } };
if (!connection?.saveData) void loadEngine().catch(() => undefined);

addEventListener("beforeunload", (event) => {
  const unsaved = finished.peek().some((one) => !one.downloaded);
  if (training.peek() || unsaved) event.preventDefault();
});
