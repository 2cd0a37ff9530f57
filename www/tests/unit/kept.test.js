// Runs that are kept: what is stored when, what is said of it, and how they go on.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Subtune } from "../../dist/index.js";
import { checkpointName, fakeModule, gate } from "./fake-engine.js";
import { fakeOpfs, install } from "./fake-opfs.js";
import { ENGINES, load } from "./tuners.js";

const KEPT = { data: "text,label\na,b\n", checkpoints: "mine", saveSteps: 2 };

async function events(run) {
  const seen = [];
  for await (const event of run) seen.push(event);
  return seen;
}

const warnings = async (run) => (await events(run)).filter(({ type }) => type === "warning").map(({ message }) => message);

/** Aborts a run of so many steps once it was stored after `step`, and leaves it behind. */
async function interrupt(engine, step, options = {}) {
  const block = gate();
  const fake = fakeModule({ steps: 9, proceed: async (at) => void (at > step && (await block.promise)) });
  const tuner = await load(engine(fake.module));
  const abort = new AbortController();
  const run = tuner.train({ ...KEPT, ...options, signal: abort.signal });
  for await (const event of run) if (event.type === "checkpoint" && event.step === step) break;
  abort.abort();
  block.open();
  await assert.rejects(run.result, { name: "AbortError" });
  await tuner.dispose();
  return fake;
}

for (const [where, engine] of Object.entries(ENGINES)) {
  describe(`a kept run ${where}`, () => {
    it("is stored every so many steps, and removed when it is complete", async (context) => {
      const opfs = fakeOpfs();
      install(context, opfs);
      const tuner = await load(engine(fakeModule({ steps: 5 }).module));
      const run = tuner.train(KEPT);
      const stored = (await events(run)).filter(({ type }) => type === "checkpoint");
      assert.deepEqual(stored, [2, 4].map((step) => ({ type: "checkpoint", step, name: checkpointName(step) })));
      await run.result;
      assert.deepEqual(await Subtune.runs(), []);
      assert.equal(opfs.size(), 0);
      await tuner.dispose();
    });

    it("that was interrupted is listed, goes on where it was stored, and tells again what happened before", async (context) => {
      install(context, fakeOpfs());
      await interrupt(engine, 4, { method: "full", numTrainEpochs: 2 });
      const [one, ...others] = await Subtune.runs();
      assert.deepEqual(others, []);
      assert.deepEqual([one.name, one.step, one.maxSteps, one.model, one.inUse], ["mine", 4, 9, "m", false]);
      assert.deepEqual(one.checkpoints, [2, 4].map(checkpointName));
      assert.deepEqual(one.options, { method: "full", numTrainEpochs: 2, saveSteps: 2 });
      assert.deepEqual([one.data.name, await one.data.text()], ["data.csv", KEPT.data]);
      assert.ok(Date.now() - Number(one.storedAt) < 10_000);

      const { module, seen } = fakeModule({ steps: 9 });
      const tuner = await load(engine(module));
      const run = tuner.resume("mine");
      assert.throws(() => tuner.resume("mine"), { name: "InvalidArgument", message: /training already/ });
      const told = await events(run);
      assert.deepEqual(seen.resumed, ["mine/step-000004"]);
      assert.equal(told[0].type, "start");
      // the event of the checkpoint itself is in the real engine's only
      assert.deepEqual(told.filter(({ type }) => type === "step").map(({ step }) => step), [1, 2, 3, 4, 5, 6, 7, 8]);
      assert.equal((await run.result).end.steps, 9);
      assert.deepEqual(await Subtune.runs(), []);
      await tuner.dispose();
    });

    it("goes on from an earlier checkpoint if asked to, which removes the later ones", async (context) => {
      install(context, fakeOpfs());
      await interrupt(engine, 4);
      const block = gate();
      const { module, seen } = fakeModule({ steps: 9, proceed: async (at) => void (at > 3 && (await block.promise)) });
      const tuner = await load(engine(module));
      await assert.rejects(tuner.resume("mine", { checkpoint: "step-000003" }).result, { name: "InvalidArgument", message: 'the run "mine" has no checkpoint "step-000003"; it has step-000002, step-000004' });
      const run = tuner.resume("mine", { checkpoint: "step-000002", saveSteps: 3 });
      for await (const event of run) if (event.type === "checkpoint" && event.step === 3) break;
      assert.deepEqual(seen.resumed, ["mine/step-000002"]);
      assert.deepEqual((await Subtune.runs())[0].checkpoints, [2, 3].map(checkpointName));
      block.open();
      assert.deepEqual((await events(run)).filter(({ type }) => type === "step").map(({ step }) => step), [1, 2, 3, 4, 5, 6, 7, 8]);
      await tuner.dispose();
    });

    it("without a checkpoint begins again with its data and options", async (context) => {
      install(context, fakeOpfs());
      const block = gate();
      const first = await load(engine(fakeModule({ steps: 9, proceed: async (at) => void (at > 1 && (await block.promise)) }).module));
      const abort = new AbortController();
      const run = first.train({ ...KEPT, saveSteps: undefined, seed: 5, textColumn: "text", signal: abort.signal });
      for await (const event of run) if (event.type === "step") break;
      abort.abort();
      block.open();
      await run.result.catch(() => {});
      assert.equal((await Subtune.runs())[0].step, 0);
      const { module, seen } = fakeModule();
      const tuner = await load(engine(module));
      await tuner.resume("mine").result;
      assert.deepEqual(seen.settings, [{ data: { text_column: "text" }, arguments: { seed: 5 } }]);
      assert.equal(new TextDecoder().decode(seen.files[0].train.bytes), KEPT.data);
      assert.deepEqual(await Subtune.runs(), []);
      await Promise.all([first.dispose(), tuner.dispose()]);
    });

    it("goes on from its last checkpoint after its device was lost", async (context) => {
      install(context, fakeOpfs());
      let failed = false;
      const proceed = async (at) => {
        if (at !== 6 || failed) return;
        failed = true;
        throw Object.assign(new Error("gone"), { code: "lost" });
      };
      const { module, seen } = fakeModule({ steps: 8, proceed, recovers: 1 });
      const tuner = await load(engine(module));
      const run = tuner.train({ ...KEPT, saveSteps: 4 });
      const told = await events(run);
      assert.deepEqual(seen.recovered, [["mine/step-000004", 4]]);
      assert.deepEqual(told.filter(({ type }) => type === "recovery"), [{ type: "recovery", step: 6, from: 4, message: "lost" }]);
      await tuner.dispose();
    });

    it("that cannot be stored goes on, with one warning", async (context) => {
      const nothing = fakeOpfs();
      nothing.navigator.storage = {};
      const full = { checkpoints: fakeOpfs({ quota: 400 }), data: fakeOpfs({ quota: 10 }) };
      for (const [opfs, expected] of [
        [nothing, /^the run is not kept in this browser \(there is no origin private file system here;.*it goes on/],
        [full.data, /^the run is not kept in this browser \(the quota has been exceeded\); it goes on/],
        [full.checkpoints, /^no checkpoint could be written \(the quota has been exceeded\); the run continues, and earlier checkpoints are kept$/],
      ]) {
        install(context, opfs);
        const tuner = await load(engine(fakeModule({ steps: 9 }).module));
        const run = tuner.train(KEPT);
        const said = await warnings(run);
        assert.equal(said.length, 1, String(said));
        assert.match(said[0], expected);
        assert.equal((await run.result).end.steps, 9);
        await tuner.dispose();
      }
    });

    it("is refused under a name that is taken, unknown, or none", async (context) => {
      install(context, fakeOpfs());
      await interrupt(engine, 2);
      const tuner = await load(engine(fakeModule().module));
      const refused = (run, name, message) => assert.rejects(run.result, { name, message });
      await refused(tuner.train(KEPT), "InvalidArgument", /there is an interrupted run "mine" in this browser already; go on with it \(tuner\.resume\), remove it/);
      await refused(tuner.resume("yours"), "NoSuchRun", /there is no run "yours" to go on with in this browser; Subtune\.runs\(\) lists/);
      await refused(tuner.resume(""), "InvalidArgument", /the name of a run has 0 characters; expected/);
      await refused(tuner.train({ ...KEPT, checkpoints: 5 }), "InvalidArgument", /is of the type number/);
      await refused(tuner.train({ ...KEPT, saveSteps: 0 }), "InvalidArgument", "saveSteps is 0; expected a whole number of at least 1");
      await refused(tuner.train({ data: "a", saveTotalLimit: 1 }), "InvalidArgument", /saveTotalLimit is given, but the run is not kept/);
      await Subtune.forget("mine");
      await tuner.train(KEPT).result;
      await tuner.dispose();
    });

    it("is stored when the page is hidden, also in a pause", async (context) => {
      install(context, fakeOpfs());
      const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
      globalThis.document = document;
      context.after(() => delete globalThis.document);
      const tuner = await load(engine(fakeModule({ steps: 500 }).module));
      const run = tuner.train({ ...KEPT, saveSteps: undefined });
      for await (const event of run) if (event.type === "step" && event.step === 3) break;
      run.pause();
      document.dispatchEvent(new Event("visibilitychange"));
      document.visibilityState = "hidden";
      document.dispatchEvent(new Event("visibilitychange"));
      for await (const event of run) if (event.type === "checkpoint") break;
      const [{ step }] = await Subtune.runs();
      assert.ok(step >= 3 && step < 500, `${step}`);
      // not again and again
      document.dispatchEvent(new Event("visibilitychange"));
      run.resume();
      assert.equal((await events(run)).filter(({ type }) => type === "checkpoint").length, 1);
      await tuner.dispose();
    });
  });
}

describe("a run of another version", () => {
  it("is not gone on with, and nothing takes its place", async (context) => {
    const opfs = fakeOpfs();
    install(context, opfs);
    const engine = ENGINES["on this thread"];
    await interrupt(engine, 2);
    const [folder] = opfs.disk.folders.get("subtune").folders.get("runs").folders.values();
    const record = folder.files.get("run.json");
    const changed = { ...JSON.parse(new TextDecoder().decode(record.bytes)), version: 2 };
    record.bytes = new TextEncoder().encode(JSON.stringify(changed));
    const before = opfs.size();
    assert.deepEqual(await Subtune.runs(), []);
    const tuner = await load(engine(fakeModule().module));
    await assert.rejects(tuner.resume("mine").result, { name: "InvalidCheckpoint", message: /^the run "mine" was kept by another version of subtune and cannot go on in this one; it stays until Subtune\.forget/ });
    await assert.rejects(tuner.train(KEPT).result, { name: "InvalidArgument", message: /there is an interrupted run "mine"/ });
    assert.equal(opfs.size(), before);
    await tuner.dispose();
  });

  it("or of any that cannot be looked at is not written over", async (context) => {
    const opfs = fakeOpfs();
    install(context, opfs);
    const engine = ENGINES["on this thread"];
    await interrupt(engine, 2);
    const before = opfs.size();
    const [folder] = opfs.disk.folders.get("subtune").folders.get("runs").folders.values();
    const record = folder.files.get("run.json");
    Object.defineProperty(record, "bytes", { get: () => { throw new Error("the disk is busy"); }, configurable: true });
    const tuner = await load(engine(fakeModule().module));
    const run = tuner.train(KEPT);
    assert.match((await warnings(run))[0], /^the run is not kept in this browser \(the disk is busy\); it goes on/);
    await run.result;
    await tuner.dispose();
    Object.defineProperty(record, "bytes", { value: new Uint8Array(before) });
    assert.ok(folder.files.has("train") && folder.folders.has("checkpoints"));
  });
});

describe("without storage", () => {
  it("no runs are listed, none is there to go on with, and none to remove", async (context) => {
    const nothing = fakeOpfs();
    nothing.navigator.storage.getDirectory = () => Promise.reject(new Error("a private window"));
    install(context, nothing);
    assert.deepEqual(await Subtune.runs(), []);
    await Subtune.forget("mine");
    const tuner = await load(ENGINES["on this thread"](fakeModule().module));
    await assert.rejects(tuner.resume("mine").result, { name: "NoSuchRun", message: 'there is no run "mine" to go on with: nothing is kept here (a private window)' });
    await tuner.dispose();
  });
});
