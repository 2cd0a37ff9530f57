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

/** The index of weights in several files, instead of `model.safetensors`. */
export const INDEX = "model.safetensors.index.json";

/** Whether a file can be one of those that an index names. */
export function isShard(name: string): boolean {
  return /^[\w-][\w.-]{0,186}\.safetensors$/.test(name);
}

/** Those names that belong to a model, in the order in which they are read. */
export function namesOfModel(names: readonly string[]): string[] {
  const known = MODEL_FILES.map(({ name }) => name as string).filter((name) => names.includes(name));
  if (known.includes("model.safetensors") || !names.includes(INDEX)) return known;
  return [...known, INDEX, ...names.filter(isShard)];
}

export type ModelFileName = (typeof MODEL_FILES)[number]["name"];
