// Runs on a tiny model: abort, stop, pause, and the page meanwhile.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { browser, workers } from "./browser.js";

// A step on the CPU takes a millisecond here, less than a message to the worker takes.
const LONGER = { cpu: { gradientAccumulationSteps: 64 }, webgpu: {} };

for (const device of ["cpu", "webgpu"]) {
  describe(`a run on ${device}`, () => {
    const open = browser();

    it("is aborted within a step, and another one works on the same tuner", async () => {
      const { page } = await open();
      const found = await page.evaluate(
        async ({ device, longer }) => {
          const { data, outcome, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
          const tuner = await Subtune.load({ model: await tinyModel(), device });
          const options = { data: data(), maxLength: 32, loggingSteps: 1 };
          const controller = new AbortController();
          const run = tuner.train({ ...options, ...longer, maxSteps: 100000, signal: controller.signal });
          let seen = 0;
          const aborted = await outcome(
            (async () => {
              for await (const event of run) {
                if (event.type !== "step") continue;
                seen = event.step;
                if (seen === 2) controller.abort();
              }
            })(),
          );
          const before = tuner.tuned;
          const next = tuner.train({ ...options, maxSteps: 3, learningRate: 0.01 });
          const result = await outcome(next.result);
          const predicted = await outcome(tuner.predict(["good", "bad"]));
          await tuner.dispose();
          return { seen, aborted, before, result, predicted, tuned: tuner.tuned };
        },
        { device, longer: LONGER[device] },
      );
      assert.equal(found.aborted.name, "AbortError");
      assert.ok(found.seen <= 4, `${found.seen} steps`);
      assert.deepEqual(found.before.labels, ["LABEL_0", "LABEL_1", "LABEL_2"]);
      assert.equal(found.result.value?.end.steps, 3, found.result.message);
      assert.deepEqual(found.tuned.labels, ["no", "yes"]);
      assert.equal(found.predicted.value?.length, 2, found.predicted.message);
      await page.close();
    });

    it("is paused and stopped, and keeps its model", async () => {
      const { page } = await open();
      const found = await page.evaluate(async (device) => {
        const { data, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
        const tuner = await Subtune.load({ model: await tinyModel(), device });
        const run = tuner.train({ data: data(), maxLength: 32, loggingSteps: 1, maxSteps: 100000, testSplit: 0.2 });
        let steps = 0;
        const reading = (async () => {
          for await (const event of run) if (event.type === "step") steps = event.step;
        })();
        const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));
        while (steps < 2) await sleep(20);
        run.pause();
        // a step may be under way
        await sleep(2000);
        const there = steps;
        await sleep(1000);
        const still = steps;
        const report = await run.report();
        run.resume();
        while (steps === still) await sleep(20);
        run.stop();
        await reading;
        const { end, test } = await run.result;
        return { there, still, end, test, report: report.slice(0, 200), kept: tuner.tuned, final: (await run.report()).length };
      }, device);
      assert.equal(found.still, found.there);
      assert.equal(found.end.interrupted, true);
      assert.ok(found.end.steps > found.still && found.end.steps < 100000);
      assert.match(found.report, /<html/i);
      assert.equal(found.test.examples, 12);
      assert.ok(found.kept && found.final > 1000);
      await page.close();
    });
  });
}

describe("the page", () => {
  const open = browser();

  it("keeps the page's thread free while a worker trains", async (context) => {
    const { page } = await open();
    const { long, whole } = await page.evaluate(async () => {
      const { data, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
      const tuner = await Subtune.load({ model: await tinyModel(), device: "cpu" });
      const long = [];
      const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration)));
      observer.observe({ type: "longtask" });
      const began = performance.now();
      const run = tuner.train({ data: data(), maxLength: 32, loggingSteps: 1, maxSteps: 200 });
      for await (const event of run) void event;
      await tuner.export();
      await new Promise((resolve) => setTimeout(resolve, 100));
      observer.disconnect();
      return { long, whole: performance.now() - began };
    });
    context.diagnostic(`${long.length} tasks over 50 ms`);
    // a busy machine makes a short task long, but not most of the time
    const share = long.reduce((sum, one) => sum + one, 0) / whole;
    assert.ok(share < 0.2, `${long} ms of ${whole}`);
    await page.close();
  });

  it("may load twice at once, as React's StrictMode does, and abort one", async () => {
    const { page } = await open();
    const found = await page.evaluate(async () => {
      const { data, outcome, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
      const model = await tinyModel();
      const controller = new AbortController();
      const first = outcome(Subtune.load({ model, device: "cpu", signal: controller.signal }));
      controller.abort();
      const [second, third] = await Promise.all([1, 2].map(() => Subtune.load({ model, device: "cpu" })));
      const train = (tuner) => tuner.train({ data: data(), maxLength: 32, maxSteps: 2, seed: 1 }).result;
      const [one, other] = await Promise.all([train(second), train(third)]);
      await second.dispose();
      const after = await outcome(third.predict(["good"]));
      await third.dispose();
      return { aborted: await first, losses: [one, other].map(({ crossValidation }) => crossValidation.loss), after };
    });
    assert.equal(found.aborted.name, "AbortError");
    const [loss, same] = found.losses;
    assert.ok(loss > 0 && loss === same, `${loss}, ${same}`);
    assert.equal(found.after.value.length, 1);
    await workers(page, 0);
    await page.close();
  });
});
