// How files arrive: real requests, a real cache, real policies.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { serve } from "../../scripts/serve.js";
import { browser, POLICY, workers } from "./browser.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const golden = new URL("../../../tests/golden/full/", import.meta.url);

describe("loading", () => {
  const open = browser();

  it("names what went wrong on the way, and can be repeated", async () => {
    const config = readFileSync(new URL("config.json", golden));
    let mode = "missing";
    const answer = (path, response) => {
      if (!path.startsWith("/model/")) return false;
      if (!path.endsWith("config.json") || mode === "missing") return (response.writeHead(404).end(), true);
      if (mode === "cut") {
        response.writeHead(200, { "content-length": config.length });
        response.write(config.subarray(0, 10), () => response.destroy());
      } else if (mode === "page") {
        response.writeHead(200, { "content-type": "text/html" }).end("<html>");
      } else response.writeHead(200).end(config);
      return true;
    };
    const { page, address } = await open({ answer });
    const load = (options) =>
      page.evaluate(async (options) => {
        const { outcome, Subtune } = await import("/www/tests/browser/page.js");
        return outcome(Subtune.load({ device: "cpu", ...options }));
      }, options);
    // one that is there already stays usable
    await page.evaluate(async () => {
      const { Subtune, tinyModel } = await import("/www/tests/browser/page.js");
      globalThis.tuner = await Subtune.load({ model: await tinyModel(), device: "cpu" });
    });
    const url = `${address}model/config.json`;
    for (const [next, status, words] of [
      ["missing", 404, "404"],
      ["cut", 200, "cut short"],
      ["page", 200, "web page"],
    ]) {
      mode = next;
      const { name, message, ...details } = await load({ model: "/model" });
      assert.equal(name, "DownloadFailed", message);
      assert.deepEqual(details, { url, status });
      assert.ok(message.includes(words), message);
    }
    mode = "good";
    const sha256 = { "config.json": createHash("sha256").update(config).digest("hex") };
    const wrong = await load({ model: { url: "/model", sha256: { "config.json": "0".repeat(64) } } });
    assert.deepEqual([wrong.name, wrong.message.includes(sha256["config.json"])], ["InvalidModel", true]);
    // the first file is right, and the next one is not there
    const next = await load({ model: { url: "/model", sha256 } });
    assert.deepEqual([next.name, next.url], ["DownloadFailed", `${address}model/tokenizer.json`]);
    assert.equal(await page.evaluate(async () => (await globalThis.tuner.predict(["good"])).length), 1);
    await page.close();
  });

  it("keeps pinned files", async () => {
    const names = { "config.json": "config.json", "model.safetensors": "init.safetensors" };
    const files = Object.fromEntries(Object.entries(names).map(([name, from]) => [name, readFileSync(new URL(from, golden))]));
    let tokenizer;
    const asked = [];
    const answer = (path, response) => {
      if (!path.startsWith("/model/")) return false;
      asked.push(path.slice("/model/".length));
      const content = { ...files, "tokenizer.json": tokenizer }[asked.at(-1)];
      response.writeHead(content ? 200 : 404).end(content);
      return true;
    };
    const { page, address } = await open({ answer });
    tokenizer = Buffer.from(
      await page.evaluate(async () => {
        const { tinyModel } = await import("/www/tests/browser/page.js");
        return [...(await tinyModel())["tokenizer.json"]];
      }),
    );
    const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
    const sha256 = {
      "tokenizer.json": hash(tokenizer),
      ...Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, hash(bytes)])),
    };
    const load = () =>
      page.evaluate(async (sha256) => {
        const { Subtune } = await import("/www/tests/browser/page.js");
        const sources = {};
        const warnings = [];
        const onProgress = ({ type, file, source, message }) => {
          if (type === "file") sources[file] = source;
          if (type === "warning") warnings.push(message);
        };
        const tuner = await Subtune.load({ model: { url: "/model", sha256 }, device: "cpu", onProgress });
        const { name } = tuner.model;
        await tuner.dispose();
        return { name, sources, warnings };
      }, sha256);
    // where there is no room left, it is said, and loading goes on
    const devtools = await page.context().newCDPSession(page);
    const room = (size) => devtools.send("Storage.overrideQuotaForOrigin", { origin: new URL(address).origin, quotaSize: size });
    await room(1);
    const full = await load();
    assert.equal(full.name, "model");
    assert.equal(full.warnings.length, 3, full.warnings.join("; "));
    for (const warning of full.warnings)
      assert.match(warning, /^\S+ could not be kept for next time \(.*[Qq]uota.*\); it will be downloaded again$/);
    await room(undefined);
    const first = await load();
    assert.deepEqual([first.name, new Set(Object.values(first.sources))], ["model", new Set(["network"])]);
    asked.length = 0;
    const second = await load();
    assert.deepEqual([...new Set(Object.values(second.sources))], ["cache"]);
    assert.deepEqual(
      asked.filter((name) => name in sha256),
      [],
    );
    await page.close();
  });

  it("is aborted at any time", async () => {
    const { page } = await open();
    const found = await page.evaluate(async () => {
      const { outcome, Subtune } = await import("/www/tests/browser/page.js");
      const found = [];
      for (const wanted of ["engine", "model", "model.safetensors", "device"]) {
        const controller = new AbortController();
        const onProgress = ({ stage, file }) => (stage ?? file) === wanted && controller.abort(new Error(wanted));
        found.push(await outcome(Subtune.load({ device: "cpu", signal: controller.signal, onProgress })));
      }
      return found;
    });
    for (const { name, message } of found) assert.equal(name, "AbortError", message);
    await workers(page, 0);
    await page.close();
  });

  it("says what a content security policy lacks", async () => {
    const { page } = await open({ policy: POLICY.replace(" 'wasm-unsafe-eval'", "") });
    const load = (worker) =>
      page.evaluate(async (worker) => {
        const { outcome, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
        return outcome(Subtune.load({ model: await tinyModel(), device: "cpu", worker }));
      }, worker);
    for (const worker of [true, false]) {
      const { name, message } = await load(worker);
      assert.equal(name, "DownloadFailed", message);
      assert.match(message, /'wasm-unsafe-eval'/);
    }
    await page.close();
  });

  it("works from another origin, as from a CDN", async () => {
    const cdn = await serve(root, { headers: { "access-control-allow-origin": "*" } });
    try {
      const { page } = await open({
        policy: `default-src 'self'; script-src 'self' 'wasm-unsafe-eval' ${cdn.address}; connect-src 'self' ${cdn.address}; worker-src blob: ${cdn.address}`,
      });
      const found = await page.evaluate(async (cdn) => {
        const { data, outcome, tinyModel } = await import("/www/tests/browser/page.js");
        const { Subtune } = await import(`${cdn}www/dist/index.js`);
        const tuner = await Subtune.load({ model: await tinyModel(), device: "cpu" });
        return outcome(tuner.train({ data: data(), maxLength: 32, maxSteps: 1 }).result);
      }, cdn.address);
      assert.equal(found.value?.end.steps, 1, found.message);
      await workers(page, 1);
      await page.close();
    } finally {
      cdn.close();
    }
  });
});

describe("without WebGPU", () => {
  const open = browser();

  it("auto takes the CPU, and webgpu is refused by name", async () => {
    const { page } = await open();
    const found = await page.evaluate(async () => {
      Object.defineProperty(navigator, "gpu", { value: undefined });
      const { outcome, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
      const load = async (device) => {
        const tuner = await Subtune.load({ model: await tinyModel(), device, worker: false });
        return tuner.device;
      };
      return { auto: await outcome(load("auto")), webgpu: await outcome(load("webgpu")) };
    });
    assert.equal(found.auto.value?.kind, "cpu", found.auto.message);
    assert.equal(found.webgpu.name, "WebGpuUnavailable", found.webgpu.message);
    await page.close();
  });
});

describe("with a GPU that lacks timestamp-query", () => {
  const open = browser();

  it("auto takes the CPU and says why, and webgpu is refused by the GPU's name", async () => {
    const { page } = await open();
    const found = await page.evaluate(async () => {
      const { requestAdapter } = GPU.prototype;
      GPU.prototype.requestAdapter = async function (...options) {
        const adapter = await requestAdapter.apply(this, options);
        const features = new Set([...adapter.features].filter((feature) => feature !== "timestamp-query"));
        // a real GPU, as Chromium tells of one
        const info = { vendor: "acme", architecture: "rocket", device: "", description: "", isFallbackAdapter: false };
        return Object.defineProperties(adapter, { features: { value: features }, info: { value: info } });
      };
      const { outcome, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
      const load = async (device) => {
        const tuner = await Subtune.load({ model: await tinyModel(), device, worker: false });
        return tuner.device;
      };
      return { auto: await outcome(load("auto")), webgpu: await outcome(load("webgpu")) };
    });
    assert.deepEqual(
      [found.auto.value?.kind, found.auto.value?.reason],
      ["cpu", "the GPU (acme rocket) lacks timestamp-query"],
      found.auto.message,
    );
    assert.equal(found.webgpu.name, "WebGpuUnavailable", found.webgpu.message);
    assert.match(found.webgpu.message, /^acme rocket lacks timestamp-query, /);
    await page.close();
  });
});
