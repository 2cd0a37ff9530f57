// The page's service worker on a cache and a server that stand in for the real ones: no file gets in under a hash that is not its own.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const BASE = "https://site.example/folder/";
const ENGINE = "subtune/wasm/subtune_bg.wasm";
const version = (number) => ({
  "index.html": `page ${number}`,
  "app.js": `app ${number}`,
  "app.css": "same",
  [ENGINE]: `engine ${number} `.repeat(500),
});
const [OLD, NEW] = [version(1), version(2)];
const manifestOf = (files) =>
  Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path, [createHash("sha256").update(text).digest("hex").slice(0, 16), text.length]]),
  );

/** The worker of a version, in a browser whose disk is `disk`. */
async function worker(files, disk, fetch, { clients = 1, waiting = null, full = false } = {}) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../../page/offline/service-worker.ts", import.meta.url))],
    bundle: true,
    format: "iife",
    write: false,
    define: { MANIFEST: JSON.stringify(manifestOf(files)), POLICY: '"policy"' },
  });
  const heard = new Map();
  const self = {
    location: { href: `${BASE}sw.js` },
    addEventListener: (type, listener) => heard.set(type, [...(heard.get(type) ?? []), listener]),
    clients: { claim: async () => {}, matchAll: async () => Array(clients).fill({}) },
    registration: { waiting },
    skipWaiting: async () => void (self.skipped = true),
  };
  const open = async (name) => {
    if (!disk.has(name)) disk.set(name, new Map());
    const kept = disk.get(name);
    return {
      match: async (url) => kept.has(String(url)) && new Response(kept.get(String(url))),
      put: async (url, response) => {
        const bytes = new Uint8Array(await response.arrayBuffer());
        if (full) throw new DOMException("full", "QuotaExceededError");
        kept.set(String(url), bytes);
      },
      keys: async () => [...kept.keys()].map((url) => ({ url })),
      delete: async (url) => kept.delete(String(url)),
    };
  };
  new Function("self", "caches", "fetch", outputFiles[0].text)(self, { open, delete: async (name) => disk.delete(name) }, fetch);
  const dispatch = async (type, event) => {
    const waits = [];
    let answer;
    for (const listener of heard.get(type))
      listener({ ...event, waitUntil: (work) => waits.push(work), respondWith: (given) => (answer = given) });
    const given = await answer;
    await Promise.all(waits);
    return given;
  };
  return {
    self,
    install: () => dispatch("install", {}),
    activate: () => dispatch("activate", {}),
    get: (path, mode = "cors") => dispatch("fetch", { request: { url: BASE + path, method: "GET", mode } }),
    keepEverything: async () => {
      let said;
      await dispatch("message", { data: "keep everything", ports: [{ postMessage: (all) => (said = all) }] });
      return said;
    },
  };
}

/** A server that gives these files; the worker's own request of each must go past caches between. */
const serving = (files, changes = {}) => {
  const asked = [];
  const fetch = async (url, { cache } = {}) => {
    const path = String(url).slice(BASE.length);
    asked.push(path);
    assert.equal(cache, "no-cache");
    if (changes[path]) return changes[path]();
    return files[path] === undefined ? new Response("no", { status: 404 }) : new Response(files[path]);
  };
  return Object.assign(fetch, { asked });
};

const keptIn = (disk) =>
  [...disk.values()].flatMap((cache) => [...cache].map(([url, bytes]) => [new URL(url), createHash("sha256").update(bytes).digest("hex")]));
/** Whatever happened: what is kept has the hash that it is kept under. */
const assertRight = (disk) => {
  for (const [{ search, href }, hash] of keptIn(disk)) assert.ok(hash.startsWith(search.slice(1)), href);
};

async function installed(files) {
  const disk = new Map();
  const one = await worker(files, disk, serving(files));
  await one.install();
  await one.activate();
  return disk;
}

describe("the service worker", () => {
  it("keeps what the first paint needs, then everything, and needs no server from then on", async () => {
    const disk = await installed(OLD);
    assert.deepEqual(
      keptIn(disk)
        .map(([{ pathname }]) => pathname.slice("/folder/".length))
        .sort(),
      ["app.css", "app.js", "index.html"],
    );
    assert.equal(await (await worker(OLD, disk, serving(OLD))).keepEverything(), true);
    assertRight(disk);
    const fetch = serving({});
    const one = await worker(OLD, disk, fetch);
    for (const [path, text] of Object.entries(OLD)) {
      const answer = await one.get(path);
      assert.equal(await answer.text(), text);
      assert.deepEqual(
        ["length", "security-policy"].map((name) => answer.headers.get(`content-${name}`)),
        [String(text.length), "policy"],
      );
      // else a browser refuses it to an isolated page, and lets no threads share memory
      assert.deepEqual(
        ["opener", "embedder"].map((name) => answer.headers.get(`cross-origin-${name}-policy`)),
        ["same-origin", "require-corp"],
      );
    }
    assert.equal(await (await one.get("")).text(), OLD["index.html"]);
    assert.deepEqual(fetch.asked, []);
  });

  it("of a new version does not begin where the server still has an old file, and begins once it has the new one", async () => {
    const disk = await installed(OLD);
    const between = await worker(NEW, disk, serving({ ...NEW, "app.js": OLD["app.js"] }));
    await assert.rejects(between.install(), /app\.js is that of another version of the page/);
    assertRight(disk);
    // the one before still gives its own page, whole
    const before = await worker(OLD, disk, serving(NEW));
    for (const path of ["", "app.js", "app.css"]) assert.equal(await (await before.get(path)).text(), OLD[path || "index.html"]);
    const after = await worker(NEW, disk, serving(NEW));
    await after.install();
    await after.activate();
    assert.equal(await (await after.get("app.js")).text(), NEW["app.js"]);
    assertRight(disk);
    assert.equal(keptIn(disk).length, 3);
  });

  it("of an old version gives and keeps no file of a new one", async () => {
    const disk = await installed(OLD);
    const one = await worker(OLD, disk, serving(NEW));
    await assert.rejects((await one.get(ENGINE)).arrayBuffer(), /is that of another version of the page/);
    assert.equal(await one.keepEverything(), false);
    assertRight(disk);
    assert.equal(keptIn(disk).length, 3);
  });

  const broken = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("engine")),
        pull: (controller) => controller.error(new TypeError("reset")),
      }),
    );
  for (const [what, change] of Object.entries({
    "cut short": () => new Response(OLD[ENGINE].slice(0, 700)),
    "of a broken connection": broken,
    "with more behind it": () => new Response(`${OLD[ENGINE]}more`),
    "of the same length with another letter": () => new Response(OLD[ENGINE].replace("e", "f")),
    "that is a web page": () => new Response("<html>", { headers: { "content-type": "text/html" } }),
  })) {
    it(`gives no file ${what} as whole, does not keep it, and fetches it again`, async () => {
      const disk = await installed(OLD);
      const one = await worker(OLD, disk, serving(OLD, { [ENGINE]: change }));
      await assert.rejects((await one.get(ENGINE)).arrayBuffer());
      assert.equal(keptIn(disk).length, 3);
      const again = await worker(OLD, disk, serving(OLD));
      assert.equal(await (await again.get(ENGINE)).text(), OLD[ENGINE]);
      assert.equal(keptIn(disk).length, 4);
      assertRight(disk);
    });
  }

  it("takes the right file from wherever the server sends it on to", async () => {
    const disk = await installed(OLD);
    const elsewhere = () => Object.defineProperty(new Response(OLD[ENGINE]), "redirected", { value: true });
    const one = await worker(OLD, disk, serving(OLD, { [ENGINE]: elsewhere }));
    assert.equal(await (await one.get(ENGINE)).text(), OLD[ENGINE]);
    assertRight(disk);
  });

  it("says what the server says where there is no such file, and does not begin without one of its own", async () => {
    const disk = await installed(OLD);
    const { [ENGINE]: _, ...without } = OLD;
    assert.equal((await (await worker(OLD, disk, serving(without))).get(ENGINE)).status, 404);
    await assert.rejects((await worker(NEW, new Map(), serving({}))).install(), /is not there/);
  });

  it("goes on where the disk is full, and does not say that all is kept", async () => {
    const one = await worker(OLD, new Map(), serving(OLD), { full: true });
    await one.install();
    assert.equal(await (await one.get(ENGINE)).text(), OLD[ENGINE]);
    assert.equal(await one.keepEverything(), false);
  });

  it("throws away what earlier versions kept without looking at it", async () => {
    const disk = new Map([
      ["subtune-page", new Map([[`${BASE}app.js?0`, new Uint8Array(3)]])],
      ["subtune-models", new Map()],
    ]);
    const one = await worker(OLD, disk, serving(OLD));
    await one.install();
    await one.activate();
    assert.deepEqual([...disk.keys()].sort(), ["subtune-models", "subtune-page-checked"]);
  });

  it("makes way for the next version when the only page is loaded again, and not while another is open", async () => {
    const disk = await installed(OLD);
    const told = [];
    const waiting = { postMessage: (message) => told.push(message) };
    const two = await worker(OLD, disk, serving(OLD), { clients: 2, waiting });
    assert.equal(await (await two.get("", "navigate")).text(), OLD["index.html"]);
    const one = await worker(OLD, disk, serving(OLD), { waiting });
    assert.equal((await one.get("", "navigate")).headers.get("refresh"), "1");
    assert.deepEqual(told, ["take over"]);
  });
});
