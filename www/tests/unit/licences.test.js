// What stands in the licences of others' works, and that none can be left out.
import assert from "node:assert/strict";
import { it } from "node:test";

import { crates, licences, packages } from "../../scripts/licences.js";

const one = { name: "one", version: "1.0.0", licence: "MIT", source: "https://one.example", texts: ["Copyright one\nMIT"] };

it("name each work, with each text once", () => {
  const other = { ...one, name: "other", texts: ["Copyright  one\r\nMIT\n", "its notice"] };
  const said = licences([one, other]);
  assert.match(said, /^one 1\.0\.0: MIT \[1\]\n {4}https:\/\/one\.example\nother 1\.0\.0: MIT \[1\] \[2\]$/m);
  assert.equal(said.match(/Copyright one/g).length, 1);
  assert.match(said, /\[2\]\n\nits notice\n$/);
});

it("are refused where a work has no text", () => {
  for (const texts of [[], ["  \n"]]) {
    assert.throws(() => licences([one, { ...one, name: "bare", version: "2.0.0", licence: "Other", texts }]), {
      message: "no licence text was found for bare 2.0.0 (Other)",
    });
  }
});

it("hold what is compiled for a target, and nothing of what is not", () => {
  const found = crates("wasm32-unknown-unknown");
  const names = found.map(({ name }) => name);
  for (const name of ["Rust's standard library", "burn", "wgpu", "tokenizers", "js-sys"]) assert.ok(names.includes(name), name);
  for (const name of ["subtune", "clap", "indicatif", "mimalloc", "proptest", "burn-cuda"]) assert.ok(!names.includes(name), name);
  const said = licences(found);
  for (const text of ["Apache License", "Permission is hereby granted, free of charge", "Mozilla Public License", "UNICODE LICENSE"])
    assert.ok(said.includes(text), text);
  const native = crates("x86_64-unknown-linux-gnu");
  // of the library in C, too
  assert.ok(native.find(({ name }) => name === "libmimalloc-sys").texts.some((text) => text.includes("Microsoft")));
  licences(native);
});

it("hold what is bundled, and nothing of what was left out", () => {
  const inputs = {
    "node_modules/preact/dist/preact.mjs": { bytesInOutput: 9 },
    "../www/node_modules/@preact/signals/dist/x.mjs": { bytesInOutput: 9 },
    "node_modules/uplot/x.js": { bytesInOutput: 0 },
    "page/main.tsx": { bytesInOutput: 9 },
  };
  const own = packages({ outputs: { "site/app.js": { inputs } } }).map(({ name, texts }) => [name, texts.length]);
  assert.deepEqual(own.sort(), [
    ["@preact/signals", 1],
    ["preact", 1],
  ]);
});
