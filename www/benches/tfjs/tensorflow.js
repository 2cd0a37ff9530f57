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
  const decayed = Object.entries(variables)
    .filter(([name, { rank }]) => rank === 2 && !name.endsWith("bias"))
    .map(([, one]) => one);
  const adam = tf.train.adam(shape.LEARNING_RATE, 0.9, 0.999, 1e-8);
  const times = [];
  for (let step = 0; step < shape.STEPS; step++) {
    const began = performance.now();
    const loss = tf.tidy(() => {
      const cells = shape.BATCH * shape.LENGTH;
      const ids = tf.tensor2d(
        Int32Array.from({ length: cells }, (_, i) => 1000 + (((i + step) * 7919) % 20000)),
        [shape.BATCH, shape.LENGTH],
        "int32",
      );
      const labels = tf.oneHot(
        tf.tensor1d(
          Int32Array.from({ length: shape.BATCH }, (_, i) => i % 2),
          "int32",
        ),
        shape.LABELS,
      );
      const { value, grads } = tf.variableGrads(() => tf.losses.softmaxCrossEntropy(labels, forward(variables, ids)));
      const norm = tf.sqrt(tf.addN(Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)))));
      const scale = tf.minimum(1, tf.div(1, tf.add(norm, 1e-6)));
      for (const one of decayed) one.assign(tf.mul(one, 1 - shape.LEARNING_RATE * DECAY));
      adam.applyGradients(Object.fromEntries(Object.entries(grads).map(([name, gradient]) => [name, tf.mul(gradient, scale)])));
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
  const weight = (name) => variables[`${name}.weight`];
  const linear = (name, x) => tf.add(tf.matMul(x, weight(name), false, true), variables[`${name}.bias`]);
  const normal = (name, x) => {
    const { mean, variance } = tf.moments(x, -1, true);
    const centred = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-12)));
    return tf.add(tf.mul(centred, weight(name)), variables[`${name}.bias`]);
  };
  const { BATCH, LENGTH, HIDDEN, HEADS } = shape;
  const size = HIDDEN / HEADS;
  const swapped = (x) => tf.transpose(x, [0, 2, 1, 3]);
  const split = (x) => swapped(tf.reshape(x, [BATCH, LENGTH, HEADS, size]));
  const positions = tf.slice(weight("embeddings.position_embeddings"), [0, 0], [LENGTH, HIDDEN]);
  const types = tf.gather(weight("embeddings.token_type_embeddings"), tf.zeros([BATCH, LENGTH], "int32"));
  const embedded = tf.add(tf.add(tf.gather(weight("embeddings.word_embeddings"), ids), types), positions);
  let hidden = normal("embeddings.LayerNorm", tf.reshape(embedded, [BATCH * LENGTH, HIDDEN]));
  for (let i = 0; i < shape.LAYERS; i++) {
    const at = (name) => `encoder.layer.${i}.${name}`;
    const [query, key, value] = ["query", "key", "value"].map((part) => split(linear(at(`attention.self.${part}`), hidden)));
    const probabilities = tf.softmax(tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(size)));
    const context = tf.reshape(swapped(tf.matMul(probabilities, value)), [BATCH * LENGTH, HIDDEN]);
    const attended = normal(at("attention.output.LayerNorm"), tf.add(linear(at("attention.output.dense"), context), hidden));
    const wide = linear(at("intermediate.dense"), attended);
    const active = tf.mul(tf.mul(wide, 0.5), tf.add(tf.erf(tf.mul(wide, Math.SQRT1_2)), 1));
    hidden = normal(at("output.LayerNorm"), tf.add(linear(at("output.dense"), active), attended));
  }
  const first = tf.slice(tf.reshape(hidden, [BATCH, LENGTH, HIDDEN]), [0, 0, 0], [BATCH, 1, HIDDEN]);
  return linear("classifier", tf.tanh(linear("pooler.dense", tf.reshape(first, [BATCH, HIDDEN]))));
}
