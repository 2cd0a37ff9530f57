// The matrix products of the CPU in modules of their own: on several threads, and with fused multiplication and addition.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { browser, POLICY } from "./browser.js";

/** What makes a page isolated. */
export const ISOLATED = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

const PRODUCTS = [
  { rows: 408, depth: 384, columns: 384, add: true, flipped: [false, false] },
  { rows: 131, depth: 770, columns: 101, add: false, flipped: [false, true] },
  { rows: 385, depth: 409, columns: 1537, add: false, flipped: [true, false] },
  { rows: 97, depth: 800, columns: 203, add: true, flipped: [true, true] },
  { rows: 5, depth: 384, columns: 384, add: false, flipped: [false, false] },
  // larger than the shared memory here: divided by terms, and by rows
  { rows: 384, depth: 2000, columns: 770, add: false, flipped: [true, false] },
  { rows: 2000, depth: 770, columns: 384, add: true, flipped: [false, true] },
];

function ask(page, call, request) {
  return page.evaluate(
    ([call, request]) =>
      new Promise((resolve, reject) => {
        const worker = new Worker("/www/tests/browser/products-worker.js", { type: "module" });
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.onmessage = ({ data: { answer, error } }) => {
          worker.terminate();
          if (error) reject(new Error(error));
          else resolve(answer);
        };
        worker.postMessage([call, request]);
      }),
    [call, request],
  );
}

describe("products", () => {
  const open = browser();

  for (const kind of ["plain", "relaxed"]) {
    it(`${kind}: those of the definition, and the same bits by one, two and three threads`, async () => {
      const { page } = await open({ headers: ISOLATED });
      const found = await ask(page, "compare", { kind, products: PRODUCTS, helpers: [1, 2], most: 6e6 });
      for (const [at, { distance, same }] of found.entries()) {
        // rounding of a sum of `depth` terms below 1/4
        assert.ok(distance <= 1e-6 * (1 + PRODUCTS[at].depth / 16), `${JSON.stringify(PRODUCTS[at])}: ${distance}`);
        assert.deepEqual(same, [true, true], JSON.stringify(PRODUCTS[at]));
      }
    });
  }

  it("are the engine's own where nothing helps a team", async () => {
    const { page } = await open({ headers: ISOLATED });
    const [{ same }] = await ask(page, "compare", { kind: "plain", products: PRODUCTS.slice(0, 1), helpers: [1], ended: true });
    assert.deepEqual(same, [true]);
  });

  /** Losses of a few steps of the bundled model, and which files of the products were fetched for them. */
  async function train({ isRelaxed = true, worker, ...options }) {
    const { page, requests } = await open(options);
    const losses = await page.evaluate(
      async ({ isRelaxed, worker }) => {
        const { Subtune, text } = await import("/www/tests/browser/page.js");
        if (!isRelaxed) WebAssembly.validate = () => false;
        const tuner = await Subtune.load({ device: "cpu", worker });
        const lines = (await text("samples/sms_spam.csv")).split("\n");
        const run = tuner.train({
          ...{ data: lines.slice(0, 101).join("\n"), recipe: "plain", layers: 2, maxLength: 32, maxSteps: 4, loggingSteps: 1 },
          ...{ perDeviceTrainBatchSize: 16, validationSplit: 0, testSplit: 0, seed: 1 },
        });
        const losses = [];
        for await (const event of run) if (event.type === "step") losses.push(event.loss);
        return losses;
      },
      { isRelaxed, worker },
    );
    const fetched = requests.map((request) => /products\/(.+)$/.exec(request)?.[1]).filter(Boolean);
    await page.close();
    return { losses, fetched };
  }

  it("give a run the same losses on one thread and on several, and nearly those of the engine's own", async () => {
    const together = await train({ headers: ISOLATED, worker: true });
    const alone = await train({ worker: true });
    const own = await train({ worker: false, isRelaxed: false });
    assert.equal(alone.losses.length, 4);
    assert.deepEqual(together.losses, alone.losses);
    for (const [at, loss] of own.losses.entries()) assert.ok(Math.abs(loss / alone.losses[at] - 1) < 1e-4, `${loss} ${alone.losses[at]}`);
    const modules = ({ fetched }) => ["helper.js", "relaxed-shared.wasm", "relaxed-own.wasm"].filter((name) => fetched.includes(name));
    assert.deepEqual(modules(together), ["helper.js", "relaxed-shared.wasm", "relaxed-own.wasm"]);
    assert.deepEqual(modules(alone), ["relaxed-own.wasm"]);
  });
});
