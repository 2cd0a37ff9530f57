// A training step in subtune and in TensorFlow.js, on WebGPU in the same Chromium, by turns.
//
//   cd www && npm run build && npm ci --prefix benches/tfjs && node benches/tfjs/run.js
//
// Both train the same encoder (shape.js) with AdamW and read the loss of each step. Times are medians over the steps of all rounds, the
// first third of each round left out: pipelines are compiled in it.
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { serve } from "../../scripts/serve.js";
import { FLAGS } from "../../tests/browser/browser.js";
import { STEPS } from "./shape.js";

const ROUNDS = 2;

const server = await serve(fileURLToPath(new URL("../../../", import.meta.url)));
const chrome = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
const page = await chrome.newPage();
page.setDefaultTimeout(0);
page.on("console", (message) => message.type() === "error" && console.error(message.text()));
await page.goto(`${server.address}www/benches/tfjs/page.html`);
const engines = { subtune: ["./subtune.js", "subtuneSteps"], "TensorFlow.js": ["./tensorflow.js", "tensorflowSteps"] };
const times = { subtune: [], "TensorFlow.js": [] };
for (let round = 1; round <= ROUNDS; round++) {
  for (const [engine, [module, steps]] of Object.entries(engines)) {
    const all = await page.evaluate(async ([module, steps]) => (await import(`/www/benches/tfjs/${module}`))[steps](), [module, steps]);
    console.log(`round ${round}, ${engine}: ${all.map((time) => time.toFixed(0)).join(" ")} ms`);
    times[engine].push(...all.slice(Math.floor(STEPS / 3)));
  }
}
await chrome.close();
server.close();
const [ours, theirs] = Object.values(times).map((all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]);
console.log(`step: subtune ${ours.toFixed(0)} ms, TensorFlow.js ${theirs.toFixed(0)} ms, ratio ${(theirs / ours).toFixed(2)}`);
