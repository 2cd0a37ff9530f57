// The ONNX files of the engine are, byte for byte, those that the program writes: tests/onnx.rs compares the same hashes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { Subtune } from "../../dist/index.js";
import { tinyModel } from "../browser/page.js";

const root = new URL("../../../", import.meta.url);
const FILES = { float32: "onnx/model.onnx", float16: "onnx/model_fp16.onnx", q8: "onnx/model_quantized.onnx" };

describe("an ONNX export", () => {
  it("has the bytes that the program writes", async () => {
    const model = await tinyModel((path) => new Uint8Array(readFileSync(new URL(path, root))));
    const tuner = await Subtune.load({ model, device: "cpu" });
    const found = {};
    for (const [dtype, name] of Object.entries(FILES)) {
      const files = await tuner.export({ format: "onnx", dtype });
      assert.deepEqual(Object.keys(files).sort(), ["config.json", name, "tokenizer.json", "tokenizer_config.json"]);
      found[dtype] = createHash("sha256").update(files[name]).digest("hex");
      const text = (file) => JSON.parse(new TextDecoder().decode(files[file]));
      assert.deepEqual(text("config.json")["transformers.js_config"], { dtype: { float32: "fp32", float16: "fp16", q8: "q8" }[dtype] });
      assert.equal(text("tokenizer_config.json").model_max_length, 32);
    }
    assert.deepEqual(found, JSON.parse(readFileSync(new URL("tests/onnx/hashes.json", root), "utf8")).cls);
    await assert.rejects(tuner.export({ dtype: "q8" }), { name: "InvalidArgument", message: /dtype q8 is for ONNX alone/ });
    await tuner.dispose();
  });
});
