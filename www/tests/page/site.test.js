// What is served: how much of it is needed to see the page, and where it points to.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { SITE } from "./browser.js";

const read = (file) => readFileSync(join(SITE, file), "utf8");

test("HTML, CSS and JavaScript of the first paint are under 150 kB", () => {
  const html = read("index.html");
  const files = ["index.html", ...[...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, file]) => file)];
  assert.deepEqual(files, ["index.html", "app.css", "app.js"]);
  // and what the script imports at once
  for (const [, file] of read("app.js").matchAll(/(?:^|[;}])import(?:[^"'()]*?from)?\s*["']\.\/([^"']+)["']/g)) files.push(file);
  const bytes = files.map((file) => brotliCompressSync(readFileSync(join(SITE, file))).length).reduce((sum, size) => sum + size);
  assert.ok(bytes < 150_000, `${bytes} bytes`);
});

test("addresses are relative, and the licences are there", () => {
  const sources = ["index.html", ...readdirSync(SITE).filter((file) => /\.(js|css)$/.test(file))];
  const elsewhere = sources.flatMap((file) =>
    [...read(file).matchAll(/(?:https?:)?\/\/[a-z0-9-]+\.[a-z]{2,}[^\s"'`)]*/g)].map(([url]) => `${file}: ${url}`),
  );
  // names of XML languages are no addresses, and a person may follow a link to where models are
  assert.deepEqual(
    elsewhere.filter((found) => !/:\/\/(www\.w3\.org\/|huggingface\.co\/\$)/.test(found)),
    [],
  );
  assert.deepEqual([...read("index.html").matchAll(/(?:src|href)="\/[^"]*"/g)], []);
  for (const name of ["preact", "@preact/signals", "uplot", "fflate"])
    assert.match(read("licences/page.txt"), new RegExp(`^${name} \\d`, "m"));
  for (const name of ["burn", "wgpu", "tokenizers", "wasm-bindgen"])
    assert.match(read("licences/engine.txt"), new RegExp(`^${name} \\d`, "m"));
  for (const [file] of read("app.js").matchAll(/licences\/[\w.-]+\.txt/g)) assert.ok(existsSync(join(SITE, file)), file);
});

test("the recorded engine is not part of the site", () => {
  assert.ok(!read("subtune/wasm/subtune.js").includes("recordedModule"));
  assert.ok(readFileSync(join(SITE, "subtune/wasm/subtune_bg.wasm")).subarray(0, 4).equals(Buffer.from("\0asm")));
});
