// One run natively and in Chromium, both on SwiftShader: how alike they are, and how long a step takes in each.
//
//   node benches/native.js        (in www, after npm run build and cargo build --release)
//
// Fails where losses or weights differ by more than the tolerances of the golden runs, or a step takes more than RATIO times as
// long. Both run twice, by turns, so that whatever else the machine does meanwhile slows both. Times are medians over the steps of
// both runs, the first third of each left out: pipelines are compiled in it.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { serve } from "../scripts/serve.js";
import { FLAGS } from "../tests/browser/browser.js";

/** As of src/golden/replay.rs: relative, and absolute. */
const LOSS = 1e-5;
const WEIGHT = 2e-5;

/** WebAssembly's time of a step over the native one's, at most. */
const RATIO = 1.3;

const ROUNDS = 5;
const STEPS = 9;
const settings = { layers: 1, maxLength: 16, maxTrainSamples: 36, validationSplit: 0, testSplit: 0 };
const training = { method: "dps-dense", updateRatio: 0.25, perDeviceTrainBatchSize: 4, maxSteps: STEPS, loggingSteps: 1, seed: 1 };

const root = fileURLToPath(new URL("../../", import.meta.url));
const icd = ["/usr/lib/chromium/vk_swiftshader_icd.json", "/usr/lib/chromium-browser/vk_swiftshader_icd.json"].find(existsSync);
if (!icd) throw new Error("Chromium's vk_swiftshader_icd.json was not found");

const times = { native: [], browser: [] };
let [loss, weight] = [0, 0];
for (let round = 0; round < ROUNDS; round++) {
  const native = await runNatively();
  const browser = await runInChromium();
  times.native.push(...native.times);
  times.browser.push(...browser.times);
  loss = Math.max(
    loss,
    worst(native.losses, browser.losses, (a, b) => Math.abs(a - b) / Math.abs(a) / LOSS),
  );
  weight = Math.max(
    weight,
    worst(floats(native.weights), floats(browser.weights), (a, b) => Math.abs(a - b) / WEIGHT),
  );
  console.log(`losses of ${STEPS} steps differ by at most ${loss.toFixed(3)} of their tolerance, weights by ${weight.toFixed(3)}`);
  console.log(`round ${round + 1}: native ${shown(native)}, WebAssembly in Chromium ${shown(browser)}`);
}
const [here, there] = [median(times.native), median(times.browser)];
const ratio = there / here;
console.log(`step: native ${here.toFixed(0)} ms, WebAssembly in Chromium ${there.toFixed(0)} ms, ratio ${ratio.toFixed(2)}`);
// no number must not pass
if (!(loss <= 1 && weight <= 1 && ratio <= RATIO)) process.exitCode = 1;

async function runNatively() {
  const folder = mkdtempSync(join(tmpdir(), "subtune-"));
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const flags = Object.entries({ ...settings, ...training }).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    String(value),
  ]);
  const run = spawn(
    join(target, "release/subtune"),
    [
      "train",
      "--train-file",
      join(root, "samples/sms_spam.csv"),
      "--model",
      join(root, "models/minilm"),
      "--device",
      "swiftshader",
      "--log-format",
      "json",
      "--output-dir",
      join(folder, "model"),
      ...flags,
    ],
    { env: { ...process.env, VK_ICD_FILENAMES: icd }, stdio: ["ignore", "pipe", "inherit"] },
  );
  const steps = recorder();
  for await (const line of createInterface({ input: run.stdout })) steps.event(JSON.parse(line));
  const weights = readFileSync(join(folder, "model/model.safetensors"));
  rmSync(folder, { recursive: true });
  return { ...steps, weights };
}

async function runInChromium() {
  const server = await serve(root);
  const chrome = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  const page = await chrome.newPage();
  page.setDefaultTimeout(0);
  const steps = recorder();
  await page.exposeFunction("subtuneEvent", (event) => steps.event(event));
  await page.goto(`${server.address}www/tests/browser/page.html`);
  const weights = await page.evaluate(
    async (options) => {
      const { bytes, Subtune } = await import("/www/tests/browser/page.js");
      const tuner = await Subtune.load({ device: "webgpu" });
      const data = { name: "sms_spam.csv", bytes: await bytes("samples/sms_spam.csv") };
      for await (const event of tuner.train({ data, ...options })) await globalThis.subtuneEvent(event);
      const { "model.safetensors": weights } = await tuner.export();
      await tuner.dispose();
      let text = "";
      for (let at = 0; at < weights.length; at += 32768) text += String.fromCharCode(...weights.subarray(at, at + 32768));
      return btoa(text);
    },
    { ...settings, ...training },
  );
  await chrome.close();
  server.close();
  return { ...steps, weights: Buffer.from(weights, "base64") };
}

/** Losses, and milliseconds between their arrivals. */
function recorder() {
  const [losses, times] = [[], []];
  let last;
  const event = ({ type, loss }) => {
    if (type !== "step") return;
    const now = performance.now();
    if (last !== undefined && losses.length > STEPS / 3) times.push(now - last);
    losses.push(loss);
    last = now;
  };
  return { losses, times, event };
}

/** All numbers of a safetensors file in float32, in the order of the file. */
function floats(file) {
  const header = Number(file.readBigUInt64LE(0));
  const body = file.subarray(8 + header);
  return new Float32Array(body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength));
}

function worst(a, b, distance) {
  if (a.length !== b.length || a.length === 0) return NaN;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const one = distance(a[i], b[i]);
    if (!(one <= worst)) worst = one;
  }
  return worst;
}

/** The times of a run's steps. */
function shown({ times }) {
  return `${times.map((time) => time.toFixed(0)).join(" ")} ms`;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
