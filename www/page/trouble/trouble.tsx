import { reloadEngine, workingEngine } from "../state/engine";
import { set, settings } from "../state/settings";
import { explain } from "./explain";

/** An error, its meaning, and buttons to remedy it. `again` repeats the attempt; `afresh` starts over with changed settings. */
export function Trouble({
  error,
  again,
  afresh = again,
}: {
  error: Error;
  again?: (() => void) | undefined;
  afresh?: (() => void) | undefined;
}) {
  const { title, text, advice, actions } = explain(error);
  const retry = async (then = again, device?: "cpu") => {
    try {
      await (device ? reloadEngine(device) : workingEngine());
      then?.();
    } catch {
      // the engine's own error is shown where the engine is
    }
  };
  const smaller = () => {
    const { perDeviceTrainBatchSize, maxLength } = settings.peek();
    set({ perDeviceTrainBatchSize: Math.max(1, (perDeviceTrainBatchSize ?? 16) >> 1), maxLength: Math.max(16, maxLength >> 1) });
    void retry(afresh);
  };
  const slower = () => {
    set({ learningRate: (settings.peek().learningRate ?? 1e-4) / 3 });
    void retry(afresh);
  };
  return (
    <section class="note bad" role="alert">
      <h3>{title}</h3>
      <p>{text}</p>
      {advice.map((line) => (
        <p key={line}>{line}</p>
      ))}
      <div class="buttons">
        {actions.includes("smaller") && <button onClick={smaller}>Try with half the batch and shorter texts</button>}
        {actions.includes("slower") && <button onClick={slower}>Try with a third of the learning rate</button>}
        {actions.includes("again") && <button onClick={() => void retry()}>Try again</button>}
        {actions.includes("cpu") && <button onClick={() => void retry(again, "cpu")}>Use the processor (CPU) instead</button>}
      </div>
    </section>
  );
}
