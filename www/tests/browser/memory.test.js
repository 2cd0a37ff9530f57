// What ten tuners leave behind, on the page's own thread, where it can be counted.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { browser } from "./browser.js";

/** As little as uses everything: SwiftShader is slow. */
const LITTLE = { maxLength: 32, maxSteps: 1, layers: 1, validationSplit: 0, testSplit: 0 };

for (const device of ["cpu", "webgpu"]) {
  describe(`ten times load, train and dispose on ${device}`, () => {
    const open = browser();

    it("keeps neither GPU buffers nor WebAssembly memory", async (context) => {
      const { page } = await open();
      const counts = await page.evaluate(
        async ({ device, little }) => {
          let [buffers, bytes] = [0, 0];
          const sizes = new WeakMap();
          // a buffer that nothing refers to any more is given back too
          const collected = new FinalizationRegistry((size) => {
            buffers--;
            bytes -= size;
          });
          const { createBuffer } = GPUDevice.prototype;
          GPUDevice.prototype.createBuffer = function (descriptor) {
            const buffer = createBuffer.call(this, descriptor);
            sizes.set(buffer, descriptor.size);
            collected.register(buffer, descriptor.size, buffer);
            buffers++;
            bytes += descriptor.size;
            return buffer;
          };
          const { destroy } = GPUBuffer.prototype;
          GPUBuffer.prototype.destroy = function () {
            if (sizes.has(this)) {
              buffers--;
              bytes -= sizes.get(this);
              sizes.delete(this);
              collected.unregister(this);
            }
            return destroy.call(this);
          };
          const { data, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
          const { default: init } = await import("/www/wasm/subtune.js");
          const model = await tinyModel();
          const counts = [];
          for (let cycle = 0; cycle < 10; cycle++) {
            const tuner = await Subtune.load({ model, device, worker: false });
            await tuner.train({ data: data(), ...little }).result;
            await tuner.predict(["good"]);
            await tuner.dispose();
            for (let times = 0; times < 3; times++) {
              gc();
              await new Promise((resolve) => setTimeout(resolve, 50));
            }
            // the engine is there already: this gives its memory
            const { memory } = await init();
            counts.push({ buffers, bytes, wasm: memory.buffer.byteLength });
          }
          return counts;
        },
        { device, little: LITTLE },
      );
      for (const { buffers, bytes, wasm } of counts)
        context.diagnostic(`${buffers} buffers of ${bytes} bytes, ${wasm} bytes of WebAssembly`);
      const [, warm] = counts;
      const last = counts.at(-1);
      assert.ok(last.buffers <= warm.buffers && last.bytes <= warm.bytes, "GPU buffers grow");
      assert.ok(last.wasm <= warm.wasm * 1.1, "WebAssembly memory grows");
      if (device === "cpu") assert.equal(last.buffers, 0);
      await page.close();
    });
  });
}

describe("a host's GPUDevice", () => {
  const open = browser();

  it("is used, shared by two tuners, and not destroyed", async () => {
    const { page } = await open();
    const found = await page.evaluate(async (little) => {
      const { data, outcome, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
      const adapter = await navigator.gpu.requestAdapter();
      const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
      const requiredLimits = { maxStorageBufferBindingSize, maxBufferSize };
      const device = await adapter.requestDevice({ requiredFeatures: ["timestamp-query"], requiredLimits });
      let made = 0;
      const { createBuffer } = GPUDevice.prototype;
      GPUDevice.prototype.createBuffer = function (descriptor) {
        if (this === device) made++;
        return createBuffer.call(this, descriptor);
      };
      let lost = false;
      device.lost.then(() => (lost = true));
      const gpu = navigator.gpu;
      const model = await tinyModel();
      const results = [];
      for (let time = 0; time < 2; time++) {
        const tuner = await Subtune.load({ model, device, worker: false });
        results.push(await outcome(tuner.train({ data: data(), ...little }).result));
        await tuner.dispose();
      }
      const inWorker = await outcome(Subtune.load({ model, device }));
      device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST }).destroy();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { made, lost, results, inWorker, same: navigator.gpu === gpu };
    }, LITTLE);
    for (const { value, message } of found.results) assert.equal(value?.end.steps, 1, message);
    assert.deepEqual([found.lost, found.same], [false, true]);
    assert.ok(found.made > 10, `${found.made} buffers`);
    assert.deepEqual([found.inWorker.name, /worker: false/.test(found.inWorker.message)], ["InvalidArgument", true]);
    await page.close();
  });

  it("is refused by name where it lacks what is needed", async () => {
    const { page } = await open();
    const found = await page.evaluate(async () => {
      const { outcome, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
      const device = await (await navigator.gpu.requestAdapter()).requestDevice();
      return outcome(Subtune.load({ model: await tinyModel(), device, worker: false }));
    });
    assert.equal(found.name, "WebGpuUnavailable", found.message);
    assert.match(found.message, /timestamp/);
    await page.close();
  });
});
