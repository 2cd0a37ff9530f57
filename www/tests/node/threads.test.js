// Node's threads multiply together. That their products are right, tests/browser/products.test.js shows.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { it } from "node:test";
import { promisify } from "node:util";

const PACKAGE = new URL("../../dist/index.js", import.meta.url).href;
const SAMPLE = new URL("../../../samples/sms_spam.csv", import.meta.url).pathname;

/** Trains a few steps of the bundled model in a process of its own, with so many threads. Says the losses, and how many helpers started. */
const script = (threads) => `
  import os from "node:os";
  import workers from "node:worker_threads";
  import { readFileSync } from "node:fs";
  os.availableParallelism = () => ${threads};
  let started = 0;
  const { Worker } = workers;
  workers.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      this.once("message", (word) => (started += word === "started"));
    }
  };
  const { Subtune } = await import(${JSON.stringify(PACKAGE)});
  const tuner = await Subtune.load({ device: "cpu" });
  const data = readFileSync(${JSON.stringify(SAMPLE)}, "utf8").split("\\n").slice(0, 101).join("\\n");
  const run = tuner.train({
    ...{ data, recipe: "plain", layers: 2, maxLength: 32, maxSteps: 4, loggingSteps: 1 },
    ...{ perDeviceTrainBatchSize: 16, validationSplit: 0, testSplit: 0, seed: 1 },
  });
  const losses = [];
  for await (const event of run) if (event.type === "step") losses.push(event.loss);
  await tuner.dispose();
  console.log(JSON.stringify({ started, losses }));
`;

async function train(threads) {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script(threads)], { timeout: 120_000 });
  return JSON.parse(stdout);
}

it("several threads give a run the same losses as one, and let the process end", async () => {
  const [alone, together] = [await train(1), await train(3)];
  assert.equal(alone.losses.length, 4);
  assert.deepEqual([alone.started, together.started], [0, 2]);
  assert.deepEqual(together.losses, alone.losses);
});
