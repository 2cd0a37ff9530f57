import { useState } from "react";

import { useTuner } from "./useTuner.js";

const good = ["great", "lovely", "works well", "very happy with it"];
const bad = ["broken", "awful", "a waste of money", "never again"];
const rows = Array.from({ length: 64 }, (_, index) => {
  const [words, label] = index % 2 ? [good, "good"] : [bad, "bad"];
  return { text: `${words[(index >> 1) % words.length]}, order ${index}`, label };
});

export function App() {
  const { status, tuner } = useTuner();
  const [said, setSaid] = useState("");
  const [run, setRun] = useState();

  async function train() {
    try {
      const current = tuner.train({ data: rows, maxSteps: 12, loggingSteps: 1 });
      setRun(current);
      for await (const event of current) {
        if (event.type === "step") setSaid(`step ${event.step}: loss ${event.loss.toFixed(3)}`);
      }
      const [prediction] = await tuner.predict(["I am so happy"]);
      setSaid(`"I am so happy" is ${prediction.label}`);
    } catch (error) {
      setSaid(`${error.name}: ${error.message}`);
    } finally {
      setRun(undefined);
    }
  }

  return (
    <main>
      <h1>subtune with Vite and React</h1>
      <p id="status">{status}</p>
      <button disabled={!tuner || run} onClick={train}>
        Train
      </button>
      <button disabled={!run} onClick={() => run.stop()}>
        Stop
      </button>
      <p id="said" aria-live="polite">
        {said}
      </p>
    </main>
  );
}
