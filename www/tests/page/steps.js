// The way through the page with the real engine, as small as it can be: it runs on the CPU of whatever machine the tests are on.
import { readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { Subtune } from "../../dist/index.js";
import { watchShifts } from "./shifts.js";

const MINUTES = 60_000;
export const TINY = { layers: 1, "max-length": 32, "max-steps": 3, "per-device-train-batch-size": 4 };

/** The page, with the engine ready. */
export async function open(context, address) {
  const page = await context.newPage();
  page.setDefaultTimeout(2 * MINUTES);
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await watchShifts(page);
  await page.goto(address);
  await ready(page);
  return Object.assign(page, { errors });
}

export async function ready(page) {
  const failed = page.locator(".engine [role=alert]");
  await page
    .locator(".engine strong", { hasText: "Ready" })
    .or(failed)
    .first()
    .waitFor({ timeout: 5 * MINUTES });
  if (await failed.count()) throw new Error(await failed.innerText());
}

export function sample(page, name) {
  return page.getByRole("button", { name }).click();
}

export function upload(page, name, text) {
  return page.setInputFiles("#data-file", { name, mimeType: "text/csv", buffer: Buffer.from(text) });
}

/** Short reviews in two classes; `mark` stands in each. */
export function reviews({ mark = "", rows = 60 } = {}) {
  const row = (at) => (at % 2 ? `awful broken ${at} never again ${mark},bad` : `lovely and quick ${at} thank you ${mark},good`);
  return `text,label\n${Array.from({ length: rows }, (_, at) => row(at)).join("\n")}\n`;
}

export async function settings(page, wanted) {
  const summary = page.getByText("Settings for experts");
  await summary.waitFor();
  if (!(await page.locator("details.expert").evaluate((details) => details.open))) await summary.click();
  for (const [id, value] of Object.entries(wanted)) {
    const field = page.locator(`#${id}`);
    if (typeof value === "number") {
      await field.fill(String(value));
      await field.blur();
    } else {
      await field.selectOption(value);
    }
  }
}

export async function train(page, run = 1) {
  await page.getByRole("button", { name: /^(Just train it|Train again)$/ }).click();
  await page.getByText(`Run ${run} is done`).waitFor({ timeout: 5 * MINUTES });
}

/** What the page says of a text: class names and percentages, the most probable first. */
export async function tryIt(page, text) {
  await page.locator("#try-text").fill(text);
  const says = page.locator(".says table");
  await page.waitForTimeout(400);
  await page.locator('.says[aria-busy="false"]').waitFor();
  const rows = await says.locator("tbody tr").allInnerTexts();
  return rows.map((row) => /^(.+?)\s+([\d.]+)\s%$/s.exec(row.trim()).slice(1));
}

export async function download(page, button) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** The files of the one folder in a zip. */
export function unpack({ name, bytes }) {
  const folder = name.replace(/\.zip$/, "/");
  const entries = Object.entries(unzipSync(bytes));
  return Object.fromEntries(entries.map(([path, content]) => [path.startsWith(folder) ? path.slice(folder.length) : path, content]));
}

/** What the model in a downloaded zip says, in the package alone. */
export async function predictWith(files, texts) {
  const tuner = await Subtune.load({ model: files, device: "cpu", worker: false });
  try {
    const predictions = await tuner.predict(texts);
    return predictions.map(({ label, probability }) => ({ label, probability }));
  } finally {
    await tuner.dispose();
  }
}
