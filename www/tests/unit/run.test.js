import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { SMALL } from "../engine/cases.js";
import { DATA, ENGINES, load, RECORDING, recorded, STEPS } from "./tuners.js";

/** Slow enough to be steered. */
const slow = () => sleep(5);
const LOADED = RECORDING.loaded.tuned.labels;
const TRAINED = ["no", "yes"];

async function types(run) {
  const seen = [];
  for await (const event of run) seen.push(event.type);
  return seen;
}

for (const [where, engine] of Object.entries(ENGINES)) {
  describe(`a run ${where}`, () => {
    it("gives its events, in camelCase, and its result", async () => {
      const { module, alive } = recorded();
      const tuner = await load(engine(module));
      assert.deepEqual(tuner.tuned.labels, LOADED);
      const run = tuner.train(DATA);
      const seen = await types(run);
      assert.deepEqual(seen.slice(0, 6), ["start", "step", "step", "subnetwork", "step", "evaluation"]);
      assert.deepEqual(seen.slice(-3), ["evaluation", "evaluation", "end"]);
      const result = await run.result;
      assert.equal(result.end.steps, STEPS);
      assert.deepEqual([result.validation.part, result.validation.step], ["validation", result.end.bestStep]);
      assert.equal(result.test.part, "test");
      assert.ok(result.test.macroF1 > 0.3);
      assert.ok(TRAINED.includes(result.heldOut.examples[0].prediction.label));
      assert.deepEqual(tuner.tuned.labels, TRAINED);
      assert.deepEqual(alive, { tuners: 1, trainings: 0 });
      for await (const event of run) {
        if (event.type === "start") assert.deepEqual([event.maxSteps, event.arguments.maxSteps, event.labels], [STEPS, STEPS, TRAINED]);
      }
      await tuner.dispose();
    });

    it("tells how it was measured where nothing was held out", async () => {
      const tuner = await load(engine(recorded().module));
      const { probe, crossValidation, validation, test, heldOut } = await tuner.train({ data: SMALL.numbers, task: "regression" }).result;
      assert.deepEqual([validation, test], [null, null]);
      assert.ok(probe.metrics.meanAbsoluteError > 0 && crossValidation.meanAbsoluteError > 0);
      assert.equal(heldOut.part, "cross_validation");
      const [{ value, label }] = await tuner.predict(["good place"]);
      assert.deepEqual([typeof value, label], ["number", undefined]);
      await tuner.dispose();
    });

    it("finishes when nobody reads its events, and keeps them", async () => {
      const { module } = recorded();
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      await run.result;
      assert.equal((await types(run)).filter((type) => type === "step").length, STEPS);
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
      const { module } = recorded({ proceed: () => (steps++, slow()) });
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      for await (const event of run) if (event.type === "step" && event.step === 3) break;
      run.pause();
      await sleep(30);
      const there = steps;
      await sleep(30);
      assert.equal(steps, there);
      assert.ok(there < STEPS);
      run.resume();
      await run.result;
      assert.ok(steps > STEPS);
      await tuner.dispose();
    });

    it("hears a pause that came before its first step", async () => {
      let steps = 0;
      const { module } = recorded({ proceed: async () => void steps++ });
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
      const { module, seen } = recorded({ proceed: slow });
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      for await (const event of run) if (event.type === "step") break;
      run.pause();
      await sleep(10);
      run.stop();
      const result = await run.result;
      assert.equal(result.end.interrupted, true);
      assert.equal(seen.stopped, 1);
      assert.deepEqual(tuner.tuned.labels, TRAINED);
      await tuner.dispose();
    });

    it("ends within a step of an abort, frees the training, and another one works", async () => {
      let steps = 0;
      const { module, alive } = recorded({ proceed: () => (steps++, slow()) });
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
      assert.deepEqual(tuner.tuned.labels, LOADED);
      const there = steps;
      await sleep(20);
      assert.equal(steps, there);

      const next = tuner.train(DATA);
      for await (const event of next) if (event.type === "step") next.stop();
      await next.result;
      assert.deepEqual(tuner.tuned.labels, TRAINED);
      await tuner.dispose();
    });

    it("is aborted out of a pause, and before it begins", async () => {
      const { module, alive, seen } = recorded({ proceed: slow });
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
      const { module, alive } = recorded({ proceed: slow });
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

    it("leaves a table as it is: its rows, and suggestions for those without a label", async () => {
      const { module, seen } = recorded();
      const tuner = await load(engine(module));
      const table = "text,label\ngood day,yes\nbad day,no\ngood night,\nodd,\n";
      assert.deepEqual(await tuner.rows(table, { header: true }), {
        columns: ["text", "label"],
        hasHeader: true,
        rows: [
          ["good day", "yes"],
          ["bad day", "no"],
          ["good night", ""],
          ["odd", ""],
        ],
        textColumn: "text",
        pairColumn: null,
        labelColumn: "label",
      });
      const { proposals, ask, accuracy } = await tuner.suggest(table, { labelColumn: "label", n: 1, seed: 7 });
      assert.deepEqual(seen.settings.at(-1), { data: { label_column: "label" }, arguments: { seed: 7 } });
      assert.deepEqual(
        proposals.map(({ row, label }) => [row, label]),
        [
          [2, "yes"],
          [3, "yes"],
        ],
      );
      assert.deepEqual([ask, accuracy.low < accuracy.value], [[3], true]);
      await tuner.dispose();
    });

    it("shares the engine with other calls", async () => {
      const { module, seen } = recorded({ proceed: () => sleep(1), predict: () => sleep(1) });
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      const texts = Array.from({ length: 600 }, (_, index) => `text ${index}`);
      const [predictions, tokens, , inspection, evaluation, files] = await Promise.all([
        tuner.predict(texts),
        tuner.tokenize(["good"]),
        tuner.predict(["b"]),
        tuner.inspect(DATA.data),
        tuner.evaluate("d"),
        tuner.export({ format: "onnx", dtype: "q8" }),
        tuner.export(),
      ]);
      assert.equal(predictions.length, 600);
      assert.deepEqual(
        seen.predicted.filter((text) => text !== "b"),
        texts,
      );
      assert.deepEqual(Object.keys(tokens[0]), ["inputIds", "tokenTypeIds", "truncated"]);
      assert.deepEqual(
        [inspection.columns, inspection.hasHeader, inspection.content.task.kind],
        [["text", "label"], true, "classification"],
      );
      assert.ok(evaluation.metrics.macroF1 > 0.3);
      assert.deepEqual([seen.exported, "onnx/model_quantized.onnx" in files], [["onnx q8", "safetensors float32"], true]);
      await run.result;
      await tuner.dispose();
    });

    it("switches between deltas and the loaded model", async () => {
      const { module, seen } = recorded();
      const tuner = await load(engine(module));
      await tuner.use(new Uint8Array(3));
      assert.deepEqual(tuner.tuned.labels, TRAINED);
      await tuner.use(new Blob(["ab"]));
      await tuner.use(new ArrayBuffer(1));
      await tuner.use();
      assert.deepEqual(tuner.tuned.labels, LOADED);
      assert.deepEqual(seen.used, [3, 2, 1, 0]);
      await tuner.dispose();
    });

    it("rejects with the engine's error by name, frees the training, and leaves its report", async () => {
      const { module, alive } = recorded();
      const tuner = await load(engine(module));
      const run = tuner.train({ ...DATA, method: "full" });
      await assert.rejects(types(run), { name: "Diverged", code: "diverged", message: /use a smaller learning rate/ });
      await assert.rejects(run.result, { name: "Diverged" });
      assert.match(await run.report(), /use a smaller learning rate/);
      assert.deepEqual(alive, { tuners: 1, trainings: 0 });
      await tuner.dispose();
    });

    it("has a report while it goes on and afterwards", async () => {
      const { module } = recorded({ proceed: slow });
      const tuner = await load(engine(module));
      const run = tuner.train(DATA);
      await assert.rejects(run.report(), { name: "InvalidArgument" });
      for await (const event of run) if (event.type === "step") break;
      assert.match(await run.report(), /fine/);
      run.stop();
      await run.result;
      assert.match(await run.report(), /fine/);
      await tuner.dispose();
    });

    it("is refused with bad options, without an unhandled rejection", async () => {
      const { module } = recorded();
      const tuner = await load(engine(module));
      await assert.rejects(tuner.train({ data: 5 }).result, { name: "InvalidArgument" });
      await assert.rejects(tuner.train({ ...DATA, seed: () => 1 }).result, {
        name: "InvalidArgument",
        message: /seed is of the type function/,
      });
      tuner.train({ data: null });
      await sleep(5);
      await tuner.train(DATA).result;
      await tuner.dispose();
    });

    it("is aborted by the tuner's disposal", async () => {
      const { module, alive } = recorded({ proceed: slow });
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
