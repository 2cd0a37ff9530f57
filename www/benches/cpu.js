// A step of dps-dense on the bundled sample in WebAssembly on the CPU, against the native program on as many threads.
//
//   SUBTUNE_BROWSER=chromium node benches/cpu.js      (in www, after npm run build and cargo build --release)
//
// Chromium and Node show each way to multiply; Firefox and WebKit what they can do on one thread and on all. In each round every
// contender takes the same steps of the same batches, by turns, so that whatever else the machine does slows all. A ratio is that of
// their times in one round; the table gives the median and the range of all rounds. SUBTUNE_PROGRAM names the program, SUBTUNE_ROUNDS how
// many rounds.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { serve } from "../scripts/serve.js";
import { POLICY } from "../tests/browser/browser.js";
import { launch, NAME } from "../tests/engines/browser.js";

const ROUNDS = Number(process.env.SUBTUNE_ROUNDS ?? 5);
const STEPS = 7;
const OPTIONS = { method: "dps-dense", recipe: "plain", maxSteps: STEPS, loggingSteps: 1, validationSplit: 0, testSplit: 0, seed: 1 };
const ROWS = 161;
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

const root = fileURLToPath(new URL("../../", import.meta.url));
const program = process.env.SUBTUNE_PROGRAM ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "release/subtune");
const sample = `${readFileSync(join(root, "samples/sms_spam.csv"), "utf8").split("\n").slice(0, ROWS).join("\n")}\n`;

/** Milliseconds of the steps after the first, in which memory is taken. */
function recorder() {
  let first;
  let last;
  const event = ({ type, step }, now = performance.now()) => {
    if (type !== "step") return;
    if (step === 1) first = now;
    last = now;
  };
  return { event, milliseconds: () => (last - first) / (STEPS - 1) };
}

function native(threads) {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), "subtune-"));
    const flags = Object.entries(OPTIONS).flatMap(([name, value]) => [
      `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      String(value),
    ]);
    writeFileSync(join(folder, "sample.csv"), sample);
    const run = spawn(
      program,
      [
        "train",
        "--train-file",
        join(folder, "sample.csv"),
        "--device",
        "cpu",
        "--log-format",
        "json",
        "--output-dir",
        join(folder, "model"),
        ...flags,
      ],
      { env: { ...process.env, RAYON_NUM_THREADS: String(threads) }, stdio: ["ignore", "pipe", "inherit"] },
    );
    const steps = recorder();
    for await (const line of createInterface({ input: run.stdout })) steps.event(JSON.parse(line));
    rmSync(folder, { recursive: true });
    return steps.milliseconds();
  };
}

/** The package in Node, in a process of its own, with so many threads. */
function inNode(threads) {
  const script = `
    import os from "node:os";
    os.availableParallelism = () => ${threads};
    const { Subtune } = await import(${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)});
    const tuner = await Subtune.load({ device: "cpu" });
    for await (const { type, step } of tuner.train({ data: ${JSON.stringify(sample)}, ...${JSON.stringify(OPTIONS)} }))
      console.log(JSON.stringify({ type, step, now: performance.now() }));`;
  return async () => {
    const run = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
    const steps = recorder();
    for await (const line of createInterface({ input: run.stdout })) {
      const { now, ...event } = JSON.parse(line);
      steps.event(event, now);
    }
    return steps.milliseconds();
  };
}

/** A window with a tuner. On the window's own thread, the test that a browser has relaxed SIMD can be made to fail. */
async function inBrowser(browser, { isolated, isPlain }) {
  const { address } = await serve(root, { headers: { "content-security-policy": POLICY, ...(isolated && ISOLATED) } });
  const window = await browser.open();
  return async () => {
    await window.goto(`${address}www/tests/browser/page.html`);
    return window.evaluate(
      async (data, options, isPlain, steps) => {
        const { Subtune } = await import("/www/tests/browser/page.js");
        if (isPlain) WebAssembly.validate = () => false;
        const tuner = await Subtune.load({ device: "cpu", worker: !isPlain });
        let first;
        let last;
        for await (const event of tuner.train({ data, ...options })) {
          if (event.type !== "step") continue;
          last = performance.now();
          if (event.step === 1) first = last;
        }
        await tuner.dispose();
        return (last - first) / (steps - 1);
      },
      sample,
      OPTIONS,
      isPlain,
      STEPS,
    );
  };
}

const proxy = await serve(root);
const browser = await launch({ proxy: proxy.address });
const contenders = {
  "native, one thread": native(1),
  "native, two threads": native(2),
  "Node, one thread": inNode(1),
  "Node, two threads": inNode(2),
  [`${NAME}, one thread, plain SIMD`]: await inBrowser(browser, { isolated: false, isPlain: true }),
  [`${NAME}, one thread, what it has`]: await inBrowser(browser, { isolated: false, isPlain: false }),
  [`${NAME}, all threads`]: await inBrowser(browser, { isolated: true, isPlain: false }),
};
const names = Object.keys(contenders);
const times = Object.fromEntries(names.map((name) => [name, []]));
const loads = [];
for (let round = 0; round < ROUNDS; round++) {
  loads.push(loadavg()[0]);
  for (const name of names) times[name].push(await contenders[name]());
  console.error(`round ${round + 1}: ${names.map((name) => `${name} ${times[name].at(-1).toFixed(0)} ms`).join(", ")}`);
}
await browser.close();

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const [one, two] = names;
console.log(`\n${cpus()[0].model}, load ${loads.map((load) => load.toFixed(1)).join(" ")}, ${ROUNDS} rounds of ${STEPS - 1} steps\n`);
console.log("| | median ms a step | to native on as many threads | range |\n|---|---:|---:|---:|");
for (const name of names) {
  const base = /two threads|all threads/.test(name) ? two : one;
  const ratios = times[name].map((time, round) => time / times[base][round]);
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  console.log(`| ${name} | ${median(times[name]).toFixed(0)} | ${median(ratios).toFixed(2)} | ${range} |`);
}
process.exit(0);
