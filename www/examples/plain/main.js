import { Subtune } from "../../dist/index.js";

const [file, stop, said, text, answer] = ["file", "stop", "said", "text", "answer"].map((id) => document.getElementById(id));

try {
  const tuner = await Subtune.load({
    onProgress: ({ file, loaded, total }) => file && (said.textContent = `${file}: ${loaded} of ${total ?? "?"} bytes`),
  });
  said.textContent = `Ready on ${tuner.device.name}: ${tuner.device.reason}.`;
  file.onchange = () => train(tuner, file.files[0]).catch(show);
  text.onchange = () => predict(tuner, text.value).catch(show);
} catch (error) {
  show(error);
}

async function train(tuner, data) {
  const run = tuner.train({ data, numTrainEpochs: 1 });
  stop.hidden = false;
  stop.onclick = () => run.stop();
  try {
    for await (const event of run) {
      if (event.type === "step") said.textContent = `Loss ${event.loss.toFixed(3)}, ${Math.ceil(event.secondsLeft)} s left.`;
    }
    const { test, crossValidation } = await run.result;
    // few texts all train, and models like this one that had not seen some of them tell how good it is
    const score = test ?? crossValidation;
    said.textContent = `Done. ${score && "accuracy" in score ? `Accuracy ${score.accuracy.toFixed(3)} on ${score.examples} held-out texts.` : ""}`;
    text.parentElement.hidden = false;
  } finally {
    stop.hidden = true;
  }
}

async function predict(tuner, sentence) {
  const [{ label, value }] = await tuner.predict([sentence]);
  answer.textContent = label ?? value.toFixed(3);
}

function show(error) {
  said.textContent = `${error.name}: ${error.message}`;
}
