// What `npm pack` makes, seen by who installs it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const www = fileURLToPath(new URL("../../", import.meta.url));
const tsc = join(www, "node_modules/typescript/bin/tsc");
const STRICT = { strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };

describe("the packed package", () => {
  let place;
  let packed;

  before(() => {
    place = mkdtempSync(join(tmpdir(), "subtune-package-"));
    const npm = (...words) => execFileSync("npm", words, { cwd: www, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    packed = JSON.parse(npm("pack", "--json", "--pack-destination", place))[0];
    writeFileSync(join(place, "package.json"), JSON.stringify({ private: true, type: "module" }));
    execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", join(place, packed.filename)], { cwd: place, stdio: "ignore" });
    for (const file of ["use.ts", "browser.ts"]) copyFileSync(new URL(file, import.meta.url), join(place, file));
  });

  after(() => rmSync(place, { recursive: true, force: true }));

  const compile = (files, options) => {
    const project = { compilerOptions: { ...STRICT, ...options }, files };
    writeFileSync(join(place, "tsconfig.json"), JSON.stringify(project));
    try {
      execFileSync(process.execPath, [tsc, "-p", place], { encoding: "utf8" });
    } catch (error) {
      assert.fail(error.stdout);
    }
  };

  it("holds what is needed, and nothing else", () => {
    const files = packed.files.map(({ path }) => path);
    const code = files.filter((path) => path.startsWith("dist/"));
    assert.ok(code.length > 0 && code.every((path) => /\.(js|d\.ts)$/.test(path)), code.join("\n"));
    assert.deepEqual(files.filter((path) => !path.startsWith("dist/")).sort(), [
      "LICENSE-APACHE",
      "LICENSE-MIT",
      "NOTICE",
      "README.md",
      "THIRD_PARTY_LICENSES.txt",
      "models/minilm/LICENSE",
      "models/minilm/LICENSE-MIT-microsoft-minilm",
      "models/minilm/README.md",
      "models/minilm/UPSTREAM_MODEL_CARD.md",
      "models/minilm/config.json",
      "models/minilm/model.safetensors",
      "models/minilm/special_tokens_map.json",
      "models/minilm/tokenizer.json",
      "models/minilm/tokenizer_config.json",
      "models/minilm/vocab.txt",
      "package.json",
      "wasm/products/plain-own.wasm",
      "wasm/products/plain-shared.wasm",
      "wasm/products/relaxed-own.wasm",
      "wasm/products/relaxed-shared.wasm",
      "wasm/subtune.js",
      "wasm/subtune_bg.wasm",
    ]);
  });

  it("depends on nothing", () => {
    assert.deepEqual(
      readdirSync(join(place, "node_modules")).filter((name) => !name.startsWith(".")),
      ["subtune"],
    );
  });

  it("has types for bundlers, in a browser", () => {
    compile(["use.ts", "browser.ts"], { target: "esnext", module: "esnext", moduleResolution: "bundler", types: [] });
  });

  it("has types for bundlers with an older target", () => {
    compile(["use.ts"], { target: "es2022", module: "esnext", moduleResolution: "bundler", types: [] });
  });

  it("has types for Node, without those of a browser", () => {
    const types = { types: ["node"], typeRoots: [join(www, "node_modules/@types")] };
    compile(["use.ts"], { target: "es2022", lib: ["es2022"], module: "nodenext", moduleResolution: "nodenext", ...types });
  });

  it("can be imported in Node", () => {
    const script = "import('subtune').then(({ Subtune }) => console.log(typeof Subtune.load))";
    assert.equal(execFileSync(process.execPath, ["-e", script], { cwd: place, encoding: "utf8" }).trim(), "function");
  });
});
