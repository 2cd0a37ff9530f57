// WebGPU in Node, on the npm package webgpu (Dawn). SwiftShader stands in for a GPU: VK_ICD_FILENAMES names its driver.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { create, globals } from "webgpu";

import { Subtune } from "../../dist/index.js";
import { data, tinyModel } from "../browser/page.js";

const root = new URL("../../../", import.meta.url);
const golden = new URL("tests/golden/", root);
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

  it("a GPU that is lost in a run and after it is replaced", async () => {
    const gpu = create([]);
    let last;
    const watched = {
      requestAdapter: async (...options) => {
        const adapter = await gpu.requestAdapter(...options);
        const requestDevice = adapter.requestDevice.bind(adapter);
        adapter.requestDevice = async (...all) => (last = await requestDevice(...all));
        return adapter;
      },
    };
    const model = await tinyModel((path) => new Uint8Array(readFileSync(new URL(path, root))));
    const tuner = await Subtune.load({ model, device: "webgpu", gpu: watched });
    const train = async (lostAfter) => {
      const recoveries = [];
      const run = tuner.train({ data: data(), maxLength: 32, maxSteps: 4, loggingSteps: 1, validationSplit: 0, testSplit: 0 });
      for await (const event of run) {
        if (event.type === "recovery") recoveries.push(event);
        if (event.type === "step" && event.step === lostAfter && recoveries.length === 0) last.destroy();
      }
      await run.result;
      return { recoveries, model: (await tuner.export())["model.safetensors"] };
    };
    const [healthy, lost] = [await train(0), await train(2)];
    assert.deepEqual([healthy.recoveries.length, lost.recoveries.length], [0, 1]);
    assert.deepEqual(lost.model, healthy.model);
    const said = await tuner.predict(["good", "bad"]);
    last.destroy();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(await tuner.predict(["good", "bad"]), said);
    await tuner.dispose();
  });

  it("nothing stays behind in the global scope", () => {
    assert.deepEqual(
      ["Window", "navigator"].filter((name) => name in globalThis),
      [],
    );
  });
});
