// The whole way through the page of `subtune ui`, in Chromium: what works in a tab works here, what is kept outlives the program, and
// nothing is asked of anybody else. Leaves pictures in ../../screenshots.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { tinyModel } from "../browser/page.js";
import { launchPlain } from "../page/browser.js";
import { assertStill } from "../page/shifts.js";
import { folder, makeClasses, openModels, usesModel } from "../page/states.js";
import { download, open, predictWith, ready, reviews, sample, settings, TINY, train, tryIt, unpack, upload } from "../page/steps.js";
import { startUi } from "./program.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = fileURLToPath(new URL("../../screenshots/", import.meta.url));
let browser;
before(async () => {
  mkdirSync(pictures, { recursive: true });
  browser = await launchPlain();
});
after(() => browser?.close());

/** A program of its own for `work`, and a page of it. */
async function withUi(work, given) {
  const ui = await startUi(given);
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  const asked = [];
  context.on("request", (request) => asked.push(request));
  try {
    const page = await open(context, ui.address);
    page.on("dialog", (dialog) => void dialog.accept());
    await work(page, ui, asked);
    assert.deepEqual(page.errors, []);
  } finally {
    await context.close();
    if (!given?.stays) await ui.close();
  }
}

const picture = (page, name) => page.screenshot({ path: `${pictures}ui-${name}.png`, fullPage: true });

/** Nothing serious, as axe sees it. */
async function assertAccessible(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, nodes }) => [id, nodes[0]?.html]);
  assert.deepEqual(serious, []);
}

test("a sample, from the first click to a model that loads back and predicts; nobody else is asked", async () => {
  await withUi(async (page, ui, asked) => {
    assert.match(await page.locator("header").innerText(), /The program subtune does everything on the machine where it was started/);
    assert.doesNotMatch(await page.locator("body").innerText(), /this browser/);
    await picture(page, "start");
    await sample(page, "Spam or not");
    await page.getByText('The class "ham" has 4827').waitFor();
    // the model that is there within seconds
    await page.getByText("A first model is ready").waitFor();
    await settings(page, TINY);
    await page.locator(".estimate strong", { hasText: /^About [\d½]+ (second|minute)/ }).waitFor();
    await train(page);
    assert.match(await page.locator(".score").innerText(), /%\s+of the answers are right on \d+ examples/);
    const text = "You have won a prize, call now!";
    const [[label, percentage]] = await tryIt(page, text);
    const files = unpack(await download(page, "Download the model (zip)"));
    const [prediction] = await predictWith(files, [text]);
    assert.equal(prediction.label, label);
    assert.ok(Math.abs(100 * prediction.probability - Number(percentage)) < 0.2, `${prediction.probability} and ${percentage} %`);
    assert.match(String((await download(page, "Download the report")).bytes), /<h1>/);
    await assertStill(page);
    await assertAccessible(page);
    await picture(page, "trained");
    assert.doesNotMatch(await page.locator("body").innerText(), /this browser/);

    const { origin, hash } = new URL(ui.address);
    assert.ok(asked.length > 20);
    for (const request of asked) {
      const url = request.url();
      if (url.startsWith(`blob:${origin}/`)) continue;
      assert.ok(url.startsWith(`${origin}/`), url);
      // the engine and the model are those of the program
      assert.doesNotMatch(url, /wasm|safetensors|sw\.js/);
      assert.ok(!url.replace(ui.address, "").includes(hash.slice(1)), "the secret is in no address that is asked for");
    }
    assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
  });
});

test("a run is paused, continues, and is stopped and kept", async () => {
  await withUi(async (page) => {
    await upload(page, "reviews.csv", reviews());
    await settings(page, { ...TINY, "max-steps": 5000 });
    await page.getByRole("button", { name: "Just train it" }).click();
    const step = async () => Number((/Step\s+([\d,]+) of/.exec(await page.locator(".facts").innerText())?.[1] ?? "0").replaceAll(",", ""));
    while ((await step()) < 2) await page.waitForTimeout(50);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.waitForTimeout(1500);
    const paused = await step();
    await page.waitForTimeout(1500);
    assert.equal(await step(), paused);
    await picture(page, "paused");
    await page.getByRole("button", { name: "Continue" }).click();
    while ((await step()) <= paused) await page.waitForTimeout(50);
    await page.getByRole("button", { name: "Stop and keep" }).click();
    await page.getByText("stopped by you").waitFor();
    assert.equal((await tryIt(page, "lovely")).length, 2);
  });
});

test("a run outlives its page and its program, and ends with the same model as one that was not interrupted", async () => {
  const steps = { ...TINY, "max-steps": 120 };
  const model = async (page) => unpack(await download(page, "Download the model (zip)"))["model.safetensors"];
  let expected;
  let first;
  await withUi(
    async (page, ui) => {
      first = ui;
      await upload(page, "reviews.csv", reviews());
      await settings(page, steps);
      await page.getByLabel("Save the training on this machine").uncheck();
      await train(page);
      expected = await model(page);
      await page.getByLabel("Save the training on this machine").check();
      await page.getByRole("button", { name: "Train again" }).click();
      const facts = page.getByRole("region", { name: "Run 2" }).locator(".facts");
      // a run that has not taken a step is stored too, but without a model
      await facts.filter({ hasText: /Step\s*[1-9]\d* of 120/ }).waitFor();
      // the page closes in the middle, and the program stores the run
    },
    { stays: true },
  );
  assert.equal(await first.exited, 0, "it ends after its last page");
  await withUi(
    async (page) => {
      const offer = page.getByRole("region", { name: "A training was interrupted" });
      assert.match(await offer.innerText(), /reviews\.csv, method DPS dense: step \d+ of 120, saved .*; \d+\sMB on this machine/);
      await picture(page, "interrupted");
      await offer.getByRole("button", { name: "Continue" }).click();
      await page.getByText("Run 1 is done").waitFor();
      assert.deepEqual(await model(page), expected);
      await page.reload();
      await ready(page);
      assert.equal(await offer.count(), 0);
    },
    { data: first.data },
  );
});

test("labels and models are kept for the next program", async () => {
  const tiny = await tinyModel((path) => new Uint8Array(readFileSync(new URL(`../../../${path}`, import.meta.url))));
  const table = `id,review\n${Array.from({ length: 40 }, (_, at) => `${at},${at % 2 ? `awful broken ${at}` : `lovely quick ${at}`}`).join("\n")}\n`;
  let first;
  await withUi(
    async (page, ui) => {
      first = ui;
      await openModels(page);
      await page.locator("#base-folder").setInputFiles(folder("my-model", tiny));
      await usesModel(page, "my-model");
      await upload(page, "reviews.csv", table);
      await makeClasses(page, ["good", "bad"]);
      await page.keyboard.press("Escape");
      for (let labels = 0; labels < 6; labels++) {
        await page.keyboard.press(/awful/.test(await page.locator(".current .text").innerText()) ? "2" : "1");
      }
      await page.locator("#standing", { hasText: "6 of 40 labelled" }).waitFor();
      await page.getByText("Your labels are kept on this machine as you go").waitFor();
      await picture(page, "labelling");
      await page.waitForTimeout(500);
    },
    { stays: true },
  );
  await first.stop();
  await withUi(
    async (page) => {
      await usesModel(page, "my-model");
      await page
        .getByText(/6 of 40/)
        .first()
        .waitFor();
    },
    { data: first.data },
  );
});

test("who has no secret sees a sentence, and a program that has ended is told of", async () => {
  const ui = await startUi();
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(ui.address.replace(/#.*/, ""));
    await page.locator(".engine [role=alert]", { hasText: "open the address that subtune ui printed" }).waitFor();
    await picture(page, "refused");
    await page.goto("about:blank");
    await page.goto(ui.address);
    await ready(page);
    await upload(page, "reviews.csv", reviews());
    await page.getByText("60 examples can be used").waitFor();
    await ui.stop();
    await page.getByRole("button", { name: "Just train it" }).click();
    await page.getByText("if it has ended, start it again and open the address that it prints").first().waitFor();
    await picture(page, "ended");
  } finally {
    await context.close();
    await ui.close();
  }
});
