// TensorFlow.js's side: the same encoder, loss and AdamW from its own operations.
import * as shape from "./shape.js";

const { tf } = globalThis;
const DECAY = 0.01;

export async function tensorflowSteps() {
  await tf.setBackend("webgpu");
  await tf.ready();
  const variables = Object.fromEntries(
    [...shape.parameters(), ["classifier.weight", [shape.LABELS, shape.HIDDEN]], ["classifier.bias", [shape.LABELS]]].map(
      ([name, dims]) => [name, tf.variable(tf.tensor(shape.start(name, dims), dims), true, name)],
    ),
  );
  const decayed = Object.entries(variables).filter(([name, { rank }]) => rank === 2 && !name.endsWith("bias")).map(([, one]) => one);
  const adam = tf.train.adam(shape.LEARNING_RATE, 0.9, 0.999, 1e-8);
  const times = [];
  for (let step = 0; step < shape.STEPS; step++) {
    const began = performance.now();
    const loss = tf.tidy(() => {
      const cells = shape.BATCH * shape.LENGTH;
      const ids = tf.tensor2d(Int32Array.from({ length: cells }, (_, i) => 1000 + ((i + step) * 7919) % 20000), [shape.BATCH, shape.LENGTH], "int32");
      const labels = tf.oneHot(tf.tensor1d(Int32Array.from({ length: shape.BATCH }, (_, i) => i % 2), "int32"), shape.LABELS);
      const { value, grads } = tf.variableGrads(() => tf.losses.softmaxCrossEntropy(labels, forward(variables, ids)));
      const norm = tf.sqrt(tf.addN(Object.values(grads).map((gradient) => gradient.square().sum())));
      const scale = tf.minimum(1, tf.div(1, norm.add(1e-6)));
      for (const one of decayed) one.assign(one.mul(1 - shape.LEARNING_RATE * DECAY));
      adam.applyGradients(Object.fromEntries(Object.entries(grads).map(([name, gradient]) => [name, gradient.mul(scale)])));
      return value;
    });
    await loss.data();
    loss.dispose();
    times.push(performance.now() - began);
  }
  tf.disposeVariables();
  return times;
}

function forward(variables, ids) {
  const linear = (name, x) => tf.matMul(x, variables[`${name}.weight`], false, true).add(variables[`${name}.bias`]);
  const normal = (name, x) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return x.sub(mean).mul(variance.add(1e-12).rsqrt()).mul(variables[`${name}.weight`]).add(variables[`${name}.bias`]);
  };
  const { BATCH, LENGTH, HIDDEN, HEADS } = shape;
  const size = HIDDEN / HEADS;
  const split = (x) => x.reshape([BATCH, LENGTH, HEADS, size]).transpose([0, 2, 1, 3]);
  const positions = variables["embeddings.position_embeddings.weight"].slice([0, 0], [LENGTH, HIDDEN]);
  const types = variables["embeddings.token_type_embeddings.weight"].gather(tf.zeros([BATCH, LENGTH], "int32"));
  const embedded = variables["embeddings.word_embeddings.weight"].gather(ids).add(types).add(positions);
  let hidden = normal("embeddings.LayerNorm", embedded.reshape([BATCH * LENGTH, HIDDEN]));
  for (let i = 0; i < shape.LAYERS; i++) {
    const at = (name) => `encoder.layer.${i}.${name}`;
    const [query, key, value] = ["query", "key", "value"].map((part) => split(linear(at(`attention.self.${part}`), hidden)));
    const probabilities = tf.softmax(tf.matMul(query, key, false, true).mul(1 / Math.sqrt(size)));
    const context = tf.matMul(probabilities, value).transpose([0, 2, 1, 3]).reshape([BATCH * LENGTH, HIDDEN]);
    const attended = normal(at("attention.output.LayerNorm"), linear(at("attention.output.dense"), context).add(hidden));
    const wide = linear(at("intermediate.dense"), attended);
    const active = wide.mul(0.5).mul(tf.erf(wide.mul(Math.SQRT1_2)).add(1));
    hidden = normal(at("output.LayerNorm"), linear(at("output.dense"), active).add(attended));
  }
  const first = hidden.reshape([BATCH, LENGTH, HIDDEN]).slice([0, 0, 0], [BATCH, 1, HIDDEN]).reshape([BATCH, HIDDEN]);
  return linear("classifier", tf.tanh(linear("pooler.dense", first)));
}
