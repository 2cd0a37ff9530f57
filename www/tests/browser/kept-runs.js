// What tests of runs that are kept do in the page.
import { data, Subtune, tinyModel } from "./page.js";

export { Subtune };

/** Stages of 4 steps. */
export const OPTIONS = {
  maxSteps: 24,
  updateRatio: 0.15,
  evalSteps: 7,
  loggingSteps: 1,
  maxLength: 32,
  perDeviceTrainBatchSize: 8,
  learningRate: 3e-3,
};

/** A tuner with the tiny model. `options` are those of loading. */
export async function load(options = { device: "cpu" }) {
  return Subtune.load({ model: await tinyModel(), ...options });
}

export function begin(tuner, options) {
  return tuner.train({ data: data(), ...OPTIONS, ...options });
}

/** Resolves when the run has come so far, or has failed. */
export async function reach(run, step) {
  for await (const event of run) if (event.type === "step" && event.step >= step) return;
}

/** What must be the same however often a run was interrupted: its model, and all that it said of steps and scores. */
export async function outcome(tuner, run) {
  const told = [];
  const others = [];
  for await (const event of run) {
    const { type, stepsPerSecond, secondsLeft, seconds, secondsPerStep, ...rest } = event;
    if (["checkpoint", "warning", "recovery"].includes(type)) others.push(event);
    else told.push({ type, ...rest });
  }
  const { heldOut } = await run.result;
  const files = await tuner.export();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", files["model.safetensors"]));
  return { hash: hash.join(" "), told, heldOut, others };
}
