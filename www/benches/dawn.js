// The npm package in Node on Dawn: golden runs, and the time of a step of the bundled model, as JSON.
// Fails where a golden run is not reproduced.
//
//   node benches/dawn.js [--small]      (in www, after npm run build)
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { create, globals } from "webgpu";
import { Subtune } from "../dist/index.js";
import { data, tinyModel } from "../tests/browser/page.js";

const SMALL = process.argv.includes("--small");
const root = new URL("../../", import.meta.url);
const read = (path) => new Uint8Array(readFileSync(new URL(path, root)));
const files = (folder) => Object.fromEntries(readdirSync(new URL(folder, root)).map((name) => [name, read(`${folder}/${name}`)]));
const hasModel = existsSync(new URL("models/minilm/model.safetensors", root));

Object.assign(globalThis, globals);
const gpu = create([]);
const golden = {};
for (const run of ["full", "dense", "mix"]) golden[run] = await Subtune.reproduce(files(`tests/golden/${run}`), { device: "webgpu", gpu });

const isTiny = SMALL || !hasModel;
const tuner = await Subtune.load({ model: isTiny ? await tinyModel(read) : files("models/minilm"), device: "webgpu", gpu });
const options = isTiny
  ? { data: data(), maxLength: 32, perDeviceTrainBatchSize: 8, maxSteps: 9 }
  : { data: { name: "sms_spam.csv", bytes: read("samples/sms_spam.csv") }, maxLength: 128, perDeviceTrainBatchSize: 32, maxSteps: 30 };
const times = [];
let last;
for await (const { type } of tuner.train({ ...options, recipe: "plain", loggingSteps: 1, validationSplit: 0, testSplit: 0, seed: 1 })) {
  if (type !== "step") continue;
  const now = performance.now();
  if (last !== undefined) times.push(now - last);
  last = now;
}
// kernels are compiled in the first third
const late = times.slice(times.length / 3).sort((a, b) => a - b);
const step = { model: isTiny ? "2 layers of 24" : "MiniLM", milliseconds: late[late.length >> 1], steps: late.length };
console.log(JSON.stringify({ device: tuner.device, golden, step }));
await tuner.dispose();
const isRight = Object.values(golden).every(({ deviations }) => deviations.every(({ share }) => share <= 1));
// at once, because Dawn keeps the process alive
process.exit(isRight ? 0 : 1);
