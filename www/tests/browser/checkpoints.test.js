// Runs that are kept in the browser: killed with their page, and gone on with on another one.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { browser } from "./browser.js";

/** Evaluates in a page with what tests of kept runs need. */
const evaluate = (page, work, argument) =>
  page.evaluate(`(async () => (${work})(await import("/www/tests/browser/kept-runs.js"), ${JSON.stringify(argument)}))()`);

/** The same run, uninterrupted. */
const whole = (page, options) =>
  evaluate(
    page,
    async ({ begin, load, outcome }, options) => {
      const tuner = await load();
      const found = await outcome(tuner, begin(tuner, options));
      await tuner.dispose();
      return found;
    },
    options,
  );

const runs = (page) =>
  evaluate(page, async ({ Subtune }) => (await Subtune.runs()).map(({ data, ...run }) => ({ ...run, file: data.name, size: data.size })));

/** Begins a run that is kept, or goes on with it where there are no options, and closes its page once it has come so far. */
async function killAfter(open, place, step, options) {
  await evaluate(
    place.page,
    async ({ begin, load, reach }, { step, options }) => {
      const tuner = await load();
      await reach(options ? begin(tuner, options) : tuner.resume("my run"), step);
    },
    { step, options },
  );
  const next = await open({ beside: place });
  await place.page.close();
  return next;
}

/** What comes of the run that is kept, from its last checkpoint or the one that is named. */
const rest = (page, how = { device: "cpu" }, checkpoint) =>
  evaluate(
    page,
    async ({ load, outcome }, { how, checkpoint }) => {
      const tuner = await load(how);
      const found = await outcome(tuner, tuner.resume("my run", { checkpoint }));
      await tuner.dispose();
      return found;
    },
    { how, checkpoint },
  );

function assertSame(found, expected) {
  assert.equal(found.hash, expected.hash);
  assert.deepEqual(found.told, expected.told);
  assert.deepEqual(found.heldOut, expected.heldOut);
}

describe("a run whose page is closed", () => {
  const open = browser();

  for (const method of ["full", "dps-dense", "dps-mix"]) {
    it(`goes on on another page, and ends in the same bits (${method})`, async (context) => {
      let place = await open();
      const options = { method, seed: 3 };
      const expected = await whole(place.page, options);
      assert.equal(expected.told.at(-1).steps, 24);
      assert.deepEqual(await runs(place.page), []);
      const from = [];
      place = await killAfter(open, place, 3, { ...options, checkpoints: "my run", saveSteps: 1 });
      for (;;) {
        const [run] = await runs(place.page);
        from.push(run.step);
        assert.deepEqual([run.name, run.maxSteps, run.options.method, run.model, run.file], ["my run", 24, method, "model", "data.csv"]);
        // it may have been closed before the one before the last but one was removed
        assert.ok(run.size > 0 && run.bytes > run.size && run.checkpoints.length <= 3, JSON.stringify(run));
        if (from.length === 3 || run.step > 18) break;
        place = await killAfter(open, place, run.step + 5);
      }
      context.diagnostic(`gone on with after steps ${from}`);
      assert.ok(from.length >= 2 && from[0] >= 2, `${from}`);
      const found = await rest(place.page);
      assertSame(found, expected);
      assert.deepEqual(
        found.others.filter(({ type }) => type !== "checkpoint"),
        [],
      );
      assert.deepEqual(await runs(place.page), []);
      await place.page.close();
    });
  }

  it("goes on to the same bits on WebGPU", async () => {
    const first = await open();
    // SwiftShader is slow: as little as goes through both kinds of stage on either side of the kill, on as few devices as can be
    const options = {
      method: "dps-dense",
      layers: 1,
      maxSteps: 4,
      updateRatio: 0.25,
      perDeviceTrainBatchSize: 2,
      validationSplit: 0,
      testSplit: 0,
    };
    const expected = await evaluate(
      first.page,
      async ({ begin, load, outcome, reach }, options) => {
        const tuner = await load({ device: "webgpu" });
        const found = await outcome(tuner, begin(tuner, options));
        const run = begin(tuner, { ...options, checkpoints: "my run", saveSteps: 2 });
        await reach(run, 3);
        // the next step may be under way, and end before the page is closed
        run.pause();
        return found;
      },
      options,
    );
    const second = await open({ beside: first });
    await first.page.close();
    assert.ok(expected.heldOut.part === "cross_validation" && expected.heldOut.examples.length === 60);
    const [{ checkpoints }] = await runs(second.page);
    assert.equal(checkpoints[0], "step-000002");
    assertSame(await rest(second.page, { device: "webgpu" }, checkpoints[0]), expected);
    await second.page.close();
  });
});

describe("a run whose tuner is gone", () => {
  const open = browser();

  it("goes on in the same tab, but not in two tabs at a time, and not damaged or on another model", async () => {
    const first = await open();
    const second = await open({ beside: first });
    const found = await evaluate(first.page, async ({ begin, load, Subtune, reach }) => {
      const { outcome, tinyModel } = await import("/www/tests/browser/page.js");
      const tuner = await load();
      await reach(begin(tuner, { checkpoints: "my run", saveSteps: 2, maxSteps: 200 }), 7);
      // its worker is ended in the middle of whatever it does
      await tuner.dispose();
      const [{ step }] = await Subtune.runs();
      const { "config.json": config, ...files } = await tinyModel();
      const other = JSON.parse(new TextDecoder().decode(config));
      const model = { ...files, "config.json": new TextEncoder().encode(JSON.stringify({ ...other, layer_norm_eps: 1e-5 })) };
      const another = await Subtune.load({ model, device: "cpu" });
      const wrong = await outcome(another.resume("my run").result);
      await another.dispose();

      const next = await load();
      globalThis.run = next.resume("my run");
      await reach(globalThis.run, step + 3);
      globalThis.run.pause();
      return { step, wrong };
    });
    assert.ok(found.step >= 4, `${found.step}`);
    assert.equal(found.wrong.name, "InvalidCheckpoint");
    assert.match(
      found.wrong.message,
      /^my run\/step-\d+\/state\.json: is of another model: config\.json or model\.safetensors is not what the run was started from/,
    );

    const there = await evaluate(second.page, async ({ load, Subtune }) => {
      const { outcome } = await import("/www/tests/browser/page.js");
      globalThis.tuner = await load();
      const [{ inUse }] = await Subtune.runs();
      return {
        inUse,
        resumed: await outcome(globalThis.tuner.resume("my run").result),
        forgotten: await outcome(Subtune.forget("my run")),
      };
    });
    assert.deepEqual([there.inUse, there.resumed.name, there.forgotten.name], [true, "RunInUse", "RunInUse"]);

    await first.page.close();
    const damaged = await evaluate(second.page, async ({ Subtune }) => {
      const { outcome } = await import("/www/tests/browser/page.js");
      const [{ checkpoints }] = await Subtune.runs();
      const folder = async (path) =>
        path.reduce(async (folder, name) => (await folder).getDirectoryHandle(name), navigator.storage.getDirectory());
      const all = await folder(["subtune", "runs"]);
      for await (const run of all.keys()) {
        const last = await folder(["subtune", "runs", run, "checkpoints", checkpoints.at(-1)]);
        const file = await last.getFileHandle("tensors.safetensors");
        const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer());
        bytes[bytes.length >> 1] ^= 1;
        const stream = await file.createWritable();
        await stream.write(bytes);
        await stream.close();
      }
      const refused = await outcome(globalThis.tuner.resume("my run").result);
      const run = globalThis.tuner.resume("my run", { checkpoint: checkpoints.at(-2) });
      run.stop();
      const { end } = await run.result;
      return { refused, end, left: (await Subtune.runs()).length };
    });
    assert.equal(damaged.refused.name, "InvalidCheckpoint");
    assert.match(damaged.refused.message, /tensors\.safetensors: has another hash than commit\.json says; the checkpoint is damaged/);
    assert.deepEqual([damaged.end.interrupted, damaged.left], [true, 0]);
    await second.page.close();
  });
});
