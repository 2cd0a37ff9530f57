import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { camel, snake } from "../../dist/case.js";
import { readData, texts } from "../../dist/inputs.js";
import { settings } from "../../dist/settings.js";

const text = async (source) => {
  const { name, bytes } = await readData(source);
  return [name, new TextDecoder().decode(bytes)];
};

describe("keys", () => {
  it("are camelCase outside and snake_case inside, numbers included", () => {
    const pairs = [
      ["num_train_epochs", "numTrainEpochs"],
      ["adam_beta1", "adamBeta1"],
      ["macro_f1", "macroF1"],
      ["seed", "seed"],
    ];
    for (const [inside, outside] of pairs) {
      assert.equal(snake(outside), inside);
      assert.deepEqual(camel({ [inside]: 1 }), { [outside]: 1 });
    }
  });

  it("are renamed at every depth, and values never", () => {
    const bytes = new Uint8Array([1]);
    assert.deepEqual(camel([{ best_step: null, per_class: [{ a_b: "c_d" }], bytes }]), [
      { bestStep: null, perClass: [{ aB: "c_d" }], bytes },
    ]);
  });
});

describe("settings", () => {
  it("go where the engine expects them", () => {
    const signal = new AbortController().signal;
    assert.deepEqual(
      settings({
        data: "x",
        signal,
        textColumn: "t",
        testSplit: 0,
        layers: 2,
        adamBeta1: 0.5,
        seed: undefined,
        learningRate: null,
        speling: 1,
      }),
      { data: { text_column: "t", test_split: 0, layers: 2 }, arguments: { adam_beta1: 0.5, learning_rate: null, speling: 1 } },
    );
  });

  it("have an empty pair where there is none", () => {
    assert.deepEqual(settings({ pairColumn: null }), { data: { pair_column: "" }, arguments: {} });
  });
});

describe("data", () => {
  it("may be a file, a blob, a string, named bytes or rows", async () => {
    const bytes = new TextEncoder().encode("a\tb");
    assert.deepEqual(await text(new File(["x"], "x.tsv")), ["x.tsv", "x"]);
    assert.deepEqual(await text(new Blob(["x"])), ["data.csv", "x"]);
    assert.deepEqual(await text("a,b\n"), ["data.csv", "a,b\n"]);
    assert.deepEqual(await text({ name: "y.tsv", bytes }), ["y.tsv", "a\tb"]);
    assert.deepEqual(await text({ name: "y.tsv", bytes: bytes.buffer }), ["y.tsv", "a\tb"]);
    assert.deepEqual(
      await text([
        { text: "a\n", label: 1 },
        { text: "b", label: null },
      ]),
      ["rows.jsonl", '{"text":"a\\n","label":1}\n{"text":"b","label":null}'],
    );
    assert.deepEqual(await text([]), ["rows.jsonl", ""]);
    assert.deepEqual(await text([undefined]), ["rows.jsonl", "null"]);
  });

  it("is refused otherwise", async () => {
    for (const wrong of [undefined, null, 5, {}, { name: "a", bytes: "b" }]) {
      await assert.rejects(readData(wrong), { name: "InvalidArgument", message: /expected a File/ });
    }
  });

  it("that cannot be read any more is named", async () => {
    const gone = new File(["x"], "gone.csv");
    gone.arrayBuffer = () => Promise.reject(new DOMException("it was changed", "NotReadableError"));
    await assert.rejects(readData(gone), { name: "InvalidData", message: "gone.csv: could not be read (it was changed); choose it again" });
  });
});

describe("texts", () => {
  it("may be single or pairs", () => {
    assert.deepEqual(texts(["a", { text: "b" }, { text: "c", pair: "d" }]), [
      { text: "a", pair: null },
      { text: "b", pair: null },
      { text: "c", pair: "d" },
    ]);
  });

  it("are refused otherwise, with their place", () => {
    assert.throws(() => texts("a"), { name: "InvalidArgument", message: /pass \[text\]/ });
    for (const wrong of [null, undefined, 1, {}, { text: "a", pair: 2 }]) {
      assert.throws(() => texts(["a", wrong]), { name: "InvalidArgument", message: /^texts\[1\]/ });
    }
  });
});
