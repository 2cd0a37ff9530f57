import type { ModelFileName } from "./layout.js";

/**
 * The files of the bundled model. For the engine only: a bundler ships them with each bundle that has this module. Each address is a
 * `new URL` with a literal, which bundlers recognise.
 */
export const BUNDLED: Partial<Record<ModelFileName, URL>> = {
  "config.json": new URL("../../models/minilm/config.json", import.meta.url),
  "tokenizer.json": new URL("../../models/minilm/tokenizer.json", import.meta.url),
  "tokenizer_config.json": new URL("../../models/minilm/tokenizer_config.json", import.meta.url),
  "special_tokens_map.json": new URL("../../models/minilm/special_tokens_map.json", import.meta.url),
  "vocab.txt": new URL("../../models/minilm/vocab.txt", import.meta.url),
  "model.safetensors": new URL("../../models/minilm/model.safetensors", import.meta.url),
};
