// The algorithm in the browser against the recorded runs of an independent oracle, and encoders against transformers.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";

import { browser } from "./browser.js";

const tests = new URL("../../../tests/", import.meta.url);

// a folder of files, and the quantities that are compared
const ALGORITHM = ["full", "dense", "dense-strict", "mix"].map((run) => ({ folder: `golden/${run}`, least: 3 }));
const ENCODERS = ["modernbert", "xlm-roberta"].map((name) => ({ folder: `encoders/${name}`, least: 4 }));

for (const device of ["cpu", "webgpu"]) {
  describe(`on ${device}, in a worker`, () => {
    const open = browser();
    for (const { folder, least } of [...ALGORITHM, ...ENCODERS]) {
      it(`the recording ${folder} is reproduced`, async (context) => {
        const { page } = await open();
        const names = readdirSync(new URL(folder, tests));
        const found = await page.evaluate(
          async ({ device, folder, names }) => {
            const { bytes, outcome, Subtune } = await import("/www/tests/browser/page.js");
            const contents = await Promise.all(names.map(async (name) => [name, await bytes(`tests/${folder}/${name}`)]));
            return outcome(Subtune.reproduce(Object.fromEntries(contents), { device }));
          },
          { device, folder, names },
        );
        assert.ok(found.value, `${found.name}: ${found.message}`);
        for (const { quantity, share, place } of found.value.deviations) {
          context.diagnostic(`${quantity} deviates by ${share.toFixed(3)} of its tolerance at ${place}, on ${found.value.device}`);
          assert.ok(share <= 1, `${quantity} deviates by ${share} at ${place}`);
        }
        assert.ok(found.value.deviations.length >= least);
        assert.equal(found.value.device.toLowerCase().includes("cpu"), device === "cpu", found.value.device);
        await page.close();
      });
    }
  });
}
