// Runs that are kept in the browser: killed with their page, and gone on with on another one.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { browser } from "./browser.js";

const STAGE = 4;

/** Evaluates in a page with what tests of kept runs need. */
const evaluate = (page, work, argument) => page.evaluate(`(async () => (${work})(await import("/www/tests/browser/kept-runs.js"), ${JSON.stringify(argument)}))()`);

/** The same run, uninterrupted. */
const whole = (page, argument) =>
  evaluate(page, async ({ begin, load, outcome }, { device, options }) => {
    const tuner = await load({ device });
    const found = await outcome(tuner, begin(tuner, options));
    await tuner.dispose();
    return found;
  }, argument);

const runs = (page) => evaluate(page, async ({ Subtune }) => (await Subtune.runs()).map(({ data, ...run }) => ({ ...run, file: data.name, size: data.size })));

describe("a run whose page is closed", () => {
  const open = browser();

  for (const method of ["full", "dps-dense", "dps-mix"]) {
    it(`goes on on another page, and ends in the same bits (${method})`, async (context) => {
      let place = await open();
      const options = { method, seed: 3 };
      const expected = await whole(place.page, { device: "cpu", options });
      assert.equal(expected.told.at(-1).steps, 40);
      assert.deepEqual(await runs(place.page), []);
      const from = [];
      const keep = { checkpoints: "my run", saveSteps: 1 };
      await evaluate(place.page, async ({ begin, load, reach }, options) => reach(begin(await load(), options), 3), { ...options, ...keep });
      for (let ahead = 5; ; ahead++) {
        const next = await open({ beside: place });
        await place.page.close();
        place = next;
        const [run] = await runs(place.page);
        from.push(run.step);
        assert.deepEqual([run.name, run.maxSteps, run.options.method, run.model, run.file], ["my run", 40, method, "model", "data.csv"]);
        assert.ok(run.size > 0 && run.bytes > run.size && run.checkpoints.length <= 3, JSON.stringify(run));
        if (run.step + ahead > 36) break;
        await evaluate(place.page, async ({ load, reach }, step) => reach((await load()).resume("my run"), step), run.step + ahead);
      }
      context.diagnostic(`gone on with after steps ${from}`);
      assert.ok(from.length >= 3 && from[0] >= 2, `${from}`);
      assert.equal(new Set(from.map((step) => Math.floor(step / STAGE) % 2)).size, 2, `in one kind of stage only: ${from}`);
      const found = await evaluate(place.page, async ({ load, outcome }) => {
        const tuner = await load();
        return outcome(tuner, tuner.resume("my run"));
      });
      assert.equal(found.hash, expected.hash);
      assert.deepEqual(found.told, expected.told);
      assert.deepEqual(found.heldOut, expected.heldOut);
      assert.deepEqual(found.others.filter(({ type }) => type !== "checkpoint"), []);
      assert.deepEqual(await runs(place.page), []);
      await place.page.close();
    });
  }
});
