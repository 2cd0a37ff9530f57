import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as errors from "../../dist/errors.js";
import { withHost } from "../../dist/engine/host-gpu.js";
import { InlineEngine } from "../../dist/engine/inline.js";
import { named } from "../../dist/engine/failures.js";
import { pack, unpack } from "../../dist/engine/protocol.js";
import { RemoteEngine } from "../../dist/engine/remote.js";
import { openEngine } from "../../dist/engine/open.js";
import { Subtune } from "../../dist/index.js";
import { ENGINES, gate, load, MODEL, RECORDING, recorded } from "./tuners.js";

describe("errors", () => {
  it("have the class of their kind, on both sides of a worker", () => {
    const codes = {
      usage: "InvalidArgument",
      data: "InvalidData",
      model: "InvalidModel",
      device: "WebGpuUnavailable",
      lost: "DeviceLost",
      memory: "OutOfMemory",
      diverged: "Diverged",
    };
    for (const [code, name] of Object.entries(codes)) {
      const error = named(Object.assign(new Error("words"), { code }));
      assert.ok(error instanceof errors[name] && error instanceof errors.SubtuneError);
      const arrived = unpack(structuredClone(pack(error)));
      assert.ok(arrived instanceof errors[name]);
      assert.deepEqual([arrived.name, arrived.message, arrived.code], [name, "words", code]);
    }
    const failed = unpack(structuredClone(pack(new errors.DownloadFailed("words", { url: "u", status: 404 }))));
    assert.ok(failed instanceof errors.DownloadFailed);
    assert.deepEqual([failed.url, failed.status, failed.message], ["u", 404, "words"]);
    assert.ok(unpack(pack(new errors.Aborted("a"))) instanceof errors.Aborted);
  });

  it("that nobody meant are crashes, except for memory", () => {
    assert.equal(named(new RangeError("Array buffer allocation failed")).name, "OutOfMemory");
    for (const odd of [new WebAssembly.RuntimeError("unreachable"), new TypeError("x"), "text", undefined, null]) {
      assert.equal(named(odd).name, "EngineCrashed");
    }
  });
});

for (const [where, engine] of Object.entries(ENGINES)) {
  describe(`an engine ${where}`, () => {
    it("refuses a model by name, and another one can be loaded", async () => {
      const { module } = recorded();
      const request = { device: "cpu", model: { ...MODEL, files: {} } };
      await assert.rejects(engine(module).call("load", request), { name: "InvalidModel", message: /^m: has no config\.json; expected/ });
      await (await load(engine(module))).dispose();
    });

    it("is dead after a crash, and another one can be loaded", async () => {
      const crash = () => Promise.reject(new WebAssembly.RuntimeError("unreachable"));
      const { module } = recorded({ predict: crash });
      const tuner = await load(engine(module));
      const expected = { name: "EngineCrashed", message: /unreachable/ };
      const calls = [tuner.predict(["a"]), tuner.tokenize(["b"]), tuner.export()];
      for (const call of calls) await assert.rejects(call, expected);
      await assert.rejects(tuner.inspect("c"), expected);
      await assert.rejects(tuner.train({ data: "a" }).result, expected);
      await tuner.dispose();
      await (await load(engine(recorded().module))).dispose();
    });

    it("rejects an aborted call at once, and forgets those that have not begun", async () => {
      const block = gate();
      let calls = 0;
      const { module } = recorded({ predict: () => (calls++, block.promise) });
      const tuner = await load(engine(module));
      const controller = new AbortController();
      const { signal } = controller;
      const both = [tuner.predict(["a"], { signal }), tuner.predict(["b"], { signal })];
      await new Promise((resolve) => setTimeout(resolve, 10));
      controller.abort();
      for (const call of both) await assert.rejects(call, { name: "AbortError" });
      await assert.rejects(tuner.tokenize(["c"], { signal }), { name: "AbortError" });
      await new Promise((resolve) => setTimeout(resolve, 10));
      block.open();
      await tuner.tokenize(["d"]);
      assert.equal(calls, 1);
      await tuner.dispose();
    });

    it("runs a recorded run again", async () => {
      const { module } = recorded();
      const replay = await engine(module).call("reproduce", { files: { "run.json": new Blob(["{}"]) }, device: "cpu" });
      assert.deepEqual(replay, RECORDING.reproduction);
    });

    it("examines the devices", async () => {
      const { devices, verdict } = await engine(recorded().module).call("doctor", null);
      assert.deepEqual([devices[0].name, typeof devices[0].selfTestSeconds, verdict], ["CPU", "number", RECORDING.examination.verdict]);
    });
  });
}

describe("an engine on this thread", () => {
  it("frees a tuner whose loading was aborted too late", async () => {
    const { module, alive } = recorded();
    const controller = new AbortController();
    const notify = ({ stage }) => stage === "device" && controller.abort();
    const slow = { ...module, Tuner: { load: async (...all) => (controller.abort(), module.Tuner.load(...all)) } };
    const engine = new InlineEngine(async () => slow);
    await assert.rejects(engine.call("load", { device: "cpu", model: MODEL }, { signal: controller.signal }), { name: "AbortError" });
    assert.equal(alive.tuners, 0);
    await assert.rejects(
      new InlineEngine(async () => module).call("load", { device: "cpu", model: MODEL }, { signal: controller.signal, notify }),
      { name: "AbortError" },
    );
    assert.equal(alive.tuners, 0);
  });

  it("notices a panic that settles nothing", async (context) => {
    const target = new EventTarget();
    for (const name of ["addEventListener", "removeEventListener"]) {
      globalThis[name] = target[name].bind(target);
      context.after(() => delete globalThis[name]);
    }
    const { module } = recorded({ predict: () => new Promise(() => {}) });
    const tuner = await load(new InlineEngine(async () => module));
    const call = tuner.predict(["a"]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const about = (error) => Object.assign(new Event("error"), { error });
    target.dispatchEvent(about(new TypeError("somebody else's")));
    target.dispatchEvent(about(new WebAssembly.RuntimeError("unreachable")));
    await assert.rejects(call, { name: "EngineCrashed" });
    await tuner.dispose();
  });
});

describe("a worker", () => {
  const port = () =>
    Object.assign(new EventTarget(), {
      postMessage() {},
      terminated: 0,
      terminate() {
        this.terminated++;
      },
    });

  it("that does not start, or fails, ends all calls", async () => {
    for (const [event, message] of [
      [new Event("error"), /did not start.*worker-src/],
      [Object.assign(new Event("error"), { message: "boom" }), /failed \(boom\)/],
      [new Event("messageerror"), /could not be read/],
    ]) {
      const worker = port();
      const engine = new RemoteEngine(worker);
      const call = engine.call("load", { device: "cpu", model: MODEL });
      worker.dispatchEvent(event);
      await assert.rejects(call, { name: "EngineCrashed", message });
      await assert.rejects(engine.call("report", null), { name: "EngineCrashed", message });
      assert.equal(worker.terminated, 1);
    }
  });
});

describe("options of loading", () => {
  it("are checked before anything is loaded", async () => {
    await assert.rejects(openEngine({ device: "gpu" }), {
      name: "InvalidArgument",
      message: 'device is "gpu"; expected auto, webgpu, cpu or a GPUDevice',
    });
    await assert.rejects(Subtune.load({ worker: true }), { name: "InvalidArgument", message: /no workers here/ });
    await assert.rejects(Subtune.load({ model: 5 }), { name: "InvalidArgument" });
    await assert.rejects(Subtune.load({ signal: AbortSignal.abort() }), { name: "AbortError" });
  });

  it("refuse to send a GPU or a device to a worker", async (context) => {
    globalThis.Worker = class {};
    context.after(() => delete globalThis.Worker);
    await assert.rejects(openEngine({ device: {} }), {
      name: "InvalidArgument",
      message: /a GPUDevice cannot be sent to a worker; expected worker: false/,
    });
    await assert.rejects(openEngine({ gpu: {} }), { name: "InvalidArgument", message: /a GPU cannot be sent/ });
  });
});

describe("a host's GPU", () => {
  const globals = () => ["Window", "navigator"].map((name) => Object.getOwnPropertyDescriptor(globalThis, name));

  it("is where the engine looks for it, and nothing stays behind", async () => {
    const before = globals();
    const gpu = { requestAdapter: async () => null };
    const seen = await withHost({ gpu }, async () => [typeof Window, navigator.gpu]);
    assert.deepEqual(seen, ["function", gpu]);
    await assert.rejects(
      withHost({ gpu }, () => Promise.reject(new Error("x"))),
      { message: "x" },
    );
    assert.deepEqual(globals(), before);
  });

  it("is one load's at a time", async () => {
    const [one, two] = [{ requestAdapter() {} }, { requestAdapter() {} }];
    const look = async () => {
      const first = navigator.gpu;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return [first, navigator.gpu];
    };
    const [a, b] = await Promise.all([withHost({ gpu: one }, look), withHost({ gpu: two }, look)]);
    assert.ok(a.every((gpu) => gpu === one) && b.every((gpu) => gpu === two));
  });

  it("gives the host's device, which cannot be destroyed or lose its handler through it", async () => {
    class Device extends EventTarget {
      #made = 0;
      destroyed = false;
      onuncapturederror = "the host's";
      limits = { a: 1 };
      features = new Set(["f"]);
      createBuffer() {
        return ++this.#made;
      }
      destroy() {
        this.destroyed = true;
      }
    }
    const device = new Device();
    const open = () =>
      withHost({ device }, async () => {
        const adapter = await navigator.gpu.requestAdapter();
        assert.deepEqual([adapter.limits, adapter.features], [device.limits, device.features]);
        assert.equal(adapter.info.description, "the page's own device");
        return { gpu: navigator.gpu, device: await adapter.requestDevice({}) };
      });
    const found = await open();
    assert.ok(found.device instanceof Device);
    assert.equal(found.device.createBuffer(), 1);
    found.device.destroy();
    let heard = 0;
    found.device.onuncapturederror = () => heard++;
    device.dispatchEvent(new Event("uncapturederror"));
    assert.deepEqual([device.destroyed, device.onuncapturederror, heard], [false, "the host's", 1]);
    assert.equal((await open()).gpu, found.gpu);
  });
});
