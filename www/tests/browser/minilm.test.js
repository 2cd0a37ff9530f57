// The bundled model.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { browser } from "./browser.js";

describe("the bundled model", () => {
  const open = browser();

  it("reads texts as transformers does", async () => {
    const { page } = await open();
    const [found, expected] = await page.evaluate(async () => {
      const { Subtune, text } = await import("/www/tests/browser/page.js");
      const expected = JSON.parse(await text("tests/golden/minilm/texts.json"));
      const tuner = await Subtune.load({ device: "cpu" });
      return [await tuner.tokenize(expected), expected];
    });
    assert.ok(expected.length >= 16);
    for (const [index, { text, input_ids, token_type_ids }] of expected.entries()) {
      assert.deepEqual([found[index].inputIds, found[index].tokenTypeIds], [input_ids, token_type_ids], text);
    }
    await page.close();
  });

  const train = async (page, options) =>
    page.evaluate(async ({ device, ...options }) => {
      const { outcome, Subtune, text } = await import("/www/tests/browser/page.js");
      const progress = [];
      const tuner = await Subtune.load({ device, onProgress: (one) => progress.push(one) });
      const lines = (await text("samples/sms_spam.csv")).split("\n");
      const early = [
        await outcome(tuner.predict(["a"])),
        await outcome(tuner.evaluate("text,label\na,b\n")),
        await outcome(tuner.export()),
      ];
      const run = tuner.train({ data: lines.slice(0, 301).join("\n"), loggingSteps: 1, ...options });
      const events = [];
      const ended = await outcome(
        (async () => {
          for await (const event of run) events.push(event);
        })(),
      );
      const predicted = await outcome(tuner.predict(["Free entry to win a prize, call now!", "are you home yet?"]));
      const files = await outcome(tuner.export());
      const { device: used, model, tuned } = tuner;
      return { early, progress, events, ended, predicted, files: Object.keys(files.value ?? {}), used, model, tuned };
    }, options);

  it("is fine-tuned on the CPU, and its loss falls", async (context) => {
    const { page, requests, address } = await open();
    const options = {
      device: "cpu",
      maxSteps: 14,
      maxLength: 32,
      perDeviceTrainBatchSize: 16,
      validationSplit: 0.1,
      testSplit: 0.1,
      seed: 1,
    };
    const found = await train(page, options);
    assert.equal(found.ended.message, undefined);
    for (const { name, message } of found.early) assert.equal(name, "InvalidArgument", message);
    const losses = found.events.filter(({ type }) => type === "step").map(({ loss }) => loss);
    context.diagnostic(`losses ${losses.map((loss) => loss.toFixed(3)).join(" ")}`);
    const mean = (some) => some.reduce((sum, one) => sum + one, 0) / some.length;
    assert.equal(losses.length, 14);
    assert.ok(mean(losses.slice(-5)) < mean(losses.slice(0, 5)) * 0.8, losses.join(" "));
    const kinds = found.events.map(({ type }) => type);
    assert.deepEqual([kinds.includes("start"), kinds.includes("subnetwork"), kinds.at(-1)], [true, true, "end"]);
    assert.equal(found.predicted.value.length, 2);
    assert.ok(["ham", "spam"].includes(found.predicted.value[0].label));
    assert.deepEqual(found.tuned, { task: "classification", labels: ["ham", "spam"], maxLength: 32 });
    for (const file of ["config.json", "model.safetensors", "tokenizer.json", "README.md", "report.html"])
      assert.ok(found.files.includes(file), file);
    assert.deepEqual([found.used.kind, found.model.layers], ["cpu", 6]);
    const weights = found.progress.filter(({ file }) => file === "model.safetensors");
    assert.ok(weights.length > 2 && weights.at(-1).loaded === weights.at(-1).total);
    // nothing leaves the machine
    assert.deepEqual(
      requests.filter((request) => !request.startsWith(`GET ${address}`) && !request.startsWith("GET blob:")),
      [],
    );
    await page.close();
  });

  it("is fine-tuned on WebGPU", async (context) => {
    const { page } = await open();
    const options = {
      device: "webgpu",
      layers: 1,
      maxSteps: 2,
      maxLength: 16,
      perDeviceTrainBatchSize: 2,
      maxTrainSamples: 8,
      validationSplit: 0,
      testSplit: 0,
    };
    const found = await train(page, options);
    assert.equal(found.ended.message, undefined);
    context.diagnostic(`${found.used.name}: ${found.used.reason}`);
    assert.equal(found.used.kind, "webgpu");
    const losses = found.events.filter(({ type }) => type === "step").map(({ loss }) => loss);
    assert.ok(losses.length === 2 && losses.every(Number.isFinite), losses.join(" "));
    await page.close();
  });
});
