// The model to start from: added, kept over a reload, chosen, removed. With the real engine and a tiny model.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { tinyModel } from "../browser/page.js";
import { launchPlain, SITE } from "./browser.js";
import { serveSite } from "./server.js";
import { addModel, folder, openModels, usesModel } from "./states.js";
import { open, ready, reviews, settings, train, tryIt, upload } from "./steps.js";

const root = new URL("../../../", import.meta.url);
let site, browser, tiny;
before(async () => {
  site = await serveSite(SITE);
  browser = await launchPlain();
  tiny = await tinyModel((path) => new Uint8Array(readFileSync(new URL(path, root))));
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** A folder of sentence-transformers. */
const sentenceModel = (name, files = {}) =>
  folder(name, { ...tiny, "1_Pooling/config.json": '{"pooling_mode_cls_token": true}', "modules.json": "[]", ...files });
const models = (page) => page.locator(".here label").allInnerTexts();
/** The files of kept models in the origin private file system. */
const onDisk = (page) =>
  page.evaluate(async () => {
    const list = async (folder) => {
      const found = [];
      for await (const [name, handle] of folder) found.push(...(handle.kind === "file" ? [name] : await list(handle)));
      return found;
    };
    const storage = await navigator.storage.getDirectory();
    return (await list(await (await storage.getDirectoryHandle("subtune")).getDirectoryHandle("models"))).sort();
  });

test("a model is added with the keyboard, learns, is there after a reload, and is removed", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  const page = await open(context, site.address);
  page.on("dialog", (dialog) => void dialog.accept());
  await page.locator(".base > summary").focus();
  await page.keyboard.press("Enter");
  await page.locator("#base-folder").focus();
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")]);
  await chooser.setFiles(sentenceModel("my-model"));
  await usesModel(page, "my-model");
  const kept = ["1_Pooling%2Fconfig.json", "choice.json", "config.json", "model.json", "model.safetensors", "tokenizer.json"];
  assert.deepEqual(await onDisk(page), kept);
  // the settings fit the model, which reads 32 tokens and has 2 layers
  await upload(page, "reviews.csv", reviews());
  await settings(page, { "max-steps": 3, "per-device-train-batch-size": 4 });
  assert.equal(await page.locator("#max-length").inputValue(), "32");
  assert.equal(await page.locator("#layers").getAttribute("max"), "2");
  await train(page);
  assert.equal((await tryIt(page, "lovely")).length, 2);

  await page.reload();
  await ready(page);
  await usesModel(page, "my-model");
  await openModels(page);
  assert.match((await models(page)).join(), /^all-MiniLM-L6-v2.*part of this page,my-model/);
  await page.getByRole("radio", { name: "all-MiniLM-L6-v2" }).focus();
  await page.keyboard.press("Space");
  await usesModel(page, "all-MiniLM-L6-v2");
  await page.getByRole("radio", { name: "my-model" }).check();
  await usesModel(page, "my-model");
  await page.getByRole("button", { name: "Remove my-model" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.getByRole("radio", { name: "my-model" }).waitFor({ state: "detached" });
  await usesModel(page, "all-MiniLM-L6-v2");
  assert.deepEqual(await onDisk(page), []);
  assert.deepEqual(page.errors, []);
  await context.close();
});

test("a model that cannot be used is refused with the engine's sentence, and the one in use stays", async () => {
  const context = await browser.newContext();
  const page = await open(context, site.address);
  await openModels(page);
  const refused = {
    "no-model": [{ "notes.txt": "hello" }, /no-model: has no config\.json; expected a Hugging Face model/],
    "cut-short": [{ ...tiny, "model.safetensors": tiny["model.safetensors"].subarray(0, 5000) }, /cut-short\/model\.safetensors: /],
    "not-json": [{ ...tiny, "config.json": "<html>" }, /not-json\/config\.json: /],
  };
  for (const [name, [files, message]] of Object.entries(refused)) {
    await addModel(page, folder(name, files));
    const said = page.locator(".bases [role=alert]", { hasText: name });
    await said.waitFor();
    assert.match(await said.innerText(), message);
    assert.match(await said.innerText(), /all-MiniLM-L6-v2 is still in use/);
  }
  assert.equal((await models(page)).length, 1);
  await upload(page, "reviews.csv", reviews());
  await page.locator(".start-it:enabled").waitFor();
  assert.deepEqual(page.errors, []);
  await context.close();
});

test("a folder is dropped with all that is in it", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  const page = await open(context, site.address);
  await openModels(page);
  const place = page.locator(".drop.add");
  await place.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await place.boundingBox();
  const devtools = await context.newCDPSession(page);
  const data = { items: [], files: [sentenceModel("dropped-model")], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await devtools.send("Input.dispatchDragEvent", { type, x: x + width / 2, y: y + height / 2, data });
  }
  await usesModel(page, "dropped-model");
  assert.ok((await onDisk(page)).includes("1_Pooling%2Fconfig.json"));
  assert.deepEqual(page.errors, []);
  await context.close();
});

test("two tabs: a model that one adds is offered by the other, and one that is gone is said to be", async () => {
  const context = await browser.newContext();
  const [first, second] = [await open(context, site.address), await open(context, site.address)];
  for (const page of [first, second]) await openModels(page);
  await first.bringToFront();
  await addModel(first, sentenceModel("shared-model"));
  await usesModel(first, "shared-model");
  await second.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await second.getByRole("radio", { name: "shared-model" }).waitFor();
  await first.getByRole("button", { name: "Remove shared-model" }).click();
  await first.getByRole("button", { name: "Yes, remove shared-model" }).click();
  await usesModel(first, "all-MiniLM-L6-v2");
  await second.getByRole("radio", { name: "shared-model" }).click();
  const said = second.locator(".bases [role=alert]");
  await said.waitFor();
  assert.match(await said.innerText(), /shared-model\/[\w.]+: could not be read \(.+\); choose it again/);
  await usesModel(second, "all-MiniLM-L6-v2");
  await context.close();
});
