// The recorded runs of these states and their data files are in ../engine/cases.js.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FILES } from "../engine/cases.js";

/** The engine is here. */
export const ready = (page) => page.locator(".engine strong", { hasText: "Ready" }).waitFor({ timeout: 180_000 });

/** With a click, as a person does it: what moves in answer to it does not count as moving by itself. */
const upload = async (page, { name, bytes }) => {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.locator(".step .drop").click()]);
  await chooser.setFiles({ name, mimeType: "text/csv", buffer: Buffer.from(bytes) });
};
const sample = (page, name) => page.getByRole("button", { name }).click();
const spam = (page) => sample(page, "Spam or not");
const alert = (page) => page.getByRole("alert").waitFor({ timeout: 60_000 });
const measured = (page) => page.locator(".estimate strong", { hasText: /^About/ }).waitFor({ timeout: 20_000 });
const expert = async (page, changes = {}) => {
  await page.getByText("Settings for experts").click();
  for (const [name, value] of Object.entries(changes)) {
    await page.locator(`#${name}`).fill(String(value));
    await page.locator(`#${name}`).blur();
  }
};
/** Milliseconds of a step, for a training that is still going on when it is looked at. */
const SLOW = 400;
const start = (page) => page.getByRole("button", { name: /Just train it|Train again/ }).click();
const done = async (page, run = 1) => {
  await page.getByText(`Run ${run} is done`).waitFor({ timeout: 60_000 });
  await page.locator('.says[aria-busy="false"] :is(table, .big)').waitFor();
  await measured(page);
};
/** A folder on the disk, with files by path. */
export const folder = (name, files) => {
  const place = join(mkdtempSync(join(tmpdir(), "subtune-")), name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), content);
  }
  return place;
};
/** What the recorded engine takes for a model: it looks only at the names. */
export const MODEL = {
  "config.json": "{}",
  "tokenizer.json": "{}",
  "model.safetensors": Buffer.alloc(3_000_000),
  "1_Pooling/config.json": "{}",
  "modules.json": "[]",
};
export const openModels = (page) => page.locator(".base > summary").click();
/** Adds a model by the dialog for folders. */
export const addModel = async (page, place) => {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByText("choose a folder").click()]);
  await chooser.setFiles(place);
};
export const makeClasses = async (page, names) => {
  for (const name of names) {
    await page.locator("#new-class").fill(name);
    await page.keyboard.press("Enter");
  }
};
/** The model in use. */
export const usesModel = (page, name) => page.locator(".base > summary strong", { hasText: name }).waitFor();
/** What the recorded engine (../engine/page-engine.js) is to do. */
export const tell = (page, wanted) => page.evaluate((wanted) => new BroadcastChannel("recorded engine").postMessage(wanted), wanted);
const trouble = (kind) => async (page) => {
  await tell(page, { trouble: kind });
  await spam(page);
  await start(page);
  await alert(page);
  await page.waitForTimeout(1000);
};
const asked = (page) => page.locator(".question").waitFor();
/** As a phone does when another app comes to the front: the training is kept at once. */
export const hide = (page) =>
  page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    delete document.visibilityState;
  });
/** Trains until something is kept. */
export const keep = async (page) => {
  await page.getByText(/^1\d of 64/).waitFor();
  await hide(page);
  await page.getByText(/^step \d+$/).waitFor();
};
/** Trains until something is kept, and loads the page again. */
const interrupt = async (page) => {
  await tell(page, { pace: SLOW });
  await spam(page);
  await start(page);
  await keep(page);
  page.on("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await ready(page);
  await page.getByRole("heading", { name: "A training was interrupted" }).waitFor();
};

/** How to bring the page, with the recorded engine, into each of its states. `site` names another server than the usual one. */
export const STATES = {
  loading: {
    site: "slow",
    go: async (page) => {
      // it loads itself again until then
      await page.waitForFunction(() => globalThis.crossOriginIsolated);
      await page.locator(".engine progress").waitFor();
    },
  },
  "not-arrived": { site: "incomplete", go: alert },
  first: { go: ready },
  paste: { go: (page) => page.getByText("Paste rows").click() },
  cpu: { go: (page) => page.getByText("Why not on the graphics").click() },
  about: {
    go: async (page) => {
      for (const one of await page.locator("footer summary").all()) await one.click();
    },
  },
  models: {
    go: async (page) => {
      await openModels(page);
      await page.getByText("Another language, or several").click();
    },
  },
  "models-kept": {
    go: async (page) => {
      await openModels(page);
      await addModel(page, folder("multilingual-e5-small", MODEL));
      await usesModel(page, "multilingual-e5-small");
      await page.getByRole("button", { name: "Remove multilingual-e5-small" }).click();
      await page.getByRole("button", { name: "Yes, remove multilingual-e5-small" }).waitFor();
    },
  },
  "models-refused": {
    go: async (page) => {
      await openModels(page);
      await addModel(page, folder("holiday-pictures", { "1.txt": "the sea" }));
      await alert(page);
    },
  },
  "models-not-kept": {
    go: async (page) => {
      await page.evaluate(() => {
        FileSystemFileHandle.prototype.createWritable = () =>
          Promise.reject(new DOMException("the quota has been exceeded", "QuotaExceededError"));
      });
      await openModels(page);
      await addModel(page, folder("multilingual-e5-small", MODEL));
      await page.getByText("is not kept in this browser").waitFor();
    },
  },
  data: { go: async (page) => (await spam(page), await measured(page)) },
  "data-77": { go: async (page) => (await sample(page, "bank"), await measured(page)) },
  "data-checks": { go: async (page) => (await upload(page, FILES.checks), await measured(page)) },
  "data-numbers": { go: async (page) => (await upload(page, FILES.stars), await measured(page)) },
  "data-broken": { go: async (page) => (await upload(page, FILES.broken), await alert(page)) },
  "data-understood": { go: async (page) => (await upload(page, FILES.understood), await measured(page)) },
  "data-sheets": { go: async (page) => (await upload(page, FILES.survey), await measured(page)) },
  "ask-label": { go: async (page) => (await upload(page, FILES.tickets), await asked(page)) },
  "ask-text": { go: async (page) => (await upload(page, FILES.posts), await asked(page)) },
  "ask-merge": { go: async (page) => (await upload(page, FILES.cases), await asked(page)) },
  "ask-answered": {
    go: async (page) => {
      await upload(page, FILES.cases);
      await page.getByRole("button", { name: "The same: make them one" }).click();
      await measured(page);
    },
  },
  "data-no-label": { go: async (page) => (await upload(page, FILES.notes), await page.locator(".labelling").waitFor()) },
  "label-first": { go: async (page) => (await upload(page, FILES.messages), await page.locator(".labelling").waitFor()) },
  "label-some": {
    go: async (page) => {
      await upload(page, FILES.messages);
      await makeClasses(page, ["refund", "a delivery that is late"]);
      await page.locator("#label-table").focus();
      for (const key of "121212") await page.keyboard.press(key);
      await page.getByText(/right on texts/).waitFor();
      await page.locator(".current .proposal strong").waitFor();
    },
  },
  "label-many-classes": {
    go: async (page) => {
      await upload(page, FILES.messages);
      await makeClasses(
        page,
        Array.from({ length: 12 }, (_, at) => `a class with a long name, number ${at + 1}`),
      );
      await page.locator("#new-class").fill("A CLASS with a long name, number 3");
      await page.keyboard.press("Enter");
      await page.locator("#label-search").fill("nothing like that");
      await page.getByText("No text is like that").waitFor();
    },
  },
  "label-refused": {
    go: async (page) => {
      await tell(page, { suggestion: { code: "memory", message: "there is not enough memory: a tensor of 1.2 GB does not fit" } });
      await upload(page, FILES.messages);
      await makeClasses(page, ["refund", "delivery"]);
      await page.locator("#label-table").focus();
      for (const key of "121212") await page.keyboard.press(key);
      await alert(page);
    },
  },
  "label-kept": {
    go: async (page) => {
      await STATES["label-some"].go(page);
      await page.reload();
      await ready(page);
      await page.getByRole("button", { name: "Discard the labels" }).click();
      await page.getByRole("button", { name: "Yes, throw them away" }).waitFor();
    },
  },
  "label-done": {
    go: async (page) => {
      await STATES["label-some"].go(page);
      await page.getByRole("button", { name: "Train with these labels" }).click();
      await measured(page);
    },
  },
  expert: { go: async (page) => (await spam(page), await expert(page), await measured(page)) },
  "no-webgpu": {
    go: async (page) => {
      await spam(page);
      await expert(page);
      await page.locator("#device").selectOption("webgpu");
      await alert(page);
    },
  },
  training: {
    go: async (page) => {
      await spam(page);
      await measured(page);
      await tell(page, { pace: SLOW });
      await start(page);
      await page.getByText(/^2\d of 64/).waitFor();
    },
  },
  paused: {
    go: async (page) => {
      await spam(page);
      await tell(page, { pace: SLOW });
      await start(page);
      await page.getByText(/^1\d of 64/).waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByText("Discard…").click();
    },
  },
  recovered: {
    go: async (page) => {
      await spam(page);
      await tell(page, { trouble: "recovers", pace: SLOW });
      await start(page);
      await keep(page);
      await page.locator(".progress .note").waitFor();
      await page.getByText(/^4\d of 64/).waitFor();
    },
  },
  interrupted: { go: (page) => interrupt(page) },
  resumed: {
    go: async (page) => {
      await interrupt(page);
      await tell(page, { pace: SLOW });
      await page.getByRole("button", { name: "Continue Spam or not" }).click();
      await page.getByText(/^3\d of 64/).waitFor();
    },
  },
  "interrupted-damaged": {
    go: async (page) => {
      await interrupt(page);
      await tell(page, { damaged: true });
      await page.getByRole("button", { name: "Continue Spam or not" }).click();
      await alert(page);
      await page.getByRole("button", { name: "Discard Spam or not" }).click();
      await page.getByRole("button", { name: "Yes, throw it away" }).waitFor();
    },
  },
  lost: { go: trouble("lost") },
  memory: { go: trouble("memory") },
  diverged: { go: trouble("diverged") },
  used: {
    go: async (page) => {
      await spam(page);
      await measured(page);
      await start(page);
      await done(page);
      await page.locator(".confusion .wrong button:enabled").first().click();
    },
  },
  "used-14": {
    go: async (page) => {
      await upload(page, FILES.topics);
      await expert(page, { layers: 1, "max-steps": 20 });
      await start(page);
      await page.getByText("Run 1 is done").waitFor();
      await page.locator("#try-text").fill("the train was late again");
      await done(page);
      await page.locator(".mistakes button").first().click();
    },
  },
  "used-pairs": {
    go: async (page) => {
      await sample(page, "follow from");
      await expert(page, { layers: 1, "max-steps": 20 });
      await start(page);
      await done(page);
    },
  },
  "used-numbers": {
    go: async (page) => {
      await upload(page, FILES.stars);
      await expert(page, { layers: 1 });
      await start(page);
      await page.getByText("Run 1 is done").waitFor();
      await page.locator("#try-text").fill("A place that is fine");
      await done(page);
    },
  },
  /** The last model is there, and another like it is trained to tell how good it is. */
  measuring: {
    go: async (page) => {
      await spam(page);
      await measured(page);
      await tell(page, { foldPace: 4000 });
      await start(page);
      await page.getByText("training a second model").waitFor();
    },
  },
  unmeasured: {
    go: async (page) => {
      await STATES.measuring.go(page);
      await page.getByRole("button", { name: "Skip the measurement" }).click();
      await page.getByText("stopped by you").waitFor();
      await page.getByText("You stopped the training before the measurement").waitFor();
      await page.locator('.says[aria-busy="false"] :is(table, .big)').waitFor();
    },
  },
  "two-runs": {
    go: async (page) => {
      await spam(page);
      await expert(page);
      await start(page);
      await done(page);
      await page.locator("#max-steps").fill("20");
      await page.locator("#max-steps").blur();
      await page.locator("#method").selectOption("full");
      await start(page);
      await done(page, 2);
    },
  },
};
