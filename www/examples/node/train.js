// Fine-tunes the bundled model on a file and writes a Hugging Face folder:
//
//     node train.js reviews.csv out
//
// On the GPU, where the optional npm package `webgpu` is installed and finds one; else on the CPU.
import { openAsBlob } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { Subtune } from "subtune";

const [path, out = "out"] = process.argv.slice(2);
if (!path) {
  console.error("usage: node train.js FILE [FOLDER]");
  process.exit(2);
}

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());

const tuner = await Subtune.load({ gpu: await dawn(), signal: interrupt.signal });
console.log(`${tuner.device.name}: ${tuner.device.reason}`);
const data = new File([await openAsBlob(path)], basename(path));
const run = tuner.train({ data, numTrainEpochs: 1, signal: interrupt.signal });
for await (const event of run) {
  if (event.type === "warning") console.log(event.message);
  if (event.type === "step") console.log(`step ${event.step}  loss ${event.loss.toFixed(4)}  ${Math.ceil(event.secondsLeft)} s left`);
  if (event.type === "evaluation") console.log(`${event.part}  ${JSON.stringify(event)}`);
}
await mkdir(out, { recursive: true });
for (const [name, bytes] of Object.entries(await tuner.export())) await writeFile(join(out, name), bytes);
console.log(`written to ${out}`);
await tuner.dispose();
// Dawn keeps the process alive
process.exit();

async function dawn() {
  try {
    const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    return create([]);
  } catch {
    return undefined;
  }
}
