// The example in Node as a person would start it. Without the optional package webgpu, so on the CPU.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { CSV } from "./data.js";

const www = fileURLToPath(new URL("../../", import.meta.url));

describe("the example in Node", () => {
  let place;

  before(() => {
    place = mkdtempSync(join(tmpdir(), "subtune-example-"));
    cpSync(join(www, "examples/node"), place, { recursive: true, filter: (path) => !path.includes("node_modules") });
    const settings = readFileSync(join(place, "package.json"), "utf8").replace("file:../..", `file:${www}`);
    writeFileSync(join(place, "package.json"), settings);
    writeFileSync(join(place, "reviews.csv"), CSV);
    execFileSync("npm", ["install", "--omit=optional", "--no-audit", "--no-fund"], { cwd: place, stdio: "ignore" });
  });

  after(() => rmSync(place, { recursive: true, force: true }));

  it("trains on a file and writes a model", () => {
    const said = execFileSync(process.execPath, ["train.js", "reviews.csv", "out"], { cwd: place, encoding: "utf8" });
    assert.match(said, /^CPU: /);
    assert.match(said, /\ncross_validation {2}\{.*"examples":40,.*"accuracy":/);
    const written = readdirSync(join(place, "out"));
    for (const file of ["config.json", "model.safetensors", "tokenizer.json", "README.md", "report.html"])
      assert.ok(written.includes(file), file);
  });
});
