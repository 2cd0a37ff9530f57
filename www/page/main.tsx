import { isShown, tellFailure } from "./start";
import { render } from "preact";
import { App } from "./app";
import { baseIsKnown, lookForModels } from "./state/base";
import { loadEngine } from "./state/engine";
import { lookForInterrupted } from "./state/kept";
import { finished, training } from "./state/runs";
import { labelled, lookForWork, unkept } from "./state/labelling";
import { presetSamples } from "./state/presets";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/steps.css";
import "./styles/kept.css";
import "./styles/base-model.css";
import "./styles/data.css";
import "./styles/label.css";
import "./styles/train.css";
import "./styles/use.css";
import "uplot/dist/uPlot.min.css";
import "./styles/charts.css";

/** Milliseconds that the first render waits at most. */
const PATIENCE = 1000;

/** Not at the top of the module: WebKit reports no error of a module that waits. */
async function show(): Promise<void> {
  const looked = Promise.all([lookForInterrupted(), baseIsKnown(), lookForWork()]);
  // so that nothing moves when something kept is found; a first visit has nothing, and its code is not loaded yet
  if (navigator.serviceWorker?.controller) await Promise.race([looked, new Promise((next) => setTimeout(next, PATIENCE))]);
  const place = document.getElementById("app")!;
  place.replaceChildren();
  render(<App />, place);
  isShown();
  presetSamples();
}

show().catch((error: unknown) => tellFailure(String(error)));

// unless the person saves data
const { connection } = navigator as { connection?: { saveData?: boolean } };
if (!connection?.saveData) void loadEngine().catch(() => undefined);

// another tab may have started, ended or left a run, or changed the kept models
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  void lookForInterrupted();
  void lookForModels();
  void lookForWork();
});

addEventListener("beforeunload", (event) => {
  const unsaved = finished.peek().some((one) => !one.downloaded);
  const unkeptLabels = unkept.peek() !== null && labelled.peek() > 0;
  if (training.peek() || unsaved || unkeptLabels) event.preventDefault();
});
