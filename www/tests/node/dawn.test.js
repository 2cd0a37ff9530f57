// WebGPU in Node, on the npm package webgpu (Dawn). SwiftShader stands in for a GPU: VK_ICD_FILENAMES names its driver.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { create, globals } from "webgpu";

import { Subtune } from "../../dist/index.js";

const golden = new URL("../../../tests/golden/", import.meta.url);
process.env.VK_ICD_FILENAMES ??= ["/usr/lib/chromium/vk_swiftshader_icd.json"].find((path) => existsSync(path)) ?? "";

function recorded(run) {
  const folder = new URL(`${run}/`, golden);
  return Object.fromEntries(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(new URL(name, folder)))]));
}

async function check(context, options) {
  const { device, deviations } = await Subtune.reproduce(recorded("dense"), options);
  for (const { quantity, share, place } of deviations) {
    context.diagnostic(`${quantity} deviates by ${share.toFixed(3)} of its tolerance at ${place}, on ${device}`);
    assert.ok(share <= 1, `${quantity} deviates by ${share} at ${place}`);
  }
  return device;
}

describe("in Node", () => {
  it("the golden run dense is reproduced on the CPU", async (context) => {
    assert.match(await check(context, { device: "cpu" }), /cpu/i);
  });

  it("the golden run dense is reproduced on Dawn", async (context) => {
    Object.assign(globalThis, globals);
    assert.doesNotMatch(await check(context, { device: "webgpu", gpu: create([]) }), /^cpu/i);
  });

  it("nothing stays behind in the global scope", () => {
    assert.deepEqual(["Window", "navigator"].filter((name) => name in globalThis), []);
  });
});
