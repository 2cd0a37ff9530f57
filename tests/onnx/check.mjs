#!/usr/bin/env node
/**
 * Checks that ONNX Runtime in Node, and transformers.js in Node and in Chromium, give subtune's probabilities with an ONNX export.
 *
 *     npm install --prefix /tmp/onnx-node onnxruntime-node @huggingface/transformers@4 playwright-core
 *     node tests/onnx/check.mjs /tmp/onnx-node MODEL_DIR ONNX_DIR TEXTS_JSONL
 *
 * TEXTS_JSONL has an object { text, pair? } on each line. Runs `subtune predict` (the binary named by SUBTUNE, default
 * target/release/subtune) with MODEL_DIR, and with ONNX_DIR both onnxruntime-node and transformers.js: its pipeline for
 * single texts with classes or labels, its model for all else. Of several labels a text, those of at least one half are compared. Chromium
 * is the program that CHROMIUM names, default /usr/bin/chromium. The limits are those of check.py.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
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
    const encoded = tokens(part);
    // as transformers.js does where a tokenizer makes none
    encoded.token_type_ids ??= { data: new BigInt64Array(encoded.input_ids.data.length), dims: encoded.input_ids.dims };
    const inputs = {};
    for (const [name, { data, dims }] of Object.entries(encoded)) {
      if (session.inputNames.includes(name)) inputs[name] = new runtime.Tensor("int64", data, dims);
    }
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

/** Serves the modules and the export to a page of Chromium, and runs the same pipeline or model there. */
async function inChromium() {
  const folders = { modules: join(modules, "node_modules"), models: dirname(exported) };
  const types = { mjs: "text/javascript", js: "text/javascript", wasm: "application/wasm", json: "application/json" };
  const server = createServer((request, response) => {
    const [, place, ...path] = decodeURIComponent(new URL(request.url, "http://localhost").pathname).split("/");
    const file = folders[place] && resolve(folders[place], ...path);
    if (place === "") return response.setHeader("content-type", "text/html").end("<!doctype html><title>check</title>");
    try {
      if (!file?.startsWith(folders[place])) throw new Error("outside");
      response.setHeader("content-type", types[file.split(".").at(-1)] ?? "application/octet-stream").end(readFileSync(file));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { chromium } = require("playwright-core");
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.evaluate(
    async ([name, isPair, isRegression, hasSeveral, labels]) => {
      const from = "/modules/@huggingface/transformers/dist/transformers.min.js";
      const { AutoModelForSequenceClassification, AutoTokenizer, env, pipeline, softmax } = await import(from);
      Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: "/models/" });
      env.backends.onnx.wasm.wasmPaths = "/modules/onnxruntime-web/dist/";
      if (isPair || isRegression) {
        const [model, tokenizer] = await Promise.all([AutoModelForSequenceClassification, AutoTokenizer].map((one) => one.from_pretrained(name)));
        globalThis.predict = async (texts, pairs) => {
          const tokens = tokenizer(texts, { ...(isPair ? { text_pair: pairs } : {}), padding: true, truncation: true });
          return (await model(tokens)).logits.tolist().map((row) => (isRegression ? row : hasSeveral ? row.map((logit) => 1 / (1 + Math.exp(-logit))) : softmax(row)));
        };
      } else {
        const classify = await pipeline("text-classification", name);
        globalThis.predict = async (texts) => {
          const found = await classify(texts, { top_k: null });
          return found.map((row) => labels.map((label) => row.find((one) => one.label === label).score));
        };
      }
    },
    [name, isPair, isRegression, hasSeveral, Object.values(config.id2label)],
  );
  const predict = (part) => page.evaluate(([texts, pairs]) => globalThis.predict(texts, pairs), ["text", "pair"].map((column) => part.map((row) => row[column])));
  const close = async () => {
    await browser.close();
    server.close();
  };
  return Object.assign(predict, { close });
}

const expected = answers();
const most = (row) => (hasSeveral ? row.map((one) => Number(one >= 0.5)).join() : row.indexOf(Math.max(...row)));
const values = expected.map(([value]) => value);
const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
let holds = true;
const programs = { "onnxruntime-node": withRuntime, "transformers.js": isPair || isRegression ? withModel : withPipeline, "transformers.js in Chromium": inChromium };
for (const [program, open] of Object.entries(programs)) {
  const predict = await open();
  const found = [];
  for (let from = 0; from < rows.length; from += 32) found.push(...(await predict(rows.slice(from, from + 32))));
  await predict.close?.();
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
