import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, describe, it } from "node:test";

import { SubtuneError } from "../../dist/index.js";
import { BUNDLED } from "../../dist/model/bundled.js";
import { download } from "../../dist/model/download.js";
import { MODEL_FILES } from "../../dist/model/layout.js";
import { locate } from "../../dist/model/locate.js";
import { readModel } from "../../dist/model/read.js";
import { modelRequest } from "../../dist/model/request.js";

const FOLDER = "https://models.example/tiny/";
const encode = (text) => new TextEncoder().encode(text);
const hash = (text) => createHash("sha256").update(text).digest("hex");
const realFetch = globalThis.fetch;

afterEach(() => {
  globalThis.fetch = realFetch;
  delete globalThis.caches;
});

/** Serves texts by address; what is a function makes the response. */
function serve(files) {
  const asked = [];
  globalThis.fetch = async (url, { signal } = {}) => {
    signal?.throwIfAborted();
    asked.push(String(url));
    const found = files[String(url).replace(FOLDER, "")];
    if (found === undefined) return new Response("no", { status: 404, statusText: "Not Found" });
    return typeof found === "function" ? found() : new Response(found, { headers: { "content-length": String(found.length) } });
  };
  return asked;
}

/** The Cache API over a map. */
function fakeCaches({ put = () => {} } = {}) {
  const kept = new Map();
  const cache = {
    match: async (url) => kept.get(String(url))?.clone(),
    put: async (url, response) => {
      put();
      kept.set(String(url), response);
    },
  };
  globalThis.caches = { open: async () => cache };
  return kept;
}

const NEEDED = { "config.json": "{}", "tokenizer.json": "{ }", "model.safetensors": "weights" };

async function read(source, signal) {
  const notes = [];
  const files = await readModel(modelRequest(source), signal, (progress) => notes.push(progress));
  return { files, notes };
}

describe("a model's source", () => {
  it("is told by its form", () => {
    assert.deepEqual(modelRequest("minilm"), { from: "package", name: "minilm" });
    const remote = { from: "url", name: "tiny", folder: FOLDER, sha256: {} };
    for (const source of [FOLDER, FOLDER.slice(0, -1), new URL(FOLDER), { url: FOLDER }]) assert.deepEqual(modelRequest(source), remote);
    const pin = hash("weights");
    assert.deepEqual(modelRequest({ url: FOLDER, sha256: { "model.safetensors": pin.toUpperCase() } }).sha256, {
      "model.safetensors": pin,
    });
    const file = new File(["{}"], "config.json");
    assert.deepEqual(modelRequest([file]), { from: "memory", name: "model", files: { "config.json": file } });
    assert.deepEqual(modelRequest({ "config.json": file }), { from: "memory", name: "model", files: { "config.json": file } });
  });

  it("is refused otherwise", () => {
    assert.throws(() => modelRequest("not/absolute"), { name: "InvalidArgument", message: /is not a URL/ });
    assert.throws(() => modelRequest({ url: 5 }), {
      name: "InvalidArgument",
      message: /^model\.url is of the type number; expected the address/,
    });
    for (const wrong of [null, 5]) assert.throws(() => modelRequest(wrong), { name: "InvalidArgument", message: /has an unknown type/ });
  });
});

describe("a model at an address", () => {
  it("arrives with progress, and without the files that it need not have", async () => {
    const asked = serve(NEEDED);
    const { files, notes } = await read(FOLDER);
    assert.deepEqual(Object.keys(files).sort(), Object.keys(NEEDED).sort());
    assert.equal(asked.length, MODEL_FILES.length);
    const weights = notes.filter(({ file }) => file === "model.safetensors");
    assert.deepEqual(weights[0], { type: "file", file: "model.safetensors", loaded: 0, total: 7, source: "network" });
    assert.deepEqual(weights.at(-1), { type: "file", file: "model.safetensors", loaded: 7, total: 7, source: "network" });
  });

  const broken = {
    "that is not there": [
      () => new Response("no", { status: 404, statusText: "Not Found" }),
      /model\.safetensors: the server answered 404 Not Found$/,
    ],
    "that the server fails at": [() => new Response("no", { status: 503 }), /the server answered 503/],
    "that is a web page": [
      () => new Response("<html>", { headers: { "content-type": "text/html; charset=utf-8" } }),
      /a web page; expected a file/,
    ],
    "that is cut short": [() => new Response("wei", { headers: { "content-length": "7" } }), /was cut short: 3 of 7 bytes arrived/],
    "whose connection breaks": [
      () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(encode("wei")),
            pull: (controller) => controller.error(new TypeError("reset")),
          }),
        ),
      /was cut short after 3 bytes \(reset\)/,
    ],
    "that cannot be reached": [() => Promise.reject(new TypeError("fetch failed")), /could not be fetched \(fetch failed\)/],
  };
  for (const [what, [answer, message]] of Object.entries(broken)) {
    it(`with a file ${what} is refused by name, and can be loaded again`, async () => {
      serve({ ...NEEDED, "model.safetensors": answer });
      await assert.rejects(read(FOLDER), (error) => {
        assert.equal(error.name, "DownloadFailed");
        assert.match(error.message, message);
        assert.equal(error.url, `${FOLDER}model.safetensors`);
        return true;
      });
      serve(NEEDED);
      await read(FOLDER);
    });
  }

  it("is not without a file that is there but breaks, needed or not", async () => {
    serve({ ...NEEDED, "vocab.txt": () => new Response("a", { headers: { "content-length": "2" } }) });
    await assert.rejects(read(FOLDER), { name: "DownloadFailed", message: /vocab\.txt: was cut short/ });
  });

  it("is aborted", async () => {
    const controller = new AbortController();
    serve({
      ...NEEDED,
      "tokenizer.json": () => {
        controller.abort();
        return Promise.reject(controller.signal.reason);
      },
    });
    await assert.rejects(read(FOLDER, controller.signal), { name: "AbortError" });
  });

  it("may be compressed on its way, when the length says nothing", async () => {
    serve({ ...NEEDED, "config.json": () => new Response("{}", { headers: { "content-length": "1", "content-encoding": "gzip" } }) });
    const { files } = await read(FOLDER);
    assert.equal(files["config.json"].length, 2);
  });
});

describe("a model whose weights are in several files", () => {
  const index = (...files) => JSON.stringify({ weight_map: Object.fromEntries(files.map((file, at) => [`tensor.${at}`, file])) });
  const { "model.safetensors": _, ...others } = NEEDED;
  const shared = {
    ...others,
    "model.safetensors.index.json": index("a.safetensors", "b.safetensors", "a.safetensors"),
    "a.safetensors": "a",
  };

  it("is downloaded by its index", async () => {
    serve({ ...shared, "b.safetensors": "b", "c.safetensors": "c" });
    const { files } = await read(FOLDER);
    assert.deepEqual(
      Object.keys(files)
        .filter((name) => name.includes("safetensors"))
        .sort(),
      ["a.safetensors", "b.safetensors", "model.safetensors.index.json"],
    );
  });

  it("is refused where a file is missing, or where the index leads out of the folder", async () => {
    serve(shared);
    await assert.rejects(read(FOLDER), { name: "DownloadFailed", message: /b\.safetensors: the server answered 404/ });
    for (const wrong of ["../b.safetensors", "https://example.org/b.safetensors", "b.bin", 5]) {
      serve({ ...shared, "model.safetensors.index.json": index(wrong) });
      await assert.rejects(read(FOLDER), { name: "InvalidModel", message: /names the file .*; expected a \.safetensors file beside it$/ });
    }
    serve({ ...shared, "model.safetensors.index.json": "[" });
    await assert.rejects(read(FOLDER), { name: "InvalidModel", message: /expected a weight_map of tensors to files$/ });
  });

  it("has pins of its own, and none that pin nothing", async () => {
    serve({ ...shared, "b.safetensors": "b" });
    await read({ url: FOLDER, sha256: { "b.safetensors": hash("b") } });
    await assert.rejects(read({ url: FOLDER, sha256: { "b.safetensors": hash("c") } }), { name: "InvalidModel", message: /pinned is/ });
    await assert.rejects(read({ url: FOLDER, sha256: { "c.safetensors": hash("c") } }), {
      name: "InvalidModel",
      message: 'model.sha256 pins "c.safetensors", which this model does not need',
    });
  });
});

describe("pins", () => {
  const right = hash("weights");
  for (const [what, sha256, message] of [
    [
      "that are empty",
      { "model.safetensors": "" },
      /^model\.sha256\["model\.safetensors"\] is ""; expected a SHA-256 of 64 hexadecimal digits$/,
    ],
    ["that are cut short", { "model.safetensors": right.slice(1) }, /expected a SHA-256 of 64 hexadecimal digits$/],
    ["with other digits", { "model.safetensors": `${right.slice(1)}g` }, /expected a SHA-256 of 64 hexadecimal digits$/],
    ["that are numbers", { "model.safetensors": 5 }, /is of the type number; expected a SHA-256/],
    ["that are not there", { "model.safetensors": undefined }, /is undefined; expected a SHA-256/],
    ["that are lists", { "model.safetensors": [right] }, /is an array; expected a SHA-256/],
    [
      "of a misspelt file",
      { "model.safetensor": right },
      /^model\.sha256 pins "model\.safetensor", which is not read; expected one of config\.json, .*model\.safetensors, .*this index names$/,
    ],
    ["of what every object has", JSON.parse(`{"__proto__": "${right}"}`), /pins "__proto__", which is not read/],
    ["as a string", right, /^model\.sha256 is of the type string; expected hashes by file name/],
    ["as an array", [right], /^model\.sha256 is an array; expected/],
    ["as a number", 5, /^model\.sha256 is of the type number; expected/],
    ["as nothing", null, /^model\.sha256 is null; expected/],
    ["of no file", {}, /^model\.sha256 has no entry and would pin nothing; expected/],
    ["in a map", new Map([["model.safetensors", right]]), /has no entry and would pin nothing/],
  ]) {
    it(`${what} are refused`, () => {
      assert.throws(
        () => modelRequest({ url: FOLDER, sha256 }),
        (error) => {
          assert.ok(error instanceof SubtuneError);
          assert.equal(error.name, "InvalidArgument");
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it("under another name are refused", () => {
    assert.throws(() => modelRequest({ url: FOLDER, SHA256: { "model.safetensors": right } }), {
      name: "InvalidArgument",
      message: "model.SHA256 is unknown; expected url and sha256",
    });
  });
});

describe("a pinned model", () => {
  const sha256 = Object.fromEntries(Object.entries(NEEDED).map(([name, text]) => [name, hash(text)]));

  it("is downloaded once", async () => {
    const asked = serve(NEEDED);
    fakeCaches();
    await read({ url: FOLDER, sha256 });
    const before = asked.length;
    const { files, notes } = await read({ url: FOLDER, sha256 });
    // those that are not pinned are asked for again
    assert.equal(asked.length, before + MODEL_FILES.length - Object.keys(NEEDED).length);
    assert.equal(new TextDecoder().decode(files["model.safetensors"]), "weights");
    assert.deepEqual(new Set(notes.map(({ source }) => source)), new Set(["cache"]));
  });

  it("with another hash is refused by both hashes, and not kept", async () => {
    serve({ ...NEEDED, "model.safetensors": "WEIGHTS" });
    const kept = fakeCaches();
    await assert.rejects(read({ url: FOLDER, sha256 }), (error) => {
      assert.equal(error.name, "InvalidModel");
      assert.ok(error.message.includes(hash("WEIGHTS")) && error.message.includes(hash("weights")), error.message);
      return true;
    });
    assert.ok(!kept.has(`${FOLDER}model.safetensors`));
    serve(NEEDED);
    await read({ url: FOLDER, sha256: { ...sha256, "model.safetensors": hash("weights").toUpperCase() } });
  });

  it("is not taken from a cache that was changed", async () => {
    serve(NEEDED);
    const kept = fakeCaches();
    await read({ url: FOLDER, sha256 });
    kept.set(`${FOLDER}model.safetensors`, new Response("evil"));
    const { files } = await read({ url: FOLDER, sha256 });
    assert.equal(new TextDecoder().decode(files["model.safetensors"]), "weights");
  });

  it("goes on without the cache where it is full, and says so", async () => {
    serve(NEEDED);
    fakeCaches({
      put: () => {
        throw new DOMException("Quota exceeded.", "QuotaExceededError");
      },
    });
    const { files, notes } = await read({ url: FOLDER, sha256 });
    assert.equal(files["model.safetensors"].length, 7);
    const warnings = notes.filter(({ type }) => type === "warning").map(({ message }) => message);
    assert.equal(warnings.length, 3);
    assert.match(warnings[2], /^model\.safetensors could not be kept .*Quota exceeded/);
  });

  it("goes on where no cache may be used", async () => {
    serve(NEEDED);
    globalThis.caches = { open: () => Promise.reject(new DOMException("no", "SecurityError")) };
    await read({ url: FOLDER, sha256 });
  });
});

describe("a model in memory", () => {
  it("is read from blobs and bytes, and what is no part of a model is left out", async () => {
    const { files, notes } = await read({ "config.json": new Blob(["{}"]), "tokenizer.json": encode("{ }"), "other.bin": encode("x") });
    assert.deepEqual(Object.keys(files), ["config.json", "tokenizer.json"]);
    assert.deepEqual(notes[0], { type: "file", file: "config.json", loaded: 2, total: 2, source: "memory" });
  });

  it("that cannot be read any more is named", async () => {
    const gone = new File(["x"], "config.json");
    gone.arrayBuffer = () => Promise.reject(new DOMException("it was changed", "NotReadableError"));
    await assert.rejects(read([gone]), {
      name: "InvalidModel",
      message: "model/config.json: could not be read (it was changed); choose it again",
    });
  });

  it("is found in a folder as it comes, and no file of a part of it takes the place of its own", () => {
    const found = (...paths) => locate(new Map(paths.map((path) => [path, path])));
    const sentence = ["config.json", "model.safetensors", "1_Pooling/config.json", "modules.json"].map((path) => `mine/${path}`);
    for (const paths of [sentence, sentence.toReversed()]) {
      assert.deepEqual(found(...paths), {
        name: "mine",
        files: {
          "config.json": "mine/config.json",
          "1_Pooling/config.json": "mine/1_Pooling/config.json",
          "model.safetensors": "mine/model.safetensors",
        },
      });
    }
    assert.deepEqual(found("old/0_Transformer/config.json", "old/1_Pooling/config.json", "old/x/config.json").files, {
      "config.json": "old/0_Transformer/config.json",
      "1_Pooling/config.json": "old/1_Pooling/config.json",
    });
    const trained = ["run/checkpoint-90/config.json", "run/checkpoint-500/config.json", "run/log.txt"];
    assert.deepEqual(found(...trained).files, { "config.json": "run/checkpoint-500/config.json" });
    assert.deepEqual(found("config.json", "notes.txt"), { name: "model", files: { "config.json": "config.json" } });
    // it is unclear which one is meant
    assert.deepEqual(found("a/config.json", "b/config.json").files, {});
    assert.deepEqual(found("run/checkpoint-1/config.json", "run/b/config.json").files, {});
    assert.equal(found("run/1_Pooling/config.json").files["config.json"], undefined);
    assert.deepEqual(found(), { name: "model", files: {} });
  });

  it("may have its weights in several files", () => {
    const names = ["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "notes.safetensors.txt"];
    const found = (...names) => Object.keys(locate(new Map(names.map((name) => [`mine/${name}`, name]))).files).sort();
    const index = "model.safetensors.index.json";
    assert.deepEqual(found(...names, index), [...names.slice(0, 3), index]);
    // a whole file counts more than an index, and without an index no one knows what the others are
    assert.deepEqual(found(...names, index, "model.safetensors"), ["config.json", "model.safetensors"]);
    assert.deepEqual(found(...names), ["config.json"]);
    const bytes = Object.fromEntries([...names, index].map((name) => [name, new Uint8Array(1)]));
    assert.deepEqual(Object.keys(modelRequest(bytes).files).sort(), [...names.slice(0, 3), index]);
  });

  it("may have a name", () => {
    const files = { "config.json": new Uint8Array(2) };
    assert.deepEqual(modelRequest({ name: "mine", files }), { from: "memory", name: "mine", files });
    assert.throws(() => modelRequest({ name: 5, files }), { name: "InvalidArgument", message: /^model\.name is of the type number/ });
    assert.throws(() => modelRequest({ name: "mine", files: [] }), { name: "InvalidArgument", message: /^model\.files is an array/ });
    assert.throws(() => modelRequest({ name: "mine", files, dtype: 1 }), { name: "InvalidArgument", message: /^model\.dtype is unknown/ });
  });

  it("is refused with other contents", async () => {
    await assert.rejects(async () => read({ "config.json": "{}" }), { name: "InvalidArgument", message: /model\["config\.json"\]/ });
  });
});

describe("the bundled model", () => {
  it("has an address for each file, written out for bundlers", () => {
    const source = readFileSync(new URL("../../dist/model/bundled.js", import.meta.url), "utf8");
    for (const name of Object.keys(BUNDLED)) {
      assert.ok(source.includes(`new URL("../../models/minilm/${name}", import.meta.url)`), name);
      assert.ok(BUNDLED[name].href.endsWith(`/models/minilm/${name}`));
    }
  });

  it("is read where a bundler has turned a file into a data: address", async () => {
    const seen = [];
    const onBytes = (...bytes) => seen.push(bytes);
    const base64 = await download(new URL("data:application/json;base64,eyJhIjoiw6QifQ=="), undefined, onBytes);
    const plain = await download(new URL("data:application/json,%7B%22a%22%3A%22%C3%A4%22%7D"), undefined, onBytes);
    assert.deepEqual(
      [base64, plain].map((bytes) => JSON.parse(new TextDecoder().decode(bytes))),
      [{ a: "ä" }, { a: "ä" }],
    );
    assert.deepEqual(seen, [
      [10, 10],
      [10, 10],
    ]);
  });

  it("is read from the disk in Node", async () => {
    const bytes = await download(new URL("../../package.json", import.meta.url), undefined, () => {});
    assert.equal(JSON.parse(new TextDecoder().decode(bytes)).name, "subtune");
    await assert.rejects(
      download(new URL("file:///no/such/file"), undefined, () => {}),
      { name: "DownloadFailed", message: /ENOENT/ },
    );
  });
});
