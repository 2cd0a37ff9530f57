// The whole way: data, training, model; with the real engine.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, SITE } from "./browser.js";
import { serveSite } from "./server.js";
import { assertStill } from "./shifts.js";
import { hide, makeClasses } from "./states.js";
import { download, open, predictWith, ready, reviews, sample, settings, TINY, train, tryIt, unpack, upload } from "./steps.js";

let site, browser;
before(async () => {
  site = await serveSite(SITE);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
});

const FOLDER = ["config.json", "model.safetensors", "tokenizer.json", "README.md", "report.html"];

/** Downloads, loads back, and compares what both say of a text. */
async function assertDownloadWorks(page, text) {
  const [[label, percentage]] = await tryIt(page, text);
  const zip = await download(page, "Download the model (zip)");
  const files = unpack(zip);
  for (const name of FOLDER) assert.ok(files[name]?.length > 0, `${zip.name} has ${Object.keys(files)}`);
  const [prediction] = await predictWith(files, [text]);
  assert.equal(prediction.label, label);
  assert.ok(Math.abs(100 * prediction.probability - Number(percentage)) < 0.11, `${prediction.probability} and ${percentage} %`);
}

test("a sample, from the first click to a model that loads back and predicts", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  const page = await open(context, site.address);
  await sample(page, "Spam or not");
  await page.getByText('The class "ham" has 4827').waitFor();
  assert.match(await page.locator(".bars").first().innerText(), /ham\s+.*4,827/s);
  await page.getByText("it learns from 500 of 5,574 examples").waitFor();
  await settings(page, TINY);
  await page.locator(".estimate strong", { hasText: /^About [\d½]+ (second|minute)/ }).waitFor();
  assert.match(await page.locator(".estimate").innerText(), /3 steps with 500 examples, about \d+\sMB of memory/);
  await train(page);
  assert.match(await page.locator(".score").innerText(), /%\s+of the answers are right on \d+ examples/);
  await assertDownloadWorks(page, "You have won a prize, call now!");
  await assertStill(page);
  assert.deepEqual(page.errors, []);
  await context.close();
});

test("a file of one's own, two runs side by side, their examples and their reports", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  const page = await open(context, site.address);
  await upload(page, "My reviews.csv", reviews());
  await settings(page, { ...TINY, "max-steps": 8, "learning-rate": 0.001 });
  await train(page);
  assert.match(await page.getByRole("img").first().getAttribute("aria-label"), /Run 1: loss from \d\.\d+ to \d/);

  const cell = page.locator(".confusion button:enabled").first();
  const [, number] = /^(\d+) example/.exec(await cell.getAttribute("aria-label"));
  await cell.click();
  assert.equal(await page.locator(".examples li").count(), Number(number));
  assert.match(await page.locator(".examples li").first().innerText(), /(awful|lovely).*line \d+/s);
  assert.equal(await page.locator(".classes tbody tr").count(), 2);

  const text = "broken, never again";
  const first = await tryIt(page, text);
  await settings(page, { method: "full", seed: 7 });
  await train(page, 2);
  await page.getByRole("region", { name: "Runs side by side" }).waitFor();
  assert.equal(await page.locator(".legend [class*=series-]").count(), 2);
  // the first run's model is still there
  await page.getByRole("radio", { name: "Run 1" }).check();
  const { name, bytes } = await download(page, "Download the report");
  assert.equal(name, "my-reviews-dps-dense-run1-report.html");
  assert.match(String(bytes), /<h1>/);
  assert.deepEqual(await tryIt(page, text), first);
  await page.getByRole("radio", { name: "Run 2" }).check();
  await assertDownloadWorks(page, text);
  assert.deepEqual(page.errors, []);
  await context.close();
});

test("a label that is probably wrong is corrected, and the model is trained again", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  const page = await open(context, site.address);
  // line 8 is a good review that someone called bad
  const wrong = reviews().replace("lovely and quick 6 thank you ,good", "lovely and quick 6 thank you ,bad");
  await upload(page, "reviews.csv", wrong);
  await settings(page, { ...TINY, "max-steps": 8 });
  await train(page);
  const suspects = page.locator("details.suspects");
  const first = suspects.locator("li").first();
  assert.match(await first.innerText(), /lovely and quick 6 thank you\s+line 8: labelled bad, probably good \(\d+\s?%\)/);
  const again = suspects.getByRole("button", { name: /^Train again with/ });
  assert.ok(await again.isDisabled());
  await first.getByRole("button", { name: "Keep bad" }).click();
  assert.ok(await again.isDisabled());
  await first.getByRole("button", { name: "Correct to good" }).click();
  await suspects.scrollIntoViewIfNeeded();
  await page.screenshot({ path: fileURLToPath(new URL("../../screenshots/suspects.png", import.meta.url)) });
  await again.click();
  await page.getByText("Run 2 is done").waitFor();
  assert.doesNotMatch(await page.locator("#app").innerText(), /line 8: labelled bad/);
  assert.deepEqual(page.errors, []);
  await context.close();
});

test("a table without labels is labelled with the model's help, and trained on", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  const page = await open(context, site.address);
  const row = (at) => (at % 2 ? `"awful, broken ${at}, never again"` : `"lovely, and quick ${at}, thank you"`);
  await upload(page, "reviews.csv", `id,review\n${Array.from({ length: 60 }, (_, at) => `${at},${row(at)}`).join("\n")}\n`);
  await makeClasses(page, ["good", "bad"]);
  await page.keyboard.press("Escape");
  const isBad = async () => /awful/.test(await page.locator(".current .text").innerText());
  for (let labels = 0; labels < 6; labels++) await page.keyboard.press((await isBad()) ? "2" : "1");
  // what the model proposes is right, and is taken
  const proposed = page.locator(".current .proposal strong");
  for (let labels = 6; labels < 20; labels++) {
    await proposed.waitFor();
    assert.equal(await proposed.innerText(), (await isBad()) ? "bad" : "good");
    await page.keyboard.press("Enter");
  }
  await page.locator("#standing", { hasText: "20 of 60 labelled" }).waitFor();
  await page.getByText(/on texts it has not seen: between \d+ and \d+/).waitFor();
  await page.getByRole("button", { name: "Train with these labels" }).click();
  await page.getByText("20 examples can be used").waitFor();
  await settings(page, TINY);
  await train(page);
  // what the other texts were worth to the first model
  const taught = await page.getByText("40 texts without a label").innerText();
  assert.match(
    taught,
    /^\d+ of 40 texts without a label (teach|could teach) the first model.* right in [\d.]+\s% with them and [\d.]+\s% without\.$/,
  );
  assert.equal((await tryIt(page, "a lovely visit")).length, 2);
  assert.deepEqual(page.errors, []);
  await context.close();
});

test("answers that are numbers", async () => {
  const context = await browser.newContext();
  const page = await open(context, site.address);
  const rows = Array.from({ length: 60 }, (_, at) => `visit number ${at} was ${at < 30 ? "awful" : "lovely"},${(1 + at / 20).toFixed(2)}`);
  await upload(page, "stars.csv", `review,stars\n${rows.join("\n")}\n`);
  await page.getByText("From 1.00 to 3.95").waitFor();
  assert.equal(await page.locator("#task").inputValue(), "regression");
  await settings(page, TINY);
  await train(page);
  assert.match(await page.locator(".score").innerText(), /±\d\.\d\d\s+is the average error on 60 examples/);
  await page.locator("#try-text").fill("a lovely visit");
  assert.match(await page.locator(".says .big").innerText(), /^-?\d+\.\d\d$/);
  assert.equal(await page.locator(".confusion").count(), 0);
  assert.deepEqual(page.errors, []);
  await context.close();
});

test("a run is paused, goes on, and is stopped and kept; closing the tab asks", async () => {
  const context = await browser.newContext();
  const page = await open(context, site.address);
  await upload(page, "reviews.csv", reviews());
  await settings(page, { ...TINY, "max-steps": 500 });
  await page.getByRole("button", { name: "Just train it" }).click();
  const step = async () => Number(/Step\s+([\d,]+) of 500/.exec(await page.locator(".facts").innerText())?.[1] ?? 0);
  const reach = async (least) => {
    while ((await step()) < least) await page.waitForTimeout(100);
  };
  await reach(2);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.waitForTimeout(3000);
  const paused = await step();
  await page.waitForTimeout(3000);
  assert.equal(await step(), paused);
  assert.equal(await page.evaluate(() => document.activeElement !== document.body), true);

  let asked = 0;
  page.on("dialog", (dialog) => {
    asked += dialog.type() === "beforeunload";
    void dialog.dismiss();
  });
  await page.close({ runBeforeUnload: true });
  await page.waitForTimeout(1000);
  assert.equal(asked, 1);

  await page.getByRole("button", { name: "Continue" }).click();
  await reach(paused + 1);
  await page.getByRole("button", { name: "Stop and keep" }).click();
  await page.getByText("stopped by you").waitFor();
  assert.equal((await tryIt(page, "lovely")).length, 2);
  await context.close();
});

test("a run is interrupted by a reload, goes on, and ends with the same model as one that was not", async () => {
  const context = await browser.newContext();
  const page = await open(context, site.address);
  page.on("dialog", (dialog) => void dialog.accept());
  await upload(page, "reviews.csv", reviews());
  const model = async () => unpack(await download(page, "Download the model (zip)"))["model.safetensors"];
  await settings(page, { ...TINY, "max-steps": 60 });
  await page.getByLabel("Save the training in this browser").uncheck();
  await train(page);
  assert.equal(await page.getByText("Kept up to").count(), 0);
  const expected = await model();

  await page.getByLabel("Save the training in this browser").check();
  await page.getByRole("button", { name: "Train again" }).click();
  const facts = page.getByRole("region", { name: "Run 2" }).locator(".facts");
  await facts.filter({ hasText: /Step\s*[1-9]\d* of 60/ }).waitFor();
  await hide(page);
  await facts.filter({ hasText: /Kept up to\s*step \d/ }).waitFor();
  await page.reload();
  await ready(page);
  const offer = page.getByRole("region", { name: "A training was interrupted" });
  assert.match(await offer.innerText(), /reviews\.csv, method DPS dense: step \d+ of 60, saved just now; \d+\sMB in this browser/);
  await assertStill(page);
  await offer.getByRole("button", { name: "Continue" }).click();
  await page.getByText("Run 1 is done").waitFor();
  assert.deepEqual(await model(), expected);
  assert.equal(await page.locator("#max-steps").inputValue(), "60");
  assert.match(await page.getByRole("img").first().getAttribute("aria-label"), /Run 1: loss from \d/);

  // nothing of it is left
  await page.reload();
  await ready(page);
  assert.equal(await offer.count(), 0);
  const left = await page.evaluate(async () => {
    const runs = await (await (await navigator.storage.getDirectory()).getDirectoryHandle("subtune")).getDirectoryHandle("runs");
    let files = 0;
    for await (const run of runs.values()) for await (const _ of run.keys()) files++;
    return files;
  });
  assert.equal(left, 0);
  assert.deepEqual(page.errors, []);
  await context.close();
});

test("what is wrong with a file is said in words", async () => {
  const context = await browser.newContext();
  const page = await open(context, site.address);
  const alert = page.getByRole("alert");
  await upload(page, "broken.csv", 'text,label\n"never closed,a\nb,c\n');
  await alert.getByText("This file cannot be read as it is").waitFor();
  assert.match(await alert.innerText(), /broken\.csv/);
  await page.getByRole("button", { name: "Choose other data" }).click();
  await upload(
    page,
    "notes.csv",
    "when,what\n1,something long that happened,and more\n2,and another thing that happened\n3,something else entirely\n",
  );
  await alert.waitFor();
  assert.doesNotMatch(await page.locator("#app").innerText(), /--\w+-column/);
  await page.getByRole("button", { name: "Choose other data" }).click();
  await page.getByText("Paste rows").click();
  await page.locator("#pasted").fill(reviews().replaceAll(",", "\t"));
  await page.getByRole("button", { name: "Use these rows" }).click();
  await page.getByText("60 examples can be used").waitFor();
  assert.equal(await page.locator("#label-column").inputValue(), "label");
  assert.deepEqual(page.errors, []);
  await context.close();
});
