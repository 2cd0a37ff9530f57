// What the recordings are of: data files, and what is asked of the engine with each. The tests of the page upload the same files.
import { readFileSync } from "node:fs";
import { strToU8, zipSync } from "fflate";

const samples = new URL("../../../samples/", import.meta.url);
const encode = (text) => new TextEncoder().encode(text);
const rows = (count, row) => Array.from({ length: count }, (_, at) => row(at)).join("\n");
const csv = (name, text) => ({ name, bytes: encode(text) });
const sample = (path) => ({ name: path.split("/").at(-1), bytes: new Uint8Array(readFileSync(new URL(path, samples))) });

/** Data files of the page's states, by the name of the file. */
export const FILES = {
  checks: csv(
    "mine.csv",
    `text,label\n${"again,a\n".repeat(14)}${rows(30, (at) => `text number ${at} which is a bit longer,${at % 5 ? "b" : "rare"}`)}\n,a\nagain,b\n${"very long words ".repeat(60)},b\n`,
  ),
  understood: csv(
    "answers.csv",
    `id,text,label,note\n${rows(60, (at) => `${at},a message about number ${at} of the list,${at % 9 === 4 ? "" : at % 2 ? "refund" : "delivery"},n`)}\n`,
  ),
  // two columns that could be the label, neither by its name
  tickets: csv(
    "tickets.csv",
    `text,desk,urgent\n${rows(40, (at) => `a ticket with number ${at},${at % 2 ? "billing" : "support"},${at % 3 ? "no" : "yes"}`)}\n`,
  ),
  // titles that are longer than the bodies
  posts: csv(
    "posts.csv",
    `title,body,label\n${rows(40, (at) => `the long title of the post with number ${at},what stands in post ${at} is shorter,${at % 2 ? "keep" : "remove"}`)}\n`,
  ),
  cases: csv("cases.csv", `text,label\n${rows(45, (at) => `a text with number ${at},${["Billing", "billing", "delivery"][at % 3]}`)}\n`),
  stars: csv("stars.csv", `review,stars\n${rows(90, (at) => `review number ${at} of a place,${(1 + ((at * 7) % 41) / 10).toFixed(1)}`)}\n`),
  topics: csv(
    "topics.csv",
    `text,topic\n${rows(98, (at) => `${TOPICS()[at % 14][1]} ${Math.floor(at / 14) + 2} times,${TOPICS()[at % 14][0]}`)}\n`,
  ),
  broken: csv("broken.csv", "text,label\none,a\ntwo,b,c\n"),
  notes: csv("notes.csv", "text,other\none,a\ntwo,b\n"),
  /** Without labels, and as the page downloads it with some. */
  messages: csv("messages.csv", `text\n${rows(60, MESSAGE)}\n`),
  labelled: csv(
    "messages-labelled.csv",
    `text,label\n${rows(60, (at) => `${MESSAGE(at)},${at < 30 ? ["refund", "delivery"][at % 2] : ""}`)}\n`,
  ),
  survey: {
    name: "survey.xlsx",
    bytes: workbook({
      Answers: [["text", "label"], ...Array.from({ length: 40 }, (_, at) => [`an answer with number ${at}`, at % 2 ? "yes" : "no"])],
      Notes: [
        ["what", "who"],
        ["nothing", "nobody"],
      ],
    }),
  },
};

/** Its first word tells the class. */
export function MESSAGE(at) {
  return `${["money", "parcel", "refund", "driver"][at % 4]} question number ${at} of a customer`;
}

/** More classes than a table of confusions shows. */
function TOPICS() {
  return [
    ["weather", "it rained hard"],
    ["food", "we ate soup"],
    ["travel", "the train was late"],
    ["money", "the bank called"],
    ["sport", "she won the match"],
    ["music", "he played the drums"],
    ["health", "the doctor came"],
    ["school", "the teacher asked"],
    ["work", "my boss wrote"],
    ["garden", "the roses bloomed"],
    ["pets", "the dog barked"],
    ["cars", "the engine stalled"],
    ["films", "the film was shown"],
    ["phones", "the phone rang"],
  ];
}

/** The least that a spreadsheet program opens, always of the same bytes. */
function workbook(sheets) {
  const names = Object.keys(sheets);
  const cells = (row) => row.map((text) => `<c t="inlineStr"><is><t>${text}</t></is></c>`).join("");
  const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const related = (targets) =>
    `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${targets.map(([kind, target], at) => `<Relationship Id="r${at}" Type="${kinds}/${kind}" Target="${target}"/>`).join("")}</Relationships>`;
  const type = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  const parts = {
    "[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${type}.sheet.main+xml"/>${names.map((_, at) => `<Override PartName="/xl/worksheets/sheet${at}.xml" ContentType="${type}.worksheet+xml"/>`).join("")}</Types>`,
    "_rels/.rels": related([["officeDocument", "xl/workbook.xml"]]),
    "xl/workbook.xml": `<workbook xmlns="${main}" xmlns:r="${kinds}"><sheets>${names.map((name, at) => `<sheet name="${name}" sheetId="${at + 1}" r:id="r${at}"/>`).join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": related(names.map((_, at) => ["worksheet", `worksheets/sheet${at}.xml`])),
  };
  names.forEach((name, at) => {
    const data = sheets[name].map((row) => `<row>${cells(row)}</row>`).join("");
    parts[`xl/worksheets/sheet${at}.xml`] = `<worksheet xmlns="${main}"><sheetData>${data}</sheetData></worksheet>`;
  });
  const files = Object.fromEntries(
    Object.entries(parts).map(([name, text]) => [name, strToU8(`<?xml version="1.0" encoding="UTF-8"?>${text}`)]),
  );
  return zipSync(files, { mtime: new Date(2000, 0, 1) });
}

/** Texts and labels that a model 24 wide can learn from; each of the three kinds of task. */
export const SMALL = {
  classes: csv("data.csv", `text,label\n${rows(40, (at) => (at % 2 ? `bad poor ugly ${at},no` : `good fine nice ${at},yes`))}\n`),
  pairs: csv(
    "pairs.csv",
    `text,text2,label\n${rows(40, (at) => `a dog runs ${at},${at % 2 ? "an animal moves" : "a cat sleeps"},${at % 2 ? "follows" : "contradicts"}`)}\n`,
  ),
  numbers: csv(
    "numbers.csv",
    `text,stars\n${rows(40, (at) => `place ${at} ${"good ".repeat(at % 5)},${(1 + (at % 5) * 0.9).toFixed(1)}`)}\n`,
  ),
};

const TINY = { maxLength: 32, perDeviceTrainBatchSize: 8, loggingSteps: 1 };
const HELD_OUT = { recipe: "plain", validationSplit: 0.2, testSplit: 0.2 };

const SHORT = { maxLength: 32, loggingSteps: 1 };
/** The first model, as the page asks for it. */
const FIRST = { selfTraining: "off", method: "probe", validationSplit: 0, testSplit: 0, crossValidationFolds: 0 };

/** Texts to predict, as the page's samples offer them. */
const TRIES = {
  spam: [
    "Congratulations! You have won a free cruise. Call 0900 123 456 now to claim your prize.",
    "Running late, start without me. See you at the station?",
  ],
  pairs: [
    { text: "A man plays the guitar on a stage.", pair: "Someone makes music." },
    { text: "A man plays the guitar on a stage.", pair: "The man is asleep." },
  ],
  any: ["A place that is fine"],
};

/**
 * What is asked of the engine: `model` reads the data, and `trained` is trained, if it is another one. A run is cut after `upTo` steps where the rest of it is of no use; with `stop`, the same run is also
 * recorded as it ends when it is stopped; with `predict`, what its model says of these texts.
 */
export const CASES = {
  /** For the package's tests: a model 24 wide. It is recorded again whenever the tests run, and must still have this shape. */
  unit: {
    model: "tiny",
    device: "cpu",
    inspections: [
      { file: SMALL.classes, options: { maxLength: 32 } },
      { file: SMALL.pairs, options: { maxLength: 32, pairColumn: "text2" } },
      { file: SMALL.numbers, options: { maxLength: 32, task: "regression" } },
      { file: csv("empty.csv", "") },
    ],
    runs: [
      { files: { train: SMALL.classes }, options: { ...TINY, ...HELD_OUT, maxSteps: 9 }, stop: true, predict: ["good", "bad"] },
      {
        files: { train: SMALL.pairs },
        options: { ...TINY, pairColumn: "text2", maxSteps: 6 },
        stop: true,
        predict: [{ text: "a dog runs", pair: "a cat sleeps" }],
      },
      { files: { train: SMALL.numbers }, options: { ...TINY, task: "regression", maxSteps: 6 }, predict: ["good place"] },
      { files: { train: SMALL.classes }, options: { ...TINY, method: "probe" }, predict: ["good"] },
      {
        files: { train: SMALL.classes },
        options: { ...TINY, method: "child-tuning-d", stage: "contrastive", maxSteps: 4, crossValidationFolds: 0 },
        predict: ["good"],
      },
      {
        files: { train: SMALL.classes },
        options: { ...TINY, ...HELD_OUT, learningRate: 1, weightDecay: 1e6, method: "full", maxSteps: 20 },
      },
    ],
    evaluate: SMALL.classes,
    others: true,
  },
  /** For the tests of the page: the bundled model reads the data, and the small one trains, which is the same but for the figures. */
  page: {
    model: "minilm",
    trained: "tiny",
    device: "auto",
    inspections: [
      { file: sample("sms_spam.csv") },
      { file: sample("banking77/train.csv") },
      { file: sample("snli_cad/train.tsv") },
      ...Object.values(FILES).map((file) => ({ file })),
      { file: FILES.labelled, options: { header: true, textColumn: "text", labelColumn: "label", task: "classification" } },
      { file: FILES.cases, options: { mergeLabels: true } },
    ],
    runs: [
      {
        files: { train: sample("sms_spam.csv") },
        options: { ...SHORT, ...FIRST, maxTrainSamples: 300 },
        predict: TRIES.spam,
      },
      {
        files: { train: sample("sms_spam.csv") },
        options: { ...SHORT, maxTrainSamples: 500, numTrainEpochs: 2 },
        stop: true,
        predict: TRIES.spam,
      },
      {
        files: { train: sample("sms_spam.csv") },
        options: { ...SHORT, maxTrainSamples: 500, method: "full", maxSteps: 20 },
        predict: TRIES.spam,
      },
      { files: { train: sample("snli_cad/train.tsv") }, options: { ...SHORT, ...FIRST, maxTrainSamples: 300 }, predict: TRIES.pairs },
      {
        files: { train: sample("snli_cad/train.tsv"), validation: sample("snli_cad/validation.tsv"), test: sample("snli_cad/test.tsv") },
        options: { ...SHORT, maxTrainSamples: 500, layers: 1, maxSteps: 20 },
        predict: TRIES.pairs,
      },
      {
        files: { train: sample("banking77/train.csv") },
        options: { ...SHORT, ...FIRST, maxTrainSamples: 300, layers: 1 },
        predict: TRIES.any,
      },
      {
        files: { train: sample("banking77/train.csv"), test: sample("banking77/test.csv") },
        options: { ...SHORT, maxTrainSamples: 1500, layers: 1 },
        upTo: 12,
      },
      { files: { train: FILES.stars }, options: { ...SHORT, layers: 1, maxSteps: 40 }, predict: TRIES.any },
      { files: { train: FILES.topics }, options: { ...SHORT, layers: 1, maxSteps: 20 }, predict: TRIES.any },
      ...["checks", "understood", "survey"].map((name) => ({ files: { train: FILES[name] }, options: SHORT, upTo: 12 })),
      { files: { train: FILES.cases }, options: { ...SHORT, mergeLabels: true }, upTo: 12 },
      { files: { train: FILES.labelled }, options: { ...SHORT, layers: 1, maxSteps: 20 }, predict: TRIES.any },
      ...["topics", "stars", "checks", "understood", "survey", "labelled"].map((name) => ({
        files: { train: FILES[name] },
        options: { ...SHORT, ...FIRST },
        predict: TRIES.any,
      })),
      { files: { train: FILES.cases }, options: { ...SHORT, ...FIRST, mergeLabels: true }, predict: TRIES.any },
    ],
  },
};
