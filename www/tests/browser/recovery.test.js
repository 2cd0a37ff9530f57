// A GPU that is lost in a run, and the examination of devices. SUBTUNE_LOSSES says how many losses are tried.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { browser } from "./browser.js";

const LOSSES = Number(process.env.SUBTUNE_LOSSES ?? 1);
const STEPS = Math.max(6, LOSSES);
const METHODS = ["dps-dense", "dps-mix", "full"];

describe("a GPU that is lost in a run", () => {
  const open = browser();

  it("is replaced, and the run ends in the same bits", async (context) => {
    const { page } = await open();
    await page.evaluate(async (maxSteps) => {
      const { data, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
      const { requestDevice } = GPUAdapter.prototype;
      let last;
      GPUAdapter.prototype.requestDevice = async function (...options) {
        return (last = await requestDevice.apply(this, options));
      };
      const tuner = await Subtune.load({ model: await tinyModel(), device: "webgpu", worker: false });
      const settings = {
        maxLength: 32,
        maxSteps,
        updateRatio: 0.2,
        loggingSteps: 1,
        validationSplit: 0,
        testSplit: 0,
        perDeviceTrainBatchSize: 4,
        learningRate: 3e-3,
      };
      /** The hash of the model that comes of a run whose device is lost after a step or the "end", and how it went on. */
      globalThis.train = async (method, lostAfter, kept = {}) => {
        const recoveries = [];
        const run = tuner.train({ data: data(), method, ...settings, ...kept });
        for await (const event of run) {
          if (event.type === "recovery") recoveries.push(event);
          const now = event.type === "step" ? event.step : event.type;
          if (now === lostAfter && recoveries.length === 0) last.destroy();
        }
        await run.result;
        const files = await tuner.export();
        const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", files["model.safetensors"]));
        return { hash: hash.join(" "), recoveries };
      };
      /** What the model says before and after its device is lost between two calls, and what comes of a run after that whose device is lost at its end. */
      globalThis.idle = async () => {
        const before = await tuner.predict(["good", "bad"]);
        last.destroy();
        await new Promise((resolve) => setTimeout(resolve, 500));
        const after = await tuner.predict(["good", "bad"]);
        last.destroy();
        await new Promise((resolve) => setTimeout(resolve, 500));
        const { hash, recoveries } = await globalThis.train("dps-dense", "end");
        return [before, after, await tuner.predict(["good", "bad"]), recoveries.length === 0 ? hash : recoveries];
      };
    }, STEPS);
    const train = (...all) => page.evaluate((all) => globalThis.train(...all), all);
    const expected = {};
    for (let loss = 0; loss < LOSSES; loss++) {
      const method = METHODS[loss % METHODS.length];
      expected[method] ??= await train(method, 0);
      assert.deepEqual(expected[method].recoveries, []);
      // by leaps over all steps, as 7 has no divisor in common with 6 or 20
      const lostAfter = 1 + ((loss * 7 + 1) % STEPS);
      const { hash, recoveries } = await train(method, lostAfter);
      assert.equal(recoveries.length, 1, `${method}, lost after step ${lostAfter}`);
      const [{ step, from, message }] = recoveries;
      context.diagnostic(`${method}: ${message}`);
      assert.ok(step > Math.min(lostAfter, STEPS - 1) && from === 0 && message.includes("was lost"), message);
      assert.equal(hash, expected[method].hash, `${method}, lost after step ${lostAfter}: another model`);
    }
    // and from its last checkpoint, where it is kept
    const [method, lostAfter] = [METHODS[0], STEPS];
    const { hash, recoveries } = await train(method, lostAfter, { checkpoints: "a run", saveSteps: lostAfter - 1 });
    assert.deepEqual(
      recoveries.map(({ from }) => from),
      [lostAfter - 1],
    );
    assert.equal(hash, expected[method].hash, "from a checkpoint: another model");
    // and while nothing is done on it
    const [before, after, end, again] = await page.evaluate(() => globalThis.idle());
    assert.deepEqual([after, end], [before, before]);
    assert.equal(again, expected[method].hash, "trained after a loss: another model");
    await page.close();
  });
});

describe("doctor", () => {
  const open = browser();

  it("finds nothing wrong with the GPU, and times the CPU", async (context) => {
    const { page } = await open();
    const found = await page.evaluate(async () => {
      const { Subtune } = await import("/www/tests/browser/page.js");
      return Subtune.doctor();
    });
    const [cpu, gpu] = found.devices;
    context.diagnostic(`${found.verdict}; self-test ${gpu.selfTestSeconds.toFixed(1)} s, CPU step ${cpu.step.seconds.toFixed(2)} s`);
    assert.equal(found.devices.length, 2);
    assert.equal(found.verdict, "train on CPU");
    assert.ok(cpu.adapter === null && cpu.checks.length === 0 && cpu.step.seconds > 0 && cpu.memory.weights > 0);
    assert.ok(gpu.adapter.software && gpu.fault === null && gpu.step === null);
    assert.ok(gpu.checks.length >= 13 && gpu.checks.every(({ fault }) => fault === null));
    await page.close();
  });
});
