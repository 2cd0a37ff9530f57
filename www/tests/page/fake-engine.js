// Stands in for the WebAssembly engine while the page is worked on (`node page/build.js --fake`). It reads CSV and makes up a
// plausible training. What a text in the data or a setting asks for can go wrong: see `TROUBLE`.
let now = "cpu";
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const fail = (code, message) => {
  throw Object.assign(new Error(message), { code });
};
/** By seed. */
const TROUBLE = { 901: ["lost", "the device was lost: unknown reason"], 902: ["memory", "a tensor of 1.2 GB does not fit"], 903: ["diverged", "the loss is no number since step 38"] };
/** What is kept of a run with this seed cannot be gone on with. */
const DAMAGED = 906;
/** So slow is what tells how good the model is, that there is time to look at it. */
const SLOW = 907;
/** The step in which it goes wrong: well after the last that is measured, also where the page is slow to end the measurement. */
const LATE = 40;
/** The device is lost; the step that the run goes on after, by seed. */
const RECOVERS = { 904: 30, 905: 0 };
const MATRICES = ["attention.self.query.weight", "attention.self.key.weight", "attention.self.value.weight", "attention.output.dense.weight", "intermediate.dense.weight", "output.dense.weight"];

export default async function init() {
  await wait(50);
  return { memory: {} };
}
export const version = () => "fake";
export const reproduce = () => fail("usage", "a fake");

function records(text, separator) {
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    const row = rows.at(-1);
    if (letter === '"' && quoted && text[at + 1] === '"') row[row.length - 1] += text[++at];
    else if (letter === '"') quoted = !quoted;
    else if (letter === separator && !quoted) row.push("");
    else if (letter === "\n" && !quoted) rows.push([""]);
    else if (letter !== "\r" || quoted) row[row.length - 1] += letter;
  }
  return rows.filter((row) => row.some((field) => field.trim() !== ""));
}

const SHEETS = ["Answers", "Notes"];

/** In a workbook of this stand-in, a line of equals signs is between two sheets. */
function sheetOf(name, text, settings) {
  if (!name.endsWith(".xlsx")) return { text, sheet: null, otherSheets: [] };
  const sheet = settings.data.sheet ?? SHEETS[0];
  return { text: text.split("===\n")[SHEETS.indexOf(sheet)] ?? "", sheet, otherSheets: SHEETS.filter((other) => other !== sheet) };
}

/** Answers that differ in capitals or blanks only. */
function variantsOf(labels) {
  const groups = new Map();
  for (const label of labels) {
    const key = label.trim().toLowerCase();
    if (!groups.has(key)) groups.set(key, new Map());
    groups.get(key).set(label, (groups.get(key).get(label) ?? 0) + 1);
  }
  const sorted = (written) => [...written].map(([label, examples]) => ({ label, examples })).sort((one, other) => other.examples - one.examples);
  return [...groups.values()].filter(({ size }) => size > 1).map((written) => ({ label: sorted(written)[0].label, written: sorted(written) }));
}

function read({ name, bytes }, settings) {
  const whole = new TextDecoder().decode(bytes);
  const { text, sheet, otherSheets } = sheetOf(name, whole, settings);
  if (text.includes("\0")) fail("data", `${name}, line 1: is no text (it has a NUL byte); expected UTF-8`);
  const delimiter = name.endsWith(".tsv") ? "\t" : ",";
  const all = records(text, delimiter);
  const hasHeader = settings.data.header ?? true;
  const columns = hasHeader ? all[0] : all[0]?.map((_, at) => String(at + 1));
  const rows = hasHeader ? all.slice(1) : all;
  if (!columns || rows.length === 0) fail("data", `${name}: the file is empty; expected a table with a text and a label column`);
  const ragged = rows.findIndex((row) => row.length !== columns.length);
  if (ragged >= 0) fail("data", `${name}, line ${ragged + 2}: found ${rows[ragged].length} fields, expected ${columns.length} as in line 1; a field with ',' in it must be in double quotes`);
  const find = (...names) => columns.find((column) => names.includes(column.toLowerCase()));
  const pair = (settings.data.pair_column ?? find("sentence2")) || null;
  const label = settings.data.label_column ?? (hasHeader ? find("label", "gold_label", "category", "stars") : columns.at(-1)) ?? null;
  const textColumn = settings.data.text_column ?? find("text", "sentence1", "message", "review") ?? columns[0];
  const at = (column) => columns.indexOf(column);
  const questions = [];
  const candidates = (names, why) => names.map((column) => ({ column, why, examples: [...new Set(rows.map((row) => row[at(column)]))].slice(0, 3) }));
  if (!settings.data.text_column && find("title") && find("body")) questions.push({ role: "text", candidates: candidates(["title", "body"], "long texts that are nearly all different") });
  if (!settings.data.label_column && find("team") && find("urgent")) questions.push({ role: "label", candidates: candidates(["team", "urgent"], "a few short values that recur") });
  const groups = label ? variantsOf(rows.map((row) => row[at(label)]).filter(Boolean)) : [];
  if (groups.length > 0 && settings.data.merge_labels === undefined) questions.push({ role: "merge_labels", groups });
  const merged = settings.data.merge_labels ? groups : [];
  const written = new Map(merged.flatMap((group) => group.written.map((one) => [one.label, group.label])));
  const unlabelled = label ? rows.flatMap((row, index) => (row[at(label)] ? [] : [index + 2])) : [];
  const reading = { format: sheet === null ? (delimiter === "," ? "CSV" : "TSV") : "Excel workbook", encoding: sheet === null ? "UTF-8" : null, delimiter: sheet === null ? delimiter : null, header_line: hasHeader ? 1 : null, sheet, other_sheets: otherSheets, rows: rows.length, left_out: [] };
  const understood = {
    reading,
    text: { column: textColumn, why: settings.data.text_column ? "named by you" : "named like a text" },
    pair: pair && { column: pair, why: settings.data.pair_column ? "named by you" : "named like a second text" },
    label: { column: label ?? "", why: settings.data.label_column ? "named by you" : "named like a label" },
    unused: columns.filter((column) => ![textColumn, pair, label].includes(column)),
    used: rows.length - unlabelled.length,
    left_out: unlabelled.length > 0 ? [{ reason: "rows without a label", count: unlabelled.length, lines: unlabelled.slice(0, 20) }] : [],
    merged,
  };
  const examples = rows.map((row, index) => ({ line: index + 2, text: row[at(textColumn)], pair: pair && row[at(pair)], target: label && (written.get(row[at(label)]) ?? row[at(label)]) })).filter(({ text, target }) => text && target);
  const classes = new Map();
  for (const { target } of examples) classes.set(target, (classes.get(target) ?? 0) + 1);
  const numbers = examples.map(({ target }) => Number(target));
  const regression = settings.data.task === "regression" || numbers.some((number) => number % 1 !== 0 && !Number.isNaN(number));
  return { hasHeader, reading, understood, questions, columns, rows, textColumn, pair, label, examples, classes: [...classes].sort(), numbers: regression ? numbers : null };
}

export class Tuner {
  tuned = null;
  static async load(name, files, device) {
    await wait(30);
    if (device === "webgpu" && !(await navigator.gpu?.requestAdapter())) fail("device", "this browser has WebGPU but found no graphics processor for it");
    now = device;
    return new Tuner();
  }
  describe() {
    return {
      device:
        now === "webgpu"
          ? { kind: "webgpu", name: "SwiftShader (software)", software: true, reason: "it was asked for" }
          : { kind: "cpu", name: "CPU", software: false, reason: "this browser has no WebGPU" },
      model: { name: "minilm", layers: 6, hidden_size: 384, vocab_size: 30522, max_length: 512, parameters: 22713216 },
      tuned: this.tuned,
    };
  }
  /** Takes longer than the half second in which what moves counts as the answer to a click. */
  async inspect(file, settings) {
    await wait(600);
    const { hasHeader, reading, understood, questions, columns, rows, textColumn, pair, label, examples, classes, numbers } = read(file, settings);
    const asked = questions.length > 0;
    const seen = new Set();
    const twice = examples.filter(({ text, pair }) => seen.has(text + pair) || !seen.add(text + pair));
    const said = new Map(examples.map(({ text, pair, target }) => [text + pair, target]).reverse());
    const torn = examples.filter(({ text, pair, target }) => said.get(text + pair) !== target);
    const long = examples.filter(({ text }) => text.length > 800);
    const few = classes.filter(([, number]) => number < 10);
    const findings = [
      twice.length && { kind: "duplicates", message: `${twice.length} examples of ${examples.length} repeat the text of an earlier one; when some are held out, equal texts stay together`, lines: twice.slice(0, 10).map(({ line }) => line) },
      torn.length && { kind: "conflicting-labels", message: `${torn.length} example has the text of an earlier one but another label; check which label is right`, lines: torn.slice(0, 10).map(({ line }) => line) },
      few.length && { kind: "small-classes", message: `${few.length === 1 ? "1 class has" : `${few.length} classes have`} fewer than 10 examples, too few to learn from: ${few.map(([name, number]) => `"${name}" (${number})`).join(", ")}`, lines: [] },
      long.length && { kind: "long-texts", message: `${long.length} text of ${examples.length} is longer than 128 tokens (the longest has 302); what is over is cut off, 26.9 % of all tokens`, lines: long.map(({ line }) => line) },
    ].filter(Boolean);
    return {
      columns,
      has_header: hasHeader,
      reading,
      questions,
      rows: rows.length,
      preview: rows.slice(0, 10),
      problem: label || asked ? null : `${file.name}: no column looks like a label among ${columns.map((name) => `"${name}"`).join(", ")}; expected a few short values that recur: name one with label_column`,
      content: (!asked && label || null) && {
        text_column: textColumn,
        pair_column: pair,
        label_column: label,
        task: numbers ? { kind: "regression", minimum: Math.min(...numbers), mean: numbers.reduce((one, other) => one + other) / numbers.length, maximum: Math.max(...numbers) } : { kind: "classification", classes: classes.map(([label, examples]) => ({ label, examples })) },
        examples: examples.length,
        notes: [],
        lines: [],
        understood,
        findings: numbers ? [] : findings,
        tokens: { mean: 22.5, most: 210, cut_texts: 3 },
      },
    };
  }
  async ready() {}
  async start(files, settings) {
    const data = read(files.train, settings);
    if (data.questions.length > 0) fail("data", "a question about the data has to be answered first");
    await wait(100);
    return new Training(data, settings);
  }
  async resume(files, place, checkpoint) {
    const { settings, step, told } = JSON.parse(new TextDecoder().decode(checkpoint["state.json"]));
    if (settings.arguments.seed === DAMAGED) fail("checkpoint", `${place}/tensors.safetensors: has another hash than commit.json says; the checkpoint is damaged: resume from an older one, or start a new run`);
    const training = await this.start(files, settings);
    return Object.assign(training, { began: true, fitted: true, step, told, stored: step });
  }
  async finish(training) {
    this.tuned = { task: training.regression ? "regression" : "classification", labels: training.labels, max_length: 128 };
    if (training.isUnmeasured()) return null;
    return { part: training.isFew ? "cross_validation" : "test", step: training.last, examples: training.heldOut };
  }
  async predict(texts) {
    await wait(40);
    const { labels } = this.tuned ?? fail("model", "the model has no classifier; train it first");
    return texts.map(({ text }) => {
      if (this.tuned.task === "regression") return { value: 1 + (text.length % 40) / 10 };
      const weights = labels.map((label, at) => Math.exp(((text.length * (at + 3)) % 7) / 1.5));
      const sum = weights.reduce((one, other) => one + other);
      const probabilities = weights.map((weight) => weight / sum);
      return answer(labels, probabilities);
    });
  }
  async evaluate() {
    return { metrics: {}, examples: [], notes: [] };
  }
  tokenize(texts) {
    return texts.map(() => ({ input_ids: [101, 102], token_type_ids: [0, 0], truncated: 0 }));
  }
  async export() {
    const bytes = (text) => new TextEncoder().encode(text);
    return { "config.json": bytes("{}"), "model.safetensors": new Uint8Array(9_000_000), "tokenizer.json": bytes("{}"), "README.md": bytes("# model") };
  }
  free() {}
}

function answer(labels, probabilities) {
  const all = labels.map((label, at) => ({ label, probability: probabilities[at] }));
  return { ...all.reduce((best, one) => (one.probability > best.probability ? one : best)), probabilities: all };
}

class Training {
  step = 0;
  stored = 0;
  told = [];
  constructor({ examples, classes, numbers }, settings) {
    const { arguments: given, data: { max_train_samples, layers = 6 } } = settings;
    this.settings = settings;
    this.given = given;
    this.layers = layers;
    this.regression = numbers !== null;
    this.labels = numbers ? [] : classes.map(([label]) => label);
    const plain = given.recipe === "plain";
    const learned = Math.min(max_train_samples ?? Infinity, examples.length);
    this.isFew = !plain && learned <= 1500;
    const held = Math.floor(examples.length / 10);
    this.examples = this.isFew ? learned : Math.min(learned, examples.length - 2 * held);
    this.folds = given.cross_validation_folds ?? (!this.isFew ? 0 : this.examples <= 300 ? 3 : 1);
    const scored = this.isFew ? (this.folds === 1 ? Math.floor(learned / 5) : learned) : Math.min(200, held);
    this.heldOut = examples.slice(0, scored).map((example, at) => {
      if (numbers) return { line: example.line, text: example.text, pair: example.pair, target: Number(example.target), prediction: { value: Number(example.target) + Math.sin(at) / 2 } };
      const right = this.labels.indexOf(example.target);
      const said = at % 9 === 4 ? (right + 1) % this.labels.length : right;
      const probabilities = this.labels.map((_, label) => (label === said ? 0.9 : 0.1 / Math.max(1, this.labels.length - 1)));
      return { line: example.line, text: example.text, pair: example.pair, target: example.target, prediction: answer(this.labels, probabilities) };
    });
    const batch = given.per_device_train_batch_size ?? (!plain && this.examples <= 200 ? 8 : 16);
    this.perEpoch = Math.ceil(this.examples / batch);
    const epochs = given.num_train_epochs ?? (this.isFew ? Math.max(3, 80 / this.perEpoch) : 3);
    this.inForce = { ...given, per_device_train_batch_size: batch, num_train_epochs: epochs, cross_validation_folds: this.folds };
    this.last = given.method === "probe" ? 0 : (given.max_steps ?? Math.ceil(this.perEpoch * epochs));
    this.fitted = plain;
    this.checked = 0;
    this.pace = Number(new URLSearchParams(self.location.search).get("pace") ?? 10) * layers;
  }
  keep(store, steps, limit) {
    this.kept = { store, steps, limit };
  }
  async proceed() {
    const happened = await this.work();
    if (!happened) return undefined;
    this.told.push(...happened);
    const due = this.step > this.stored && this.step % (this.kept?.steps ?? Infinity) === 0;
    return due ? [...happened, ...(await this.save())] : happened;
  }
  /** As the engine's session does. */
  async save() {
    if (!this.kept || this.is_stored()) return [];
    const { store, limit } = this.kept;
    this.stored = this.step;
    const { name, files } = this.checkpoint();
    try {
      await store.write(name, files);
    } catch ({ message }) {
      return [this.note({ type: "warning", message: `no checkpoint could be written (${message}); the run continues, and earlier checkpoints are kept` })];
    }
    const all = await store.complete();
    const end = all.indexOf(name) + 1;
    const kept = all.slice(Math.max(0, end - limit), end);
    for (const other of all) if (!kept.includes(other)) await store.remove(other);
    return [this.note({ type: "checkpoint", step: this.step, name })];
  }
  async work() {
    if (this.over) return undefined;
    if (!this.began) {
      this.began = true;
      return [this.start()];
    }
    if (!this.fitted) {
      this.fitted = true;
      await wait(300);
      const { type: _, part: _part, step: _step, epoch: _epoch, best: _best, ...metrics } = this.evaluation("cross_validation", false, 0.55);
      return [{ type: "probe", examples: this.examples, c: 10, seconds: 2.4, metrics: this.heldOut.length > 0 ? metrics : null }];
    }
    if (this.step >= this.last && !this.stopped && this.checked < 8 * this.folds) {
      await wait(this.given.seed === SLOW ? 4000 : this.pace);
      this.checked++;
      return [{ type: "fold", fold: Math.ceil(this.checked / 8), folds: this.folds, step: 1 + ((this.checked - 1) % 8), steps: 8 }];
    }
    if (this.step >= this.last || this.stopped) {
      this.over = true;
      await wait(200);
      this.last = this.step;
      const last = this.isUnmeasured() ? [] : [this.evaluation(this.isFew ? "cross_validation" : "test", false)];
      return [...last, { type: "end", steps: this.step, seconds: this.step * 0.1, seconds_per_step: 0.1, best_step: this.step, stopped_early: false, interrupted: Boolean(this.stopped), skipped_steps: 0 }];
    }
    await wait(this.pace);
    this.step++;
    if (this.step === LATE && TROUBLE[this.given.seed]) fail(...TROUBLE[this.given.seed]);
    const from = RECOVERS[this.given.seed];
    if (this.step === LATE && from !== undefined && !this.recovered) {
      this.recovered = true;
      this.step = from;
      const message = `step ${LATE}: the device was lost (a driver restarted); training goes on after step ${from}`;
      this.fitted = from > 0;
      return [{ type: "recovery", step: LATE, from, message }, ...(from === 0 ? [this.start()] : [])];
    }
    const share = this.step / this.last;
    const epoch = this.step / this.perEpoch;
    const happened = [{ type: "step", step: this.step, epoch, loss: 0.65 * Math.exp((this.given.method === "full" ? -1.8 : -3) * share) + 0.05 + 0.1 * Math.abs(Math.sin(12.9898 * this.step + this.given.seed)), grad_norm: 1, learning_rate: 1e-4 * (1 - share), steps_per_second: 1000 / this.pace, seconds_left: ((this.last - this.step) * this.pace) / 1000 }];
    if (this.step % 6 === 3) happened.push({ type: "subnetwork", step: this.step, matrices: this.matrices(share) });
    if (!this.isFew && (this.step % this.perEpoch === 0 || this.step === this.last)) happened.push(this.evaluation("validation", true, share));
    return happened;
  }
  start() {
    return { type: "start", arguments: this.inForce, device: "CPU", labels: this.labels, train_examples: this.examples, validation_examples: this.isFew ? 0 : this.heldOut.length, test_examples: this.isFew ? 0 : this.heldOut.length, layers: this.layers, parameters: 11_920_000 + this.layers * 1_775_000, memory_bytes: 96_000_000 + this.layers * 50_000_000, learning_rate: 1e-4, max_steps: this.last, stage_steps: 3, plan: this.isFew ? `${this.examples} texts train; ${this.folds === 1 ? "a second model that has not seen a fifth of them tells" : `${this.folds} further models, each without one part of them, tell`} how good it is` : `${this.examples} texts train, ${this.heldOut.length} choose the best step, ${this.heldOut.length} are for the final score alone` };
  }
  matrices(share) {
    const one = (name, entries, at) => ({ name, entries, kept: Math.round(0.7 * entries), overlap: this.step === 3 ? 0 : Math.round(0.7 * entries * (0.72 + 0.2 * share + 0.06 * Math.sin(at))) });
    return [
      ...Array.from({ length: this.layers }, (_, layer) => MATRICES.map((name, at) => one(`bert.encoder.layer.${layer}.${name}`, 147456, layer * 6 + at))).flat(),
      one("bert.pooler.dense.weight", 147456, 50),
      one("classifier.weight", 768, 51),
    ];
  }
  evaluation(part, best, share = 1) {
    const about = { type: "evaluation", part, step: this.step, epoch: this.step / this.perEpoch, best, loss: 0.6 - 0.4 * share, examples: this.heldOut.length, interval: null };
    if (this.regression) return { ...about, mean_squared_error: 0.13, mean_absolute_error: 0.32, pearson: 0.9 * share, spearman: 0.87 * share, interval: { metric: "spearman", low: 0.87 * share - 0.15, high: 0.87 * share + 0.06, method: "fisher" } };
    const size = this.labels.length;
    const confusion = Array.from({ length: size }, () => Array(size).fill(0));
    for (const { target, prediction } of this.heldOut) confusion[this.labels.indexOf(target)][this.labels.indexOf(prediction.label)]++;
    const accuracy = this.heldOut.filter(({ target, prediction }) => target === prediction.label).length / Math.max(1, this.heldOut.length);
    const reached = accuracy * (0.6 + (this.given.method === "full" ? 0.36 : 0.4) * share);
    const spread = 1.96 * Math.sqrt((reached * (1 - reached)) / Math.max(1, this.heldOut.length));
    const interval = { metric: "accuracy", low: Math.max(0, reached - spread), high: Math.min(1, reached + spread), method: "wilson" };
    return { ...about, interval, accuracy: reached, macro_precision: 0.9, macro_recall: 0.9, macro_f1: 0.9, matthews_correlation: 0.8, expected_calibration_error: 0.05, per_class: this.labels.map((_, id) => ({ precision: 0.9, recall: 0.88, f1: 0.89, support: confusion[id].reduce((one, other) => one + other, 0) })), confusion };
  }
  /** Whether it has no score but that of the first model. */
  isUnmeasured() {
    return this.given.method === "probe" || (this.isFew && Boolean(this.stopped));
  }
  stop() {
    this.stopped = true;
  }
  can_recover() {
    return false;
  }
  is_stored() {
    return this.step === this.stored;
  }
  checkpoint() {
    const bytes = (value) => new TextEncoder().encode(JSON.stringify(value));
    const name = `step-${String(this.step).padStart(6, "0")}`;
    const told = [...this.told, { type: "checkpoint", step: this.step, name }];
    const files = { "state.json": bytes({ settings: this.settings, step: this.step, told }), "tensors.safetensors": new Uint8Array(1e6) };
    const sizes = Object.fromEntries(Object.entries(files).map(([name, { length }]) => [name, { bytes: length }]));
    return { name, files: { ...files, "commit.json": bytes({ files: sizes }) } };
  }
  warn(message) {
    return this.note({ type: "warning", message });
  }
  note(event) {
    this.told.push(event);
    return event;
  }
  events() {
    return this.told;
  }
  report(error) {
    return `<!doctype html><title>report</title>${error ?? "fine"}`;
  }
  free() {}
}
