// Deltas of the engine: several on one loaded model, each predicting as the model that it was made of.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { Subtune } from "../../dist/index.js";
import { tinyModel } from "../browser/page.js";

const root = new URL("../../../", import.meta.url);
const TEXTS = ["good fine 7", "ugly ugly", "nice bad"];
const data = Array.from({ length: 40 }, (_, i) =>
  i % 2 ? { text: `good fine ${i}`, label: "yes" } : { text: `bad ugly ${i}`, label: "no" },
);

describe("a delta", () => {
  it("predicts on the loaded model as the model that it was made of", async () => {
    const model = await tinyModel((path) => new Uint8Array(readFileSync(new URL(path, root))));
    const tuner = await Subtune.load({ model, device: "cpu" });
    const { labels } = tuner.tuned;
    const before = await tuner.predict(TEXTS);
    const made = {};
    for (const method of ["sift", "head", "full"]) {
      await tuner.train({ data, method, recipe: "plain", maxSteps: 4, maxLength: 32 }).result;
      const { "delta.safetensors": delta, ...others } = await tuner.export({ format: "delta" });
      assert.deepEqual(others, {});
      made[method] = { delta, predictions: await tuner.predict(TEXTS) };
    }
    assert.ok(made.head.delta.length < made.full.delta.length / 2);
    for (let round = 0; round < 2; round++) {
      for (const { delta, predictions } of Object.values(made)) {
        await tuner.use(round ? new Blob([delta]) : delta);
        assert.deepEqual(tuner.tuned.labels, ["no", "yes"]);
        assert.deepEqual(await tuner.predict(TEXTS), predictions);
        assert.deepEqual((await tuner.export({ format: "delta" }))["delta.safetensors"], delta);
      }
    }
    await assert.rejects(tuner.use(made.full.delta.subarray(1)), { name: "InvalidModel", message: /is no complete delta/ });
    await tuner.use();
    assert.deepEqual([tuner.tuned.labels, await tuner.predict(TEXTS)], [labels, before]);
    await tuner.dispose();
  });
});
