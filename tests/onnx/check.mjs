#!/usr/bin/env node
/**
 * Checks that ONNX Runtime and transformers.js, in Node, give subtune's probabilities with an ONNX export.
 *
 *     npm install --prefix /tmp/onnx-node onnxruntime-node @huggingface/transformers@4
 *     node tests/onnx/check.mjs /tmp/onnx-node MODEL_DIR ONNX_DIR TEXTS_JSONL
 *
 * TEXTS_JSONL has an object { text, pair? } on each line. Runs `subtune predict` (the binary named by SUBTUNE, default
 * target/release/subtune) with MODEL_DIR, and with ONNX_DIR both onnxruntime-node and transformers.js: its pipeline for
 * single texts with classes or labels, its model for all else. Of several labels a text, those of at least one half are compared. The
 * limits are those of check.py.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const TOLERANCES = { "model.onnx": 1e-4, "model_fp16.onnx": 2e-3 };
const [modules, model, exported, textsFile] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(join(modules, "package.json"));
const { AutoModelForSequenceClassification, AutoTokenizer, env, pipeline, softmax } = await import(
  pathToFileURL(join(modules, "node_modules/@huggingface/transformers/dist/transformers.node.mjs"))
);
const runtime = require("onnxruntime-node");

const rows = readFileSync(textsFile, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const isPair = rows[0].pair !== undefined;
const [file] = readdirSync(join(exported, "onnx"));
const config = JSON.parse(readFileSync(join(exported, "config.json"), "utf8"));
const isRegression = config.problem_type === "regression";
const hasSeveral = config.problem_type === "multi_label_classification";
const sigmoid = (row) => row.map((logit) => 1 / (1 + Math.exp(-logit)));
const activate = isRegression ? (row) => row : hasSeveral ? sigmoid : softmax;

/** What subtune says: for each text its probabilities, or its value. */
function answers() {
  const place = mkdtempSync(join(tmpdir(), "onnx-"));
  try {
    const found = join(place, "answers.jsonl");
    const columns = ["--text-column", "text", ...(isPair ? ["--pair-column", "pair"] : [])];
    const flags = ["predict", "--model", model, "--file", textsFile, "--output", found, "--probabilities", ...columns];
    execFileSync(process.env.SUBTUNE ?? "target/release/subtune", flags, { stdio: "pipe" });
    const lines = readFileSync(found, "utf8").trim().split("\n").map((line) => JSON.parse(line));
    return lines.map((row) => (isRegression ? [row.value] : row.probabilities.map(({ probability }) => probability)));
  } finally {
    rmSync(place, { recursive: true });
  }
}

Object.assign(env, { allowRemoteModels: false, localModelPath: dirname(exported) });
const name = basename(exported);
const tokenizer = await AutoTokenizer.from_pretrained(name);

function tokens(part) {
  const pair = isPair ? { text_pair: part.map((row) => row.pair) } : {};
  return tokenizer(part.map((row) => row.text), { ...pair, padding: true, truncation: true });
}

function probabilities(logits) {
  return logits.tolist().map(activate);
}

async function withRuntime() {
  const session = await runtime.InferenceSession.create(join(exported, "onnx", file));
  return async (part) => {
    const inputs = {};
    for (const [name, { data, dims }] of Object.entries(tokens(part))) inputs[name] = new runtime.Tensor("int64", data, dims);
    const { data, dims } = (await session.run(inputs)).logits;
    const rows = Array.from({ length: dims[0] }, (_, row) => Array.from(data.slice(row * dims[1], (row + 1) * dims[1])));
    return rows.map(activate);
  };
}

async function withModel() {
  const model = await AutoModelForSequenceClassification.from_pretrained(name);
  return async (part) => probabilities((await model(tokens(part))).logits);
}

async function withPipeline() {
  const classify = await pipeline("text-classification", name);
  const labels = Object.values(config.id2label);
  return async (part) => {
    const found = await classify(part.map((row) => row.text), { top_k: null });
    return found.map((row) => labels.map((label) => row.find((one) => one.label === label).score));
  };
}

const expected = answers();
const most = (row) => (hasSeveral ? row.map((one) => Number(one >= 0.5)).join() : row.indexOf(Math.max(...row)));
const values = expected.map(([value]) => value);
const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
let holds = true;
const programs = { "onnxruntime-node": withRuntime, "transformers.js": isPair || isRegression ? withModel : withPipeline };
for (const [program, open] of Object.entries(programs)) {
  const predict = await open();
  const found = [];
  for (let from = 0; from < rows.length; from += 32) found.push(...(await predict(rows.slice(from, from + 32))));
  const differences = found.flatMap((row, index) => row.map((one, label) => Math.abs(one - expected[index][label])));
  const same = found.filter((row, index) => most(row) === most(expected[index])).length / found.length;
  const largest = Math.max(...differences) / (isRegression ? spread : 1);
  const typical = Math.sqrt(differences.reduce((sum, one) => sum + one ** 2, 0) / differences.length) / spread;
  const tolerance = TOLERANCES[file];
  const good = tolerance ? largest <= tolerance : isRegression ? typical <= 0.1 : same >= 0.99;
  holds &&= good && found.length === rows.length;
  console.log(`${program}, ${file}: ${found.length} texts, ${(100 * same).toFixed(1)} % with the same label, largest difference ${largest.toExponential(2)}`);
}
process.exit(holds ? 0 : 1);
