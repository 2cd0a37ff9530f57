// Runs that are kept: what is stored when, what is said of it, and how they go on.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Subtune } from "../../dist/index.js";
import { checkpointName, failure } from "../engine/recorded.js";
import { fakeOpfs, install } from "./fake-opfs.js";
import { DATA, ENGINES, gate, load, recorded, STEPS } from "./tuners.js";

const KEPT = { ...DATA, checkpoints: "mine", saveSteps: 2 };
const EVERY_STEP = Array.from({ length: STEPS }, (_, at) => at + 1);

async function events(run) {
  const seen = [];
  for await (const event of run) seen.push(event);
  return seen;
}

const warnings = async (run) => (await events(run)).filter(({ type }) => type === "warning").map(({ message }) => message);

/** Aborts a run of so many steps once it was stored after `step`, and leaves it behind. */
async function interrupt(engine, step, options = {}) {
  const block = gate();
  const fake = recorded({ proceed: (at) => at.step >= step && block.promise });
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
      const tuner = await load(engine(recorded().module));
      const run = tuner.train(KEPT);
      const stored = (await events(run)).filter(({ type }) => type === "checkpoint");
      assert.deepEqual(
        stored,
        [2, 4, 6, 8].map((step) => ({ type: "checkpoint", step, name: checkpointName(step) })),
      );
      await run.result;
      assert.deepEqual(await Subtune.runs(), []);
      assert.equal(opfs.size(), 0);
      await tuner.dispose();
    });

    it("that was interrupted is listed, goes on where it was stored, and tells again what happened before", async (context) => {
      install(context, fakeOpfs());
      await interrupt(engine, 4, { seed: 5, numTrainEpochs: 2 });
      const [one, ...others] = await Subtune.runs();
      assert.deepEqual(others, []);
      assert.deepEqual([one.name, one.step, one.maxSteps, one.model, one.inUse], ["mine", 4, STEPS, "m", false]);
      assert.deepEqual(one.checkpoints, [2, 4].map(checkpointName));
      assert.deepEqual(one.options, { seed: 5, numTrainEpochs: 2, saveSteps: 2 });
      assert.deepEqual([one.data.name, await one.data.text()], ["data.csv", new TextDecoder().decode(KEPT.data.bytes)]);
      assert.ok(Date.now() - Number(one.storedAt) < 10_000);

      const { module, seen } = recorded();
      const tuner = await load(engine(module));
      const run = tuner.resume("mine");
      assert.throws(() => tuner.resume("mine"), { name: "InvalidArgument", message: /training already/ });
      const told = await events(run);
      assert.deepEqual(seen.resumed, ["mine/step-000004"]);
      assert.equal(told[0].type, "start");
      assert.deepEqual(
        told.filter(({ type }) => type === "checkpoint").map(({ name }) => name),
        [2, 4, 6, 8].map(checkpointName),
      );
      assert.deepEqual(
        told.filter(({ type }) => type === "step").map(({ step }) => step),
        EVERY_STEP,
      );
      assert.equal((await run.result).end.steps, STEPS);
      assert.deepEqual(await Subtune.runs(), []);
      await tuner.dispose();
    });

    it("goes on from an earlier checkpoint if asked to, which removes the later ones", async (context) => {
      install(context, fakeOpfs());
      await interrupt(engine, 4);
      const block = gate();
      const { module, seen } = recorded({ proceed: (at) => at.step >= 3 && block.promise });
      const tuner = await load(engine(module));
      await assert.rejects(tuner.resume("mine", { checkpoint: "step-000003" }).result, {
        name: "InvalidArgument",
        message: 'the run "mine" has no checkpoint "step-000003"; it has step-000002, step-000004',
      });
      const run = tuner.resume("mine", { checkpoint: "step-000002", saveSteps: 3 });
      for await (const event of run) if (event.type === "checkpoint" && event.step === 3) break;
      assert.deepEqual(seen.resumed, ["mine/step-000002"]);
      assert.deepEqual((await Subtune.runs())[0].checkpoints, [2, 3].map(checkpointName));
      block.open();
      assert.deepEqual(
        (await events(run)).filter(({ type }) => type === "step").map(({ step }) => step),
        EVERY_STEP,
      );
      await tuner.dispose();
    });

    it("without a checkpoint begins again with its data and options", async (context) => {
      install(context, fakeOpfs());
      const block = gate();
      const first = await load(engine(recorded({ proceed: (at) => at.step >= 1 && block.promise }).module));
      const abort = new AbortController();
      const run = first.train({ ...KEPT, saveSteps: undefined, seed: 5, textColumn: "text", signal: abort.signal });
      for await (const event of run) if (event.type === "step") break;
      abort.abort();
      block.open();
      await run.result.catch(() => {});
      assert.equal((await Subtune.runs())[0].step, 0);
      const { module, seen } = recorded();
      const tuner = await load(engine(module));
      await tuner.resume("mine").result;
      assert.deepEqual(seen.settings, [{ data: { text_column: "text" }, arguments: { seed: 5 } }]);
      assert.deepEqual(seen.files[0].train, KEPT.data);
      assert.deepEqual(await Subtune.runs(), []);
      await Promise.all([first.dispose(), tuner.dispose()]);
    });

    it("goes on from its last checkpoint after its device was lost", async (context) => {
      install(context, fakeOpfs());
      let failed = false;
      const proceed = async (at) => {
        if (at.step !== 5 || failed) return;
        failed = true;
        throw failure({ code: "lost", message: "gone" });
      };
      const { module, seen } = recorded({ proceed, recovers: 1 });
      const tuner = await load(engine(module));
      const run = tuner.train({ ...KEPT, saveSteps: 4 });
      const told = await events(run);
      assert.deepEqual(seen.recovered, [["mine/step-000004", 4]]);
      const [recovery, ...more] = told.filter(({ type }) => type === "recovery");
      assert.deepEqual([recovery.step, recovery.from, more], [6, 4, []]);
      assert.match(recovery.message, /^step 6 failed: .* was lost .* after step 4/);
      const after = told.slice(told.indexOf(recovery)).filter(({ type }) => type === "step");
      assert.deepEqual(
        after.map(({ step }) => step),
        [5, 6, 7, 8, 9],
      );
      await tuner.dispose();
    });

    it("that cannot be stored goes on, with one warning", async (context) => {
      const nothing = fakeOpfs();
      nothing.navigator.storage = {};
      const full = { checkpoints: fakeOpfs({ quota: 4000 }), data: fakeOpfs({ quota: 10 }) };
      for (const [opfs, expected] of [
        [nothing, /^the run is not stored in this browser \(there is no origin private file system here;.*it continues/],
        [full.data, /^the run is not stored in this browser \(the quota has been exceeded\); it continues/],
        [
          full.checkpoints,
          /^no checkpoint could be written \(the quota has been exceeded\); the run continues, and earlier checkpoints are kept$/,
        ],
      ]) {
        install(context, opfs);
        const tuner = await load(engine(recorded().module));
        const run = tuner.train(KEPT);
        const said = await warnings(run);
        assert.equal(said.length, 1, String(said));
        assert.match(said[0], expected);
        assert.equal((await run.result).end.steps, STEPS);
        await tuner.dispose();
      }
    });

    it("is refused under a name that is taken, unknown, or none", async (context) => {
      install(context, fakeOpfs());
      await interrupt(engine, 2);
      const tuner = await load(engine(recorded().module));
      const refused = (run, name, message) => assert.rejects(run.result, { name, message });
      await refused(
        tuner.train(KEPT),
        "InvalidArgument",
        /there is already an interrupted run "mine" in this browser; continue it \(tuner\.resume\), remove it/,
      );
      await refused(tuner.resume("yours"), "NoSuchRun", /there is no run "yours" to continue in this browser; Subtune\.runs\(\) lists/);
      await refused(tuner.resume(""), "InvalidArgument", /the name of a run has 0 characters; expected/);
      await refused(tuner.train({ ...KEPT, checkpoints: 5 }), "InvalidArgument", /is of the type number/);
      await refused(tuner.train({ ...KEPT, saveSteps: 0 }), "InvalidArgument", "saveSteps is 0; expected a whole number of at least 1");
      await refused(tuner.train({ data: "a", saveTotalLimit: 1 }), "InvalidArgument", /saveTotalLimit is given, but the run is not stored/);
      await Subtune.forget("mine");
      await tuner.train(KEPT).result;
      await tuner.dispose();
    });

    it("is stored when the page is hidden, also in a pause", async (context) => {
      install(context, fakeOpfs());
      const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
      globalThis.document = document;
      context.after(() => delete globalThis.document);
      const tuner = await load(engine(recorded({ proceed: () => sleep(2) }).module));
      const run = tuner.train({ ...KEPT, saveSteps: undefined });
      for await (const event of run) if (event.type === "step" && event.step === 3) break;
      run.pause();
      document.dispatchEvent(new Event("visibilitychange"));
      document.visibilityState = "hidden";
      document.dispatchEvent(new Event("visibilitychange"));
      for await (const event of run) if (event.type === "checkpoint") break;
      const [{ step }] = await Subtune.runs();
      assert.ok(step >= 3 && step < STEPS, `${step}`);
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
    const tuner = await load(engine(recorded().module));
    await assert.rejects(tuner.resume("mine").result, {
      name: "InvalidCheckpoint",
      message:
        /^the run "mine" was stored by another version of subtune, and this version cannot continue it; it stays until Subtune\.forget/,
    });
    await assert.rejects(tuner.train(KEPT).result, { name: "InvalidArgument", message: /there is already an interrupted run "mine"/ });
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
    Object.defineProperty(record, "bytes", {
      get: () => {
        throw new Error("the disk is busy");
      },
      configurable: true,
    });
    const tuner = await load(engine(recorded().module));
    const run = tuner.train(KEPT);
    assert.match((await warnings(run))[0], /^the run is not stored in this browser \(the disk is busy\); it continues/);
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
    const tuner = await load(ENGINES["on this thread"](recorded().module));
    await assert.rejects(tuner.resume("mine").result, {
      name: "NoSuchRun",
      message: 'there is no run "mine" to continue: nothing is stored here (a private window)',
    });
    await tuner.dispose();
  });
});
