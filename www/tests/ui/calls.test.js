// Every call of the interface answers in the same form, whether the engine is WebAssembly or the program.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";

import { engineThere } from "../../dist/program/engine.js";
import { Program } from "../../dist/program/program.js";
import { Subtune } from "../../dist/index.js";
import { Tuner } from "../../dist/tuner.js";
import { data, tinyModel } from "../browser/page.js";
import { startUi } from "./program.js";

const root = new URL("../../../", import.meta.url);
const RUN = { recipe: "plain", maxSteps: 4, maxLength: 32, perDeviceTrainBatchSize: 4, testSplit: 0.1, seed: 3, method: "sift" };
const UNLABELLED = `text,label\n${Array.from({ length: 30 }, (_, i) => `${i % 2 ? "bad poor" : "good fine"} ${i},${i < 8 ? (i % 2 ? "no" : "yes") : ""}`).join("\n")}\n`;

/** Which keys a value has, and values of which kind, at every depth. A list has the shapes of its entries. */
function shape(value) {
  if (ArrayBuffer.isView(value)) return "bytes";
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  if (Array.isArray(value)) return [...new Set(value.map((one) => JSON.stringify(shape(one))))].sort();
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
}

async function failure(promise) {
  try {
    return await promise;
  } catch ({ name, code, message, file, line }) {
    return { name, code, message, file, line };
  }
}

/** What every call answers. */
async function answers(tuner) {
  const all = { model: tuner.model, device: shape(tuner.device), tuned: tuner.tuned };
  all.inspect = await tuner.inspect(data());
  all.rows = await tuner.rows(UNLABELLED);
  const suggestions = await tuner.suggest(UNLABELLED, { n: 3 });
  // probabilities differ in their last bits
  all.suggest = [suggestions.ask, shape(suggestions)];
  all.tokenize = await tuner.tokenize(["good", { text: "bad", pair: "poor" }], { maxLength: 8 });
  const run = tuner.train({ data: data(), ...RUN });
  const events = [];
  for await (const event of run) events.push(event);
  all.events = events.map(({ type }) => type);
  all.shapes = shape(events);
  all.result = shape(await run.result);
  all.report = /<h1>/.test(await run.report());
  all.trained = tuner.tuned;
  all.predict = shape(await tuner.predict(["good fine", "bad"]));
  const evaluation = await tuner.evaluate(data());
  all.evaluate = shape(evaluation);
  all.rightNotes = evaluation.notes;
  for (const format of ["safetensors", "onnx", "delta"]) {
    all[format] = Object.keys(await tuner.export({ format })).sort();
  }
  const before = await tuner.predict(["good fine"]);
  await tuner.use((await tuner.export({ format: "delta" }))["delta.safetensors"]);
  assert.deepEqual(await tuner.predict(["good fine"]), before);
  await tuner.use(null);
  all.wrong = [
    await failure(tuner.inspect('no,table\n"open')),
    await failure(tuner.train({ data: data(), learningRate: -1 }).result),
    await failure(tuner.train({ data: data(), seeds: 1 }).result),
    await failure(tuner.use(new Uint8Array(8))),
    await failure(tuner.export({ format: "delta", dtype: "q8" })),
  ];
  const stopped = tuner.train({ data: data(), ...RUN, maxSteps: 100000 });
  for await (const { type } of stopped) {
    if (type === "step") stopped.stop();
  }
  all.stopped = shape((await stopped.result).end);
  const abort = new AbortController();
  const aborted = tuner.train({ data: data(), ...RUN, maxSteps: 100000, signal: abort.signal });
  setTimeout(() => abort.abort(), 50);
  all.aborted = (await failure(aborted.result)).name;
  all.after = shape(await tuner.predict(["good"]));
  return all;
}

describe("the engine of the program", () => {
  let ui, program, model;
  before(async () => {
    ui = await startUi();
    const { hash, href } = new URL(ui.address);
    program = new Program(href, hash.slice(1));
    model = await tinyModel((path) => new Uint8Array(readFileSync(new URL(path, root))));
  });
  after(() => ui?.close());

  it("answers every call as WebAssembly does", async () => {
    const here = await Subtune.load({ model, device: "cpu", worker: false });
    const engine = engineThere(program);
    const there = new Tuner(engine, await engine.call("load", { device: "cpu", model: { from: "memory", name: "model", files: model } }));
    const [expected, found] = [await answers(here), await answers(there)];
    assert.deepEqual(Object.keys(found), Object.keys(expected));
    for (const call of Object.keys(expected)) assert.deepEqual(found[call], expected[call], call);
    assert.equal(found.aborted, "AbortError");
    assert.equal(found.wrong[0].name, "InvalidData");
    await Promise.all([here.dispose(), there.dispose()]);
    await assert.rejects(there.predict(["good"]), { name: "InvalidArgument" });
  });

  it("examines devices, and repeats a recorded run", async () => {
    const engine = engineThere(program);
    const examination = await engine.call("doctor", null);
    assert.ok(examination.devices.length > 0 && examination.verdict, JSON.stringify(examination));
    const files = ["run.json", "config.json", "init.safetensors", "batches.safetensors", "trace.safetensors"];
    const recorded = Object.fromEntries(
      files.map((name) => [name, new Uint8Array(readFileSync(new URL(`tests/golden/dense/${name}`, root)))]),
    );
    const { deviations } = await engine.call("reproduce", { files: recorded, device: "cpu" });
    assert.ok(deviations.length > 0 && deviations.every(({ share }) => share <= 1), JSON.stringify(deviations));
  });

  it("has the bundled model without its bytes, and says what it lacks", async () => {
    const engine = engineThere(program);
    const read = [];
    const notify = (progress) => progress.type === "file" && read.push(progress);
    const state = await engine.call("load", { device: "cpu", model: { from: "package", name: "minilm" } }, { notify });
    assert.equal(state.model.layers, 6);
    assert.deepEqual(read, []);
    await engine.close();
    const bad = engineThere(program).call("load", {
      device: "cpu",
      model: { from: "memory", name: "m", files: { "config.json": new Uint8Array([123]) } },
    });
    await assert.rejects(bad, { name: "InvalidModel" });
  });

  it("is gone when the program is, in words", async () => {
    const engine = engineThere(program);
    await engine.call("load", { device: "cpu", model: { from: "memory", name: "m", files: model } });
    await ui.stop();
    await assert.rejects(engine.call("predict", { texts: [{ text: "good" }] }), {
      name: "EngineCrashed",
      message: /subtune ui does not answer; if it has ended, start it again/,
    });
    await assert.rejects(engineThere(program).call("doctor", null), { name: "EngineCrashed" });
  });
});
