import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { fakeModule, gate } from "./fake-engine.js";
import { ENGINES, load } from "./tuners.js";

const DATA = { data: "text,label\na,b\n" };

async function types(run) {
  const seen = [];
  for await (const event of run) seen.push(event.type);
  return seen;
}

for (const [where, engine] of Object.entries(ENGINES)) {
  describe(`a run ${where}`, () => {
    it("gives its events, in camelCase, and its result", async () => {
      const { module, alive } = fakeModule();
      const tuner = await load(engine(module));
      assert.equal(tuner.tuned, null);
      const run = tuner.train(DATA);
      assert.deepEqual(await types(run), ["start", "step", "step", "evaluation", "evaluation", "end"]);
      const result = await run.result;
      assert.equal(result.end.bestStep, 3);
      assert.deepEqual([result.validation.part, result.test.part, result.test.macroF1], ["validation", "test", 1]);
      assert.equal(result.heldOut.examples[0].prediction.label, "a_b");
      assert.deepEqual(tuner.tuned.labels, ["a_b", "1"]);
      assert.deepEqual(alive, { tuners: 1, trainings: 0 });
      for await (const event of run) {
        if (event.type === "start") assert.deepEqual([event.maxSteps, event.arguments, event.labels], [3, { numTrainEpochs: 3 }, ["no_under", "yes"]]);
      }
      await tuner.dispose();
    });

    it("finishes when nobody reads its events, and keeps them", async () => {
      const { module } = fakeModule({ steps: 500 });
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      await run.result;
      assert.equal((await types(run)).length, 503);
      const first = [];
      for await (const event of run) {
        first.push(event.type);
        break;
      }
      assert.deepEqual(first, ["start"]);
      await tuner.dispose();
    });

    it("pauses between steps, and goes on", async () => {
      let steps = 0;
      const { module } = fakeModule({ steps: 1000, proceed: async () => void steps++ });
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      for await (const event of run) if (event.type === "step" && event.step === 5) break;
      run.pause();
      await sleep(30);
      const there = steps;
      await sleep(30);
      assert.equal(steps, there);
      assert.ok(there < 1000);
      run.resume();
      await run.result;
      assert.ok(steps > 1000);
      await tuner.dispose();
    });

    it("hears a pause that came before its first step", async () => {
      let steps = 0;
      const { module } = fakeModule({ proceed: async () => void steps++ });
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      run.pause();
      await sleep(30);
      assert.equal(steps, 0);
      run.resume();
      await run.result;
      await tuner.dispose();
    });

    it("stops and keeps the model, also out of a pause", async () => {
      const { module, seen } = fakeModule({ steps: 1e6 });
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      for await (const event of run) if (event.type === "step") break;
      run.pause();
      await sleep(10);
      run.stop();
      const result = await run.result;
      assert.equal(result.end.interrupted, true);
      assert.equal(seen.stopped, 1);
      assert.deepEqual(tuner.tuned.labels, ["a_b", "1"]);
      await tuner.dispose();
    });

    it("ends within a step of an abort, frees the training, and another one works", async () => {
      let steps = 0;
      const { module, alive } = fakeModule({ steps: 1e6, proceed: async () => void steps++ });
      const tuner = await load(engine(module));
      const controller = new AbortController();
      const run = tuner.train({ ...DATA, signal: controller.signal });
      const reason = new Error("enough");
      await assert.rejects(
        async () => {
          for await (const event of run) if (event.type === "step" && event.step === 3) controller.abort(reason);
        },
        (error) => error.name === "AbortError" && error.constructor.name === "Aborted" && error.cause === reason,
      );
      await assert.rejects(run.result, { name: "AbortError" });
      await assert.rejects(run.report(), { name: "AbortError" });
      assert.equal(alive.trainings, 0);
      assert.equal(tuner.tuned, null);
      const there = steps;
      await sleep(20);
      assert.equal(steps, there);

      const next = tuner.train(DATA);
      for await (const event of next) if (event.type === "step") next.stop();
      await next.result;
      assert.deepEqual(tuner.tuned.labels, ["a_b", "1"]);
      await tuner.dispose();
    });

    it("is aborted out of a pause, and before it begins", async () => {
      const { module, alive, seen } = fakeModule({ steps: 1e6 });
      const tuner = await load(engine(module));
      const controller = new AbortController();
      const run = tuner.train({ ...DATA, signal: controller.signal });
      for await (const event of run) if (event.type === "step") break;
      run.pause();
      await sleep(10);
      controller.abort();
      await assert.rejects(run.result, { name: "AbortError" });
      const starts = seen.files.length;
      await assert.rejects(tuner.train({ ...DATA, signal: AbortSignal.abort() }).result, { name: "AbortError" });
      assert.equal(seen.files.length, starts);
      assert.deepEqual(alive, { tuners: 1, trainings: 0 });
      await tuner.dispose();
    });

    it("is one at a time; after an abort the next one waits for its end", async () => {
      const { module, alive } = fakeModule({ proceed: () => sleep(5) });
      const tuner = await load(engine(module));
      const controller = new AbortController();
      const first = tuner.train({ ...DATA, signal: controller.signal });
      assert.throws(() => tuner.train(DATA), { name: "InvalidArgument", message: /training already/ });
      controller.abort();
      const second = tuner.train(DATA);
      await assert.rejects(first.result, { name: "AbortError" });
      await second.result;
      assert.equal(alive.trainings, 0);
      await tuner.train(DATA).result;
      await tuner.dispose();
    });

    it("shares the engine with other calls", async () => {
      const { module } = fakeModule({ steps: 20, proceed: () => sleep(1), predict: () => sleep(1) });
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      const texts = Array.from({ length: 600 }, (_, index) => `text ${index}`);
      const answers = await Promise.all([
        tuner.predict(texts),
        tuner.tokenize(["a"]),
        tuner.predict(["b"]),
        tuner.inspect("c"),
        tuner.evaluate("d"),
        tuner.export({ format: "onnx", dtype: "q8" }),
        tuner.export(),
      ]);
      assert.deepEqual(answers[0].map(({ label }) => label), texts);
      assert.deepEqual(answers[1], [{ inputIds: [128], tokenTypeIds: [0], truncated: 0 }]);
      assert.deepEqual([answers[3].columns, answers[3].hasHeader], [["some_text"], true]);
      assert.equal(answers[4].metrics.macroF1, 1);
      assert.deepEqual(answers.slice(5).map(({ asked }) => new TextDecoder().decode(asked)), ["onnx q8", "safetensors float32"]);
      await run.result;
      await tuner.dispose();
    });

    it("rejects with the engine's error by name, frees the training, and leaves its report", async () => {
      const diverged = Object.assign(new Error("the loss is NaN"), { code: "diverged" });
      const { module, alive } = fakeModule({ proceed: async (step) => step === 2 && Promise.reject(diverged) });
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      await assert.rejects(types(run), { name: "Diverged", message: "the loss is NaN" });
      await assert.rejects(run.result, { name: "Diverged" });
      assert.equal(await run.report(), "<html>the loss is NaN</html>");
      assert.deepEqual(alive, { tuners: 1, trainings: 0 });
      await tuner.dispose();
    });

    it("has a report while it goes on and afterwards", async () => {
      const step = gate();
      const { module } = fakeModule({ steps: 1e6 });
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      await assert.rejects(run.report(), { name: "InvalidArgument" });
      for await (const event of run) if (event.type === "step") break;
      assert.equal(await run.report(), "<html>fine</html>");
      run.stop();
      step.open();
      await run.result;
      assert.equal(await run.report(), "<html>fine</html>");
      await tuner.dispose();
    });

    it("is refused with bad options, without an unhandled rejection", async () => {
      const { module } = fakeModule();
      const tuner = await load(engine(module));
      await assert.rejects(tuner.train({ data: 5 }).result, { name: "InvalidArgument" });
      await assert.rejects(tuner.train({ ...DATA, seed: () => 1 }).result, { name: "InvalidArgument", message: /seed is of the type function/ });
      tuner.train({ data: null });
      await sleep(5);
      await tuner.train(DATA).result;
      await tuner.dispose();
    });

    it("is aborted by the tuner's disposal", async () => {
      const { module, alive } = fakeModule({ steps: 1e6 });
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      for await (const event of run) if (event.type === "step") break;
      const prediction = tuner.predict(["a"]);
      const done = tuner.dispose();
      assert.equal(tuner.dispose(), done);
      await assert.rejects(prediction, { name: "AbortError", message: /disposed/ });
      await assert.rejects(run.result, { name: "AbortError", message: /disposed/ });
      await done;
      if (where === "on this thread") assert.deepEqual(alive, { tuners: 0, trainings: 0 });
      await assert.rejects(tuner.predict(["a"]), { name: "InvalidArgument", message: /disposed/ });
      assert.throws(() => tuner.train(DATA), { name: "InvalidArgument", message: /disposed/ });
    });
  });
}
