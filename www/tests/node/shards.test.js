// A model whose weights are in several files is the same model.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";

import { Subtune } from "../../dist/index.js";
import { data, tinyModel } from "../browser/page.js";

const root = new URL("../../../", import.meta.url);

/** Divides the tensors of a safetensors file among two files, and writes their index. */
function divided(bytes) {
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__: _, ...tensors } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  const names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const all = Object.entries(tensors);
  const files = Object.fromEntries(names.map((name, part) => [name, file(all.filter((_, at) => at % 2 === part))]));
  const weight_map = Object.fromEntries(all.map(([tensor], at) => [tensor, names[at % 2]]));
  return { ...files, "model.safetensors.index.json": new TextEncoder().encode(JSON.stringify({ weight_map })) };

  function file(tensors) {
    let end = 0;
    const header = {};
    const contents = tensors.map(([name, { data_offsets, ...about }]) => {
      const content = bytes.subarray(...data_offsets.map((offset) => 8 + headerLength + offset));
      header[name] = { ...about, data_offsets: [end, (end += content.length)] };
      return content;
    });
    const text = new TextEncoder().encode(JSON.stringify(header));
    const length = new Uint8Array(new BigUint64Array([BigInt(text.length)]).buffer);
    return new Uint8Array(Buffer.concat([length, text, ...contents]));
  }
}

it("a model whose weights are in several files trains to the same weights", async () => {
  const whole = await tinyModel((path) => new Uint8Array(readFileSync(new URL(path, root))));
  const { "model.safetensors": weights, ...others } = whole;
  const trained = async (model) => {
    const tuner = await Subtune.load({ model, device: "cpu" });
    await tuner.train({ data: data(), maxLength: 32, maxSteps: 2, validationSplit: 0, testSplit: 0 }).result;
    const files = await tuner.export();
    await tuner.dispose();
    return files["model.safetensors"];
  };
  const parts = divided(weights);
  assert.deepEqual(await trained({ ...others, ...parts }), await trained(whole));

  const { "model-00002-of-00002.safetensors": __, ...incomplete } = { ...others, ...parts };
  await assert.rejects(Subtune.load({ model: incomplete, device: "cpu" }), {
    name: "InvalidModel",
    message: /index\.json: names the file "model-00002-of-00002\.safetensors", which is missing/,
  });
});
