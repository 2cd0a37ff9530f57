// Runs the real engine on the CPU and writes down what it says.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { create, globals } from "webgpu";

import { withHost } from "../../dist/engine/host-gpu.js";
import { settings } from "../../dist/settings.js";
import * as module from "../../wasm/subtune.js";
import { tinyModel } from "../browser/page.js";

const root = new URL("../../../", import.meta.url);
const read = (path) => new Uint8Array(readFileSync(new URL(path, root)));
/** Files of a model or a checkpoint are recorded by their sizes. */
const sizes = (files) => Object.fromEntries(Object.entries(files).map(([name, { length }]) => [name, length]));

/** For what a model says of texts that are not recorded. */
const UNSEEN = ["good", "bad"].map((text) => ({ text, pair: null }));

const MOST_EXAMPLES = 20;

const MODELS = {
  tiny: () => tinyModel(read),
  minilm: () => Object.fromEntries(readdirSync(new URL("models/minilm/", root)).map((name) => [name, read(`models/minilm/${name}`)])),
};

/** Everything that the engine says in a case of cases.js. */
export async function record({ model, trained = model, device, inspections, runs, evaluate, others }, log = () => {}) {
  await module.default({ module_or_path: read("www/wasm/subtune_bg.wasm") });
  const files = await MODELS[trained]();
  const load = async (name) => module.Tuner.load(name, await MODELS[name](), device);
  const loaded = await withHost({}, () => load(model));
  const untrained = await outcome(() => loaded.predict(UNSEEN));
  const recording = { loaded: loaded.describe(), untrained, inspections: [], runs: [] };
  for (const { file, options = {} } of inspections) {
    log(`inspect ${file.name}`);
    const asked = { file: file.name, settings: settings(options) };
    recording.inspections.push({ ...asked, ...(await outcome(() => loaded.inspect(file, settings(options)))) });
  }
  loaded.free();
  const tuner = await withHost({}, () => load(trained));
  for (const run of runs) recording.runs.push(await recordRun(tuner, run, log));
  recording.exported = { safetensors: sizes(tuner.export("safetensors", "float16")), onnx: sizes(tuner.export("onnx", "q8")) };
  if (evaluate) recording.evaluation = await tuner.evaluate(evaluate, settings({}));
  if (others) Object.assign(recording, await recordOthers(tuner, files, runs[0]));
  tuner.free();
  return recording;
}

async function recordRun(tuner, { files, options, upTo = Infinity, stop, predict }, log) {
  const asked = settings(options);
  const training = await tuner.start(files, asked);
  const happened = [];
  const recorded = { file: files.train.name, settings: asked, happened };
  for (;;) {
    const { answer, error } = await outcome(() => training.proceed());
    if (error) Object.assign(recorded, { error });
    if (!answer) break;
    happened.push(answer);
    const step = stepOf(answer);
    if (step !== undefined) log(`${files.train.name}: step ${step}`);
    if (step >= upTo) break;
  }
  if (stepOf(happened.at(-1)) >= upTo) recorded.cut = true;
  if (recorded.error || recorded.cut) training.free();
  else {
    Object.assign(recorded, { heldOut: few(await tuner.finish(training)), tuned: tuner.describe().tuned });
    const texts = predict.map((text) => (typeof text === "string" ? { text, pair: null } : text));
    recorded.predictions = (await tuner.predict(texts)).map((prediction, at) => ({ ...texts[at], prediction }));
  }
  if (stop) recorded.stopped = await recordStop(tuner, await tuner.start(files, asked));
  return recorded;
}

/** The first examples, mistakes before others: the rest would make the recordings large. */
export function few(heldOut) {
  if (heldOut === null) return null;
  const isWrong = ({ target, prediction }) => Number(prediction.label !== undefined && prediction.label !== target);
  const examples = [...heldOut.examples].sort((one, other) => isWrong(other) - isWrong(one)).slice(0, MOST_EXAMPLES);
  return { ...heldOut, examples };
}

/** What happens after a run was stopped in its first step. */
async function recordStop(tuner, training) {
  while (stepOf(await training.proceed()) === undefined);
  training.stop();
  const happened = [];
  for (let answer; (answer = await training.proceed()); ) happened.push(answer);
  return { happened, heldOut: few(await tuner.finish(training)) };
}

async function recordOthers(tuner, files, { files: data, options }) {
  const training = await tuner.start(data, settings(options));
  while (stepOf(await training.proceed()) === undefined);
  const others = {
    warning: training.warn("something"),
    unwritten: await recordUnwritten(training),
    checkpoint: await recordCheckpoint(training),
    report: training.report().length > 1000,
    tokens: tuner.tokenize([{ text: "good", pair: null }], 32),
    ...(await recordRecoveries(files, data, options)),
    examination: await withHost({}, () => module.doctor()),
    reproduction: await withHost({}, () => module.reproduce(golden("dense"), "cpu")),
    refusals: {
      load: (await outcome(() => module.Tuner.load("m", {}, "cpu"))).error,
      option: (await outcome(() => tuner.start(data, settings({ ...options, seeds: 1 })))).error,
    },
  };
  training.free();
  return others;
}

/** What the engine says of a checkpoint that cannot be written. */
async function recordUnwritten(training) {
  training.keep({ ...memoryStore(), write: () => Promise.reject(new Error("something")) }, undefined, 1);
  const [event] = await training.save();
  return event;
}

async function recordCheckpoint(training) {
  const store = memoryStore();
  training.keep(store, undefined, 1);
  const [event] = await training.save();
  const files = await store.read(event.name);
  return { name: event.name, files: sizes(files), commit: JSON.parse(new TextDecoder().decode(files["commit.json"])), event };
}

/** Keeps checkpoints in memory. */
function memoryStore() {
  const stored = new Map();
  return {
    complete: async () => [...stored.keys()],
    write: async (name, files) => void stored.set(name, files),
    read: async (name) => stored.get(name),
    remove: async (name) => void stored.delete(name),
    place: (name) => name,
  };
}

const golden = (run) =>
  Object.fromEntries(readdirSync(new URL(`tests/golden/${run}/`, root)).map((name) => [name, read(`tests/golden/${run}/${name}`)]));

/** A device can be taken away only where it is not the CPU: SwiftShader's, by way of Dawn. From the start, and from a checkpoint. */
async function recordRecoveries(files, data, options) {
  process.env.VK_ICD_FILENAMES ??= ["/usr/lib/chromium/vk_swiftshader_icd.json"].find((path) => existsSync(path)) ?? "";
  const before = Object.keys(globals).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  Object.assign(globalThis, globals);
  const gpu = create([]);
  let last;
  const watched = {
    requestAdapter: async (...wanted) => {
      const adapter = await gpu.requestAdapter(...wanted);
      const requestDevice = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (...all) => (last = await requestDevice(...all));
      return adapter;
    },
  };
  const tuner = await withHost({ gpu: watched }, () => module.Tuner.load("tiny", files, "webgpu"));
  const training = await tuner.start(data, settings(options));
  const recoveries = [];
  for (const isStored of [false, true]) {
    while ((stepOf(await training.proceed()) ?? 0) < 2);
    if (isStored) {
      training.keep(memoryStore(), undefined, 1);
      await training.save();
    }
    last.destroy();
    let error;
    while (!error) ({ error } = await outcome(() => training.proceed()));
    const event = await withHost({ gpu: watched }, () => training.recover());
    const next = (await training.proceed()).map(({ type }) => type);
    recoveries.push({ error, event, next });
  }
  const { device: gpuDevice } = tuner.describe();
  training.free();
  tuner.free();
  for (const [name, descriptor] of before) {
    if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    else delete globalThis[name];
  }
  return { recoveries, gpu: gpuDevice };
}

/** The step that was done. */
export function stepOf(happened) {
  return happened?.find(({ type }) => type === "step")?.step;
}

async function outcome(work) {
  try {
    return { answer: await work() };
  } catch (error) {
    const { code, message, file, line } = error;
    if (code === undefined) throw error;
    return { error: { code, message, ...(file && { file }), ...(line && { line }) } };
  }
}
