// subtune's side: a model folder in memory, and texts that fill a batch.
import { Subtune } from "../../dist/index.js";
import * as shape from "./shape.js";

export async function subtuneSteps() {
  const files = {
    "config.json": json({
      model_type: "bert",
      vocab_size: shape.VOCABULARY,
      hidden_size: shape.HIDDEN,
      num_hidden_layers: shape.LAYERS,
      num_attention_heads: shape.HEADS,
      intermediate_size: shape.INTERMEDIATE,
      max_position_embeddings: shape.POSITIONS,
    }),
    "model.safetensors": safetensors(),
    "tokenizer.json": new Uint8Array(await (await fetch("/models/minilm/tokenizer.json")).arrayBuffer()),
  };
  const words = ["time", "year", "people", "way", "day", "man", "thing", "woman", "life", "child", "world", "school"];
  const text = (row) =>
    Array.from({ length: shape.LENGTH + 8 }, (_, i) => words[(row * 5 + i * 7 + (i % (row + 2))) % words.length]).join(" ");
  const data = Array.from({ length: shape.BATCH * shape.STEPS }, (_, row) => ({ text: `${text(row)} ${row}`, label: row % 2 ? "a" : "b" }));
  const tuner = await Subtune.load({ model: files, device: "webgpu" });
  const run = tuner.train({
    data,
    method: "full",
    validationSplit: 0,
    testSplit: 0,
    maxLength: shape.LENGTH,
    perDeviceTrainBatchSize: shape.BATCH,
    maxSteps: shape.STEPS,
    learningRate: shape.LEARNING_RATE,
    loggingSteps: 1,
  });
  const times = [];
  let last = performance.now();
  for await (const event of run) {
    const now = performance.now();
    if (event.type === "step") times.push(now - last);
    if (event.type === "step" || event.type === "start") last = now;
  }
  await tuner.dispose();
  return times;
}

const json = (value) => new TextEncoder().encode(JSON.stringify(value));

function safetensors() {
  const header = {};
  let end = 0;
  for (const [name, dims] of shape.parameters()) {
    const begin = end;
    end += 4 * dims.reduce((a, b) => a * b, 1);
    header[name] = { dtype: "F32", shape: dims, data_offsets: [begin, end] };
  }
  const text = json(header);
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.fill(32, 8, 8 + padded).set(text, 8);
  for (const [name, dims] of shape.parameters()) {
    bytes.set(new Uint8Array(shape.start(name, dims).buffer), 8 + padded + header[name].data_offsets[0]);
  }
  return bytes;
}
