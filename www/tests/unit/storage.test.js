// The store of runs, on a file system that can be cut off or full.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { CheckpointStore } from "../../dist/storage/checkpoints.js";
import { OriginFolder } from "../../dist/storage/origin-folder.js";
import { RunStore } from "../../dist/storage/run-store.js";
import { forgetRun, listRuns, withRun } from "../../dist/storage/runs.js";
import { checkpointFiles, checkpointName, storeAs } from "../engine/recorded.js";
import { fakeOpfs, install } from "./fake-opfs.js";

const folder = (opfs) => new OriginFolder(async () => opfs.root, "run");
const store = (opfs) => new CheckpointStore(folder(opfs));
const stepIn = (files) => JSON.parse(new TextDecoder().decode(files["state.json"]));
/** More than is written at a time. */
const save = (checkpoints, step, limit = 2) => storeAs(checkpoints, checkpointName(step), checkpointFiles(step, 2500), limit);
const RUN = { name: "r", model: "m", maxSteps: 9, options: { method: "full" } };
const DATA = { train: { name: "a.csv", bytes: new Uint8Array(1500).fill(7) }, test: { name: "b.csv", bytes: new Uint8Array([1, 2]) } };

for (const sync of [false, true]) {
  describe(`checkpoints, written ${sync ? "in place" : "through streams"}`, () => {
    it("are whole or absent wherever the power fails, and the last one stays", async () => {
      let cuts = 0;
      for (let cutAfter = 0; ; cutAfter++) {
        const opfs = fakeOpfs({ sync, cutAfter });
        let saved = 0;
        try {
          for (const step of [1, 2, 3, 4]) {
            await save(store(opfs), step);
            saved = step;
          }
        } catch (error) {
          assert.equal(error.message, "the power failed");
        }
        const after = fakeOpfs({ sync, disk: opfs.disk });
        const names = await store(after).complete();
        for (const name of names)
          assert.equal(checkpointName(stepIn(await store(after).read(name))), name, `cut after ${cutAfter} changes`);
        // the one under way may have been completed
        const last = names.length === 0 ? 0 : Number(names.at(-1).slice(5));
        assert.ok(last === saved || last === saved + 1, `${names} after ${saved} were saved, cut after ${cutAfter} changes`);
        await save(store(after), last + 1);
        assert.deepEqual(await store(after).complete(), [last, last + 1].filter((step) => step > 0).map(checkpointName));
        assert.deepEqual([...after.disk.folders.get("run").folders.keys()].sort(), await store(after).complete());
        if (saved === 4) break;
        cuts++;
      }
      assert.ok(cuts > 30, `${cuts}`);
    });

    it("on a full disk leave those that were there", async () => {
      const opfs = fakeOpfs({ sync });
      await save(store(opfs), 1);
      const full = fakeOpfs({ sync, disk: opfs.disk, quota: opfs.size() + 2000 });
      await assert.rejects(save(store(full), 2), { name: "QuotaExceededError" });
      assert.deepEqual(await store(full).complete(), [checkpointName(1)]);
      assert.equal(full.size(), opfs.size());
      await save(store(fakeOpfs({ sync, disk: opfs.disk })), 2);
    });
  });

  describe(`a run, written ${sync ? "in place" : "through streams"}`, () => {
    it("is whole or absent wherever the power fails, and what is left of it goes", async (context) => {
      const opfs = fakeOpfs({ sync });
      install(context, opfs);
      let cuts = 0;
      for (let cutAfter = 0, whole = false; !whole; cutAfter++) {
        const cut = fakeOpfs({ sync, cutAfter });
        const found = await new RunStore(folder(cut)).create(RUN, DATA).then(
          () => "whole",
          () => "cut",
        );
        whole = found === "whole";
        const after = new RunStore(folder(fakeOpfs({ sync, disk: cut.disk })));
        const record = await after.record();
        assert.equal(record !== undefined, whole, `cut after ${cutAfter} changes`);
        if (whole) assert.deepEqual(await after.data(record), DATA);
        cuts++;
      }
      assert.ok(cuts > 4, `${cuts}`);

      await withRun("r", (one) => one.create(RUN, DATA));
      const [key] = opfs.disk.folders.get("subtune").folders.get("runs").folders.keys();
      opfs.disk.folders
        .get("subtune")
        .folders.get("runs")
        .folders.set("left over", { folders: new Map(), files: new Map([["train", { bytes: new Uint8Array(3) }]]) });
      const [run, ...others] = await listRuns();
      assert.deepEqual(
        [run.name, run.step, run.maxSteps, run.data.name, run.testData.name, run.validationData, run.bytes > 1500],
        ["r", 0, 9, "a.csv", "b.csv", null, true],
      );
      assert.deepEqual(others, []);
      assert.deepEqual([...opfs.disk.folders.get("subtune").folders.get("runs").folders.keys()], [key]);
      await forgetRun("r");
      await forgetRun("r");
      assert.deepEqual(await listRuns(), []);
    });
  });
}

describe("checkpoints", () => {
  it("of the contrastive stage come before those of the survey and those of steps, and the last ones are kept", async () => {
    const opfs = fakeOpfs();
    const checkpoints = store(opfs);
    for (const name of ["contrast-000040", "survey-000009", "survey-000010", "step-000002", "step-1000000"])
      await storeAs(checkpoints, name, checkpointFiles(name), 4);
    assert.deepEqual(await checkpoints.complete(), ["survey-000009", "survey-000010", "step-000002", "step-1000000"]);
  });

  it("beyond the one that a run was taken up from are removed with the next one", async () => {
    const checkpoints = store(fakeOpfs());
    for (const step of [3, 6, 9]) await save(checkpoints, step, 3);
    await save(checkpoints, 4, 3);
    assert.deepEqual(await checkpoints.complete(), [3, 4].map(checkpointName));
    await save(checkpoints, 4, 1);
    assert.deepEqual(await checkpoints.complete(), [checkpointName(4)]);
  });

  it("whose files are of another size, or whose record is none, do not count", async () => {
    const opfs = fakeOpfs();
    const checkpoints = store(opfs);
    for (const step of [1, 2, 3]) await save(checkpoints, step, 3);
    const files = (step) => opfs.disk.folders.get("run").folders.get(checkpointName(step)).files;
    files(3).get("tensors.safetensors").bytes = new Uint8Array(5);
    files(2).get("commit.json").bytes = files(2).get("commit.json").bytes.slice(0, 9);
    assert.deepEqual(await checkpoints.complete(), [checkpointName(1)]);
  });
});

describe("what another version wrote, or nobody that is known", () => {
  const runs = (opfs) => opfs.disk.folders.get("subtune").folders.get("runs").folders;
  const json = (value) => new TextEncoder().encode(JSON.stringify(value));

  it("is left alone, and hides no other run", async (context) => {
    const opfs = fakeOpfs();
    install(context, opfs);
    const whole = { format: "subtune run", version: 1, name: "x", model: "m", maxSteps: 1, options: {}, files: {} };
    const odd = [
      { ...whole, version: 2 },
      { ...whole, files: null },
      { ...whole, files: { train: null } },
      { ...whole, files: { train: { bytes: "5" } } },
      { ...whole, files: [] },
    ];
    odd.push({ ...whole, name: undefined }, { ...whole, options: null }, { ...whole, maxSteps: "9" }, null, 5, [], "text");
    for (const name of ["r", ...odd.keys()]) await withRun(String(name), (one) => one.create({ ...RUN, name: String(name) }, DATA));
    const keys = [...runs(opfs).keys()];
    for (const [at, record] of odd.entries())
      runs(opfs)
        .get(keys[at + 1])
        .files.get("run.json").bytes = json(record);
    assert.deepEqual(
      (await listRuns()).map(({ name }) => name),
      ["r"],
    );
    assert.deepEqual([...runs(opfs).keys()], keys);
    assert.equal(runs(opfs).get(keys[1]).files.get("train").bytes.length, 1500);
    // somebody asked for it
    await forgetRun("0");
    assert.equal(runs(opfs).get(keys[1]).files.size, 0);
  });

  it("is left alone among checkpoints, and hides no other one", async () => {
    const opfs = fakeOpfs();
    const checkpoints = store(opfs);
    await save(checkpoints, 1, 9);
    const odd = [{ files: null }, { files: { a: null } }, { files: [] }, { files: { a: { bytes: "1" } } }, {}, null, 7, "text"];
    for (const [at, commit] of odd.entries()) {
      await save(checkpoints, at + 2, 99);
      opfs.disk.folders
        .get("run")
        .folders.get(checkpointName(at + 2))
        .files.get("commit.json").bytes = json(commit);
    }
    assert.deepEqual(await checkpoints.complete(), [checkpointName(1)]);
    await checkpoints.removePartial();
    await save(checkpoints, 99, 1);
    assert.deepEqual(await checkpoints.complete(), [checkpointName(99)]);
    assert.equal(opfs.disk.folders.get("run").folders.size, odd.length + 1);
  });
});

describe("two tabs", () => {
  it("do not use the same run at a time, and one lists what the other has", async (context) => {
    install(context, fakeOpfs());
    await withRun("r", (one) => one.create(RUN, DATA));
    let end;
    const use = withRun("r", () => new Promise((resolve) => (end = resolve)));
    const message = 'the run "r" is under way in another tab or tuner; wait for it to end, or close that tab';
    await assert.rejects(
      withRun("r", async () => {}),
      { name: "RunInUse", message },
    );
    assert.equal((await listRuns())[0].inUse, true);
    await assert.rejects(forgetRun("r"), { name: "RunInUse" });
    await withRun("another", async () => {});
    // what ends soon is waited for
    const patient = withRun("r", async () => "now");
    end("done");
    assert.deepEqual([await use, await patient], ["done", "now"]);
    assert.equal((await listRuns())[0].inUse, false);
    await assert.rejects(
      withRun("r", () => Promise.reject(new Error("its own"))),
      { message: "its own" },
    );
  });
});
