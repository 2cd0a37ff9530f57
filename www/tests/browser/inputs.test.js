// Bad inputs: the cases of the terminal (tests/cli.rs) in the same words, and the tuner stays usable.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { browser } from "./browser.js";

const rows = (count, row) => Array.from({ length: count }, (_, index) => row(index)).join("");
const DATA = `text,label\n${rows(60, (i) => (i % 2 ? `bad poor ugly ${i},no\n` : `good fine nice ${i},yes\n`))}`;

const BAD_DATA = [
  ["empty.csv", "", {}, "empty.csv: "],
  ["header.csv", "text,label\n", {}, "header.csv, line 1: "],
  ["column.csv", DATA, { textColumn: "body" }, 'column.csv: no column "body" (text_column); the columns are '],
  ["label.csv", DATA, { labelColumn: "topic" }, 'label.csv: no column "topic" (label_column); the columns are '],
  [
    "twice.csv",
    `one,two,label\n${rows(30, (i) => `aa bb ${i},cc dd ${i},${i % 2}\n`)}`,
    {},
    'twice.csv: several columns could be the text: "one", "two"; name it with text_column',
  ],
  ["single.csv", `text,label\n${rows(30, (i) => `text number ${i},yes\n`)}`, {}, "single.csv: "],
  ["uneven.csv", "text,label\na,x\nb,y,z\n", {}, "uneven.csv, line 3: "],
  ["quote.csv", 'text,label\n"open,x\nb,y\n', {}, "quote.csv, line 2: "],
  ["broken.jsonl", '{"text": "a", "label": "x"}\n{"text": \n{"text": "b", "label": "y"}\n', {}, "broken.jsonl, line 2: "],
  ["sheet.xlsx", "PK\u0003\u0004rest", {}, "sheet.xlsx: "],
  ["few.csv", "text,label\na,x\nb,y\n", { recipe: "plain" }, "training data: "],
];

const BAD_OPTIONS = [
  [{ method: "dps" }, "dps-dense"],
  [{ updateFraction: 0 }, "update_fraction is 0; expected a number above 0 and at most 1"],
  [{ layers: 3 }, "layers is 3; the model has 2, expected 1 to 2"],
  [{ maxLength: 64 }, "max_length is 64; the model reads at most 32 tokens"],
  [{ metricForBestModel: "speed" }, "metric_for_best_model is speed; expected one of loss, accuracy"],
  [{ testSplit: 1 }, "test_split is 1; expected a number from 0 to 0.9"],
  [{ learningRat: 1 }, "learning_rat"],
  [{ seed: 1.5 }, "1.5"],
];

const TENSOR = "bert.encoder.layer.0.output.dense.weight";

/** Weights whose header was changed, and what else may be wrong with a file of weights. */
function badWeights(good) {
  const size = Number(good.readBigUInt64LE(0));
  const tail = good.subarray(8 + size);
  const sized = (length, rest) => {
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(length);
    return Buffer.concat([head, rest]);
  };
  const changed = (change) => {
    const header = JSON.parse(good.toString("utf8", 8, 8 + size));
    change(header);
    const text = Buffer.from(JSON.stringify(header));
    return sized(BigInt(text.length), Buffer.concat([text, tail]));
  };
  const set = (field, value) => changed((header) => (header[TENSOR][field] = value));
  const moved = (move) => changed((header) => (header[TENSOR].data_offsets = move(header[TENSOR].data_offsets)));
  return {
    empty: Buffer.alloc(0),
    "a web page": Buffer.from("<html>"),
    truncated: good.subarray(0, good.length / 2),
    "giant header": sized(2n ** 64n - 1n, good.subarray(8)),
    "header of 99 MB that is not there": sized(99_000_000n, good.subarray(8)),
    "header that is no JSON": sized(8n, Buffer.concat([Buffer.from("not json"), good.subarray(8)])),
    "offsets past the end": moved(([begin]) => [begin, 2 ** 40]),
    "overlapping offsets": moved(() => [0, 3840]),
    "offsets that run backwards": moved(([begin]) => [begin + 8, begin]),
    "shape that overflows": set("shape", [Number.MAX_SAFE_INTEGER, 2 ** 40]),
    "shape of another size": set("shape", [24, 39]),
    "other shape of the same size": set("shape", [40, 24]),
    integers: set("dtype", "I32"),
    "a tensor missing": changed((header) => {
      header["something.else"] = header[TENSOR];
      delete header[TENSOR];
    }),
  };
}

function badConfigs(good) {
  const replaced = (...pairs) =>
    pairs.reduce((text, [name, value, other]) => text.replace(`"${name}": ${value}`, `"${name}": ${other}`), good);
  const all = {
    "another architecture": replaced(["model_type", '"bert"', '"gpt2"']),
    terabytes: replaced(["hidden_size", 24, 16383], ["vocab_size", 97, 2000000]),
    negative: replaced(["num_hidden_layers", 2, -2]),
    "no JSON": good.slice(0, good.length / 2),
    "another size": replaced(["intermediate_size", 40, 41]),
    nothing: "{}",
  };
  return Object.fromEntries(Object.entries(all).map(([what, text]) => [what, Buffer.from(text)]));
}

describe("bad inputs", () => {
  const open = browser();

  it("are refused by name and in the terminal's words, and a good run works afterwards", async () => {
    const { page } = await open();
    const found = await page.evaluate(
      async ({ badData, badOptions, good }) => {
        const { outcome, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
        const tuner = await Subtune.load({ model: await tinyModel(), device: "cpu" });
        const train = (options) => outcome(tuner.train({ maxLength: 32, maxSteps: 4, ...options }).result);
        const data = [];
        for (const [name, text, options] of badData) data.push(await train({ data: new File([text], name), ...options }));
        const settings = [];
        for (const [options] of badOptions) settings.push(await train({ data: good, ...options }));
        const other = new File(["text,label\nfine,yes\nso so,maybe\n"], "other.csv");
        return {
          data,
          settings,
          other: await train({ data: good, validationData: other }),
          unclear: await tuner.inspect(new File([badData[2][1]], "column.csv"), { textColumn: "body", maxLength: 32 }),
          unreadable: await outcome(tuner.inspect(new File([""], "empty.csv"), { maxLength: 32 })),
          fine: await tuner.inspect(good, { maxLength: 32 }),
          good: await train({ data: good }),
        };
      },
      { badData: BAD_DATA, badOptions: BAD_OPTIONS, good: DATA },
    );
    for (const [index, [name, , , expected]] of BAD_DATA.entries()) {
      const { name: kind, message } = found.data[index];
      assert.equal(kind, "InvalidData", `${name}: ${message}`);
      assert.ok(message.includes(expected) && !message.includes("\n"), `${name}: ${message}`);
    }
    for (const [index, [options, expected]] of BAD_OPTIONS.entries()) {
      const { name, message } = found.settings[index];
      assert.equal(name, "InvalidArgument", `${JSON.stringify(options)}: ${message}`);
      assert.ok(message.includes(expected), `${JSON.stringify(options)}: ${message}`);
    }
    assert.equal(found.other.name, "InvalidData");
    assert.ok(found.other.message.startsWith("other.csv, line 3: ") && found.other.message.includes("maybe"), found.other.message);
    assert.ok(found.unclear.content === null && found.unclear.problem.startsWith("column.csv: "), found.unclear.problem);
    assert.equal(found.unreadable.name, "InvalidData");
    const { content } = found.fine;
    assert.deepEqual(
      [content.textColumn, content.labelColumn, content.examples, found.fine.preview[0]],
      ["text", "label", 60, ["good fine nice 0", "yes"]],
    );
    assert.deepEqual(content.task, {
      kind: "classification",
      classes: [
        { label: "no", examples: 30 },
        { label: "yes", examples: 30 },
      ],
    });
    assert.equal(found.good.value?.end.steps, 4, found.good.message);
    await page.close();
  });

  it("of a model are refused by file, and a good one trains afterwards", async () => {
    const golden = new URL("../../../tests/golden/full/", import.meta.url);
    const cases = {
      "model.safetensors": badWeights(readFileSync(new URL("init.safetensors", golden))),
      "config.json": badConfigs(readFileSync(new URL("config.json", golden), "utf8")),
      "tokenizer.json": { "no JSON": Buffer.from("hello"), "another JSON": Buffer.from('{"a": 1}') },
    };
    const bad = Object.entries(cases).flatMap(([file, some]) =>
      Object.entries({ ...some, absent: undefined }).map(([what, content]) => ({ file, what, content: content?.toString("base64") })),
    );
    const { page } = await open();
    const found = await page.evaluate(
      async ({ bad, data }) => {
        const { outcome, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
        const good = await tinyModel();
        const train = async (model) => {
          // one engine for all, which each case must leave usable
          const tuner = await Subtune.load({ model, device: "cpu", worker: false });
          try {
            return (await tuner.train({ data, maxLength: 32, maxSteps: 1 }).result).end.steps;
          } finally {
            await tuner.dispose();
          }
        };
        const found = [];
        for (const { file, content } of bad) {
          const { [file]: _, ...rest } = good;
          const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          found.push(await outcome(train(content === undefined ? rest : { ...rest, [file]: bytes(content) })));
        }
        return { found, good: await outcome(train(good)) };
      },
      { bad, data: DATA },
    );
    for (const [index, { file, what }] of bad.entries()) {
      const { name, message, value } = found.found[index];
      assert.equal(name, "InvalidModel", `${file}, ${what}: ${message ?? value}`);
      // what contradicts the configuration may be named by the weights
      const named = file === "config.json" ? /^model\/|config\.json/ : new RegExp(file.replace(".", "\\."));
      assert.ok(named.test(message) && !message.includes("\n"), `${file}, ${what}: ${message}`);
    }
    assert.equal(found.good.value, 1, found.good.message);
    await page.close();
  });
});
