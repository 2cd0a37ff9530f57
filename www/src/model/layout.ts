/**
 * The files of a model, in the order in which they are read: small ones first, so that a wrong address fails before the weights are
 * fetched.
 */
export const MODEL_FILES = [
  { name: "config.json", needed: true },
  { name: "tokenizer.json", needed: true },
  { name: "tokenizer_config.json", needed: false },
  { name: "special_tokens_map.json", needed: false },
  { name: "vocab.txt", needed: false },
  // how a sentence model is pooled, and its prompt
  { name: "1_Pooling/config.json", needed: false },
  { name: "config_sentence_transformers.json", needed: false },
  { name: "model.safetensors", needed: true },
] as const;

export type ModelFileName = (typeof MODEL_FILES)[number]["name"];
