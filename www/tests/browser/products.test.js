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
});
