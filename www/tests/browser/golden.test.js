// The algorithm in the browser against the recorded runs of an independent oracle.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";

import { browser } from "./browser.js";

const golden = new URL("../../../tests/golden/", import.meta.url);

for (const device of ["cpu", "webgpu"]) {
  describe(`on ${device}, in a worker`, () => {
    const open = browser();
    for (const run of ["full", "dense", "dense-strict", "mix"]) {
      it(`the golden run ${run} is reproduced`, async (context) => {
        const { page } = await open();
        const names = readdirSync(new URL(run, golden));
        const found = await page.evaluate(
          async ({ device, run, names }) => {
            const { bytes, outcome, Subtune } = await import("/www/tests/browser/page.js");
            const contents = await Promise.all(names.map(async (name) => [name, await bytes(`tests/golden/${run}/${name}`)]));
            return outcome(Subtune.reproduce(Object.fromEntries(contents), { device }));
          },
          { device, run, names },
        );
        assert.ok(found.value, `${found.name}: ${found.message}`);
        for (const { quantity, share, place } of found.value.deviations) {
          context.diagnostic(`${quantity} deviates by ${share.toFixed(3)} of its tolerance at ${place}, on ${found.value.device}`);
          assert.ok(share <= 1, `${quantity} deviates by ${share} at ${place}`);
        }
        assert.ok(found.value.deviations.length >= 3);
        assert.equal(found.value.device.toLowerCase().includes("cpu"), device === "cpu", found.value.device);
        await page.close();
      });
    }
  });
}
