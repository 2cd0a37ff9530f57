import type { ModelFileName } from "./layout.js";

/** Each address is a `new URL` of its own with a literal, which is what bundlers recognise as a file to take along. */
export const BUNDLED: Record<ModelFileName, URL> = {
  "config.json": new URL("../../models/minilm/config.json", import.meta.url),
  "tokenizer.json": new URL("../../models/minilm/tokenizer.json", import.meta.url),
  "tokenizer_config.json": new URL("../../models/minilm/tokenizer_config.json", import.meta.url),
  "special_tokens_map.json": new URL("../../models/minilm/special_tokens_map.json", import.meta.url),
  "vocab.txt": new URL("../../models/minilm/vocab.txt", import.meta.url),
  "model.safetensors": new URL("../../models/minilm/model.safetensors", import.meta.url),
};
