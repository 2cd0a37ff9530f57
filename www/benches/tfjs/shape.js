// The model that both engines train, and how.
export const VOCABULARY = 30522;
export const HIDDEN = 128;
export const LAYERS = 2;
export const HEADS = 2;
export const INTERMEDIATE = 512;
export const POSITIONS = 512;
export const LABELS = 2;
export const BATCH = 8;
export const LENGTH = 32;
export const STEPS = 6;
export const LEARNING_RATE = 1e-4;

/** Hugging Face's names and shapes of the parameters of the encoder. */
export function parameters() {
  const vector = (name, size) => [
    [`${name}.weight`, [size]],
    [`${name}.bias`, [size]],
  ];
  const linear = (name, outputs, inputs) => [
    [`${name}.weight`, [outputs, inputs]],
    [`${name}.bias`, [outputs]],
  ];
  const layer = (_, i) => {
    const at = (name) => `encoder.layer.${i}.${name}`;
    return [
      ...["query", "key", "value"].flatMap((part) => linear(at(`attention.self.${part}`), HIDDEN, HIDDEN)),
      ...linear(at("attention.output.dense"), HIDDEN, HIDDEN),
      ...vector(at("attention.output.LayerNorm"), HIDDEN),
      ...linear(at("intermediate.dense"), INTERMEDIATE, HIDDEN),
      ...linear(at("output.dense"), HIDDEN, INTERMEDIATE),
      ...vector(at("output.LayerNorm"), HIDDEN),
    ];
  };
  return [
    ["embeddings.word_embeddings.weight", [VOCABULARY, HIDDEN]],
    ["embeddings.position_embeddings.weight", [POSITIONS, HIDDEN]],
    ["embeddings.token_type_embeddings.weight", [2, HIDDEN]],
    ...vector("embeddings.LayerNorm", HIDDEN),
    ...Array.from({ length: LAYERS }, layer).flat(),
    ...linear("pooler.dense", HIDDEN, HIDDEN),
  ];
}

/** Where a parameter starts: LayerNorm at 1 and 0, the others small and random, the same in each call. */
export function start(name, shape) {
  const size = shape.reduce((a, b) => a * b, 1);
  if (name.endsWith("LayerNorm.weight")) return new Float32Array(size).fill(1);
  if (name.endsWith("bias")) return new Float32Array(size);
  let state = 12345;
  return Float32Array.from({ length: size }, () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return (state / 2 ** 32 - 0.5) * 0.07;
  });
}
