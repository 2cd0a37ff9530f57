// Bad inputs: the same words as in the terminal (tests/cli.rs), and the tuner stays usable.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { browser, workers } from "./browser.js";

const rows = (count, row) => Array.from({ length: count }, (_, index) => row(index)).join("");
const DATA = `text,label\n${rows(60, (i) => (i % 2 ? `bad poor ugly ${i},no\n` : `good fine nice ${i},yes\n`))}`;

const BAD_DATA = [
  ["empty.csv", "", {}, "empty.csv: "],
  ["header.csv", "text,label\n", {}, "header.csv, line 1: "],
  ["column.csv", DATA, { textColumn: "body" }, "column.csv: "],
  ["label.csv", DATA, { labelColumn: "topic" }, "label.csv: "],
  ["twice.csv", `one,two,label\n${rows(30, (i) => `aa bb ${i},cc dd ${i},${i % 2}\n`)}`, {}, "twice.csv: "],
  ["single.csv", `text,label\n${rows(30, (i) => `text number ${i},yes\n`)}`, {}, "single.csv: "],
  ["uneven.csv", "text,label\na,x\nb,y,z\n", {}, "uneven.csv, line 3: "],
  ["quote.csv", 'text,label\n"open,x\nb,y\n', {}, "quote.csv, line 2: "],
  ["broken.jsonl", '{"text": "a", "label": "x"}\n[1]\n', {}, "broken.jsonl, line 2: "],
  ["sheet.xlsx", "PK\u0003\u0004rest", {}, "sheet.xlsx: "],
  ["few.csv", "text,label\na,x\nb,y\n", {}, "training data: "],
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
    assert.deepEqual([content.textColumn, content.labelColumn, content.examples, found.fine.preview[0]], ["text", "label", 60, ["good fine nice 0", "yes"]]);
    assert.deepEqual(content.task, { kind: "classification", classes: [{ label: "no", examples: 30 }, { label: "yes", examples: 30 }] });
    assert.equal(found.good.value?.end.steps, 4, found.good.message);
    await page.close();
  });

  it("of a model are refused by file, and a good one loads afterwards", async () => {
    const { page } = await open();
    const found = await page.evaluate(async () => {
      const { outcome, Subtune, tinyModel } = await import("/www/tests/browser/page.js");
      const good = await tinyModel();
      const weights = good["model.safetensors"];
      const header = new Uint8Array(weights);
      header.fill(255, 0, 8);
      const encode = (text) => new TextEncoder().encode(text);
      const cases = {
        "model.safetensors": [new Uint8Array(), weights.slice(0, weights.length / 2), header, encode("\u0008\0\0\0\0\0\0\0not json"), encode("<html>")],
        "config.json": [encode("{}"), encode("no JSON"), encode('{"model_type": "gpt2"}')],
        "tokenizer.json": [encode("hello"), encode('{"a": 1}')],
      };
      const found = [];
      for (const [name, contents] of Object.entries(cases)) {
        for (const content of contents) {
          found.push([name, await outcome(Subtune.load({ model: { ...good, [name]: content }, device: "cpu" }))]);
        }
        const { [name]: _, ...rest } = good;
        found.push([name, await outcome(Subtune.load({ model: rest, device: "cpu" }))]);
      }
      const tuner = await Subtune.load({ model: good, device: "cpu" });
      return { found, name: tuner.model.name };
    });
    for (const [file, { name, message }] of found.found) {
      assert.equal(name, "InvalidModel", `${file}: ${message}`);
      assert.ok(message.includes(file) && !message.includes("\n"), `${file}: ${message}`);
    }
    assert.equal(found.name, "model");
    await workers(page, 1);
    await page.close();
  });
});
