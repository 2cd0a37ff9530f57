// Every state of the page, also those that a healthy engine does not get into, with the recorded engine: nothing is wider than
// the window, nothing moves by itself, and axe finds nothing serious. Leaves pictures of them in ../../screenshots, to be looked at; those
// of one state: `node --test --test-name-pattern='"first"' tests/page/states.test.js`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { unpack } from "../engine/packing.js";
import { launchPlain } from "./browser.js";
import { serveSite } from "./server.js";
import { assertStill, watchShifts } from "./shifts.js";
import { addModel, folder, keep, MODEL, openModels, ready, STATES, tell, usesModel } from "./states.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const www = fileURLToPath(new URL("../..", import.meta.url));
const { runs } = unpack(JSON.parse(readFileSync(`${www}tests/engine/recordings/page.json`, "utf8")));
/** Of the subnetwork, in the run on the sample of spam. */
const choices = runs[1].happened.flat().filter(({ type }) => type === "subnetwork").length;
const pictures = `${www}screenshots/`;
let site, slowSite, incompleteSite, browser;
before(async () => {
  execFileSync(process.execPath, ["page/build.js", "--fake"], { cwd: www });
  mkdirSync(pictures, { recursive: true });
  site = await serveSite(`${www}site-fake`);
  slowSite = await serveSite(`${www}site-fake`, { slow: 1e6 });
  incompleteSite = await serveSite(`${www}site-fake`, { lacks: /tokenizer\.json$/ });
  browser = await launchPlain();
});
after(async () => {
  await browser?.close();
  for (const one of [site, slowSite, incompleteSite]) one?.close();
});

/** For a machine that does much else; as in steps.js. */
const PATIENCE = 120_000;
/** Axe looks at each width and each colour scheme, though not at all pairs of them. */
const VIEWS = [
  { width: 360, colorScheme: "light" },
  { width: 360, colorScheme: "dark", axe: true },
  { width: 1280, colorScheme: "dark" },
  { width: 1280, colorScheme: "light", axe: true },
];

for (const [name, { site: wanted, go }] of Object.entries(STATES)) {
  test(`the state "${name}"`, async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 800 }, reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await watchShifts(page);
    await page.goto({ slow: slowSite, incomplete: incompleteSite }[wanted]?.address ?? site.address);
    if (!wanted) await ready(page);
    await go(page);
    // an engine that does not come at all is told where it would stand
    if (!wanted) await assertStill(page);
    await page.evaluate(AXE);
    for (const { width, colorScheme, axe } of VIEWS) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(100);
      await page.screenshot({ path: `${pictures}${name}-${width}-${colorScheme}.png`, fullPage: true });
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `${name} is wider than ${width}`);
      if (!axe) continue;
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      const bad = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      assert.deepEqual(
        bad.map(({ id, nodes }) => [id, ...nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)]),
        [],
        `${width} ${colorScheme}`,
      );
    }
    assert.deepEqual(errors, []);
    await context.close();
  });
}

test("the whole way with the keyboard alone", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(site.address);
  await ready(page);
  /** Tabs on to the control with this name, never past the end. */
  const to = async (name) => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press("Tab");
      const here = await page.evaluate(() => {
        const { activeElement: one } = document;
        return one === document.body
          ? null
          : `${one.getAttribute("aria-label") ?? ""}${one.labels?.[0]?.textContent ?? ""}${one.textContent}`;
      });
      if (here?.includes(name)) return;
    }
    assert.fail(`${name} cannot be reached with the keyboard`);
  };
  await to("Spam or not");
  await page.keyboard.press("Enter");
  await page.getByText("Examples of each class").waitFor();
  await to("Just train it");
  await page.keyboard.press("Enter");
  await page.getByText("Run 1 is done").waitFor();
  await to("A text of yours");
  await page.keyboard.type(" and more");
  await to("taken for");
  await page.keyboard.press("Enter");
  await page.locator(".examples").waitFor();
  const downloaded = page.waitForEvent("download");
  await to("Download the model");
  await page.keyboard.press("Enter");
  assert.match((await downloaded).suggestedFilename(), /^spam-or-not-.*\.zip$/);
  await context.close();
});

test("an interrupted training is discarded with the keyboard, and stays so", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(site.address);
  await ready(page);
  await STATES.interrupted.go(page);
  await page.getByRole("button", { name: "Discard Spam or not" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Yes, throw it away" }).focus();
  await page.keyboard.press("Enter");
  await page.locator(".interrupted").waitFor({ state: "detached" });
  await page.reload();
  await ready(page);
  assert.equal(await page.locator(".interrupted").count(), 0);
  await context.close();
});

test("after the graphics processor is lost or memory is out, training goes on with what is offered", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(site.address);
  await ready(page);
  await STATES.memory.go(page);
  await page.getByRole("button", { name: "Try with half the batch" }).click();
  await page.getByText("Run 2 is done").waitFor({ timeout: 60_000 });
  await page.getByText("Settings for experts").click();
  assert.equal(await page.locator("#per-device-train-batch-size").inputValue(), "8");
  assert.equal(await page.locator("#max-length").inputValue(), "64");
  await context.close();
});

test("another model is chosen after a training: the data is read again, and the trained model is still there", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(site.address);
  await ready(page);
  await STATES.data.go(page);
  await page.getByRole("button", { name: "Just train it" }).click();
  await page.getByText("Run 1 is done").waitFor();
  await openModels(page);
  await addModel(page, folder("multilingual-e5-small", MODEL));
  await usesModel(page, "multilingual-e5-small");
  await page.getByText(", reading…").waitFor();
  await page.locator(".start-it:enabled").waitFor();
  await page.locator("#try-text").fill("and now?");
  await page.locator('.says[aria-busy="false"] table').waitFor();
  const downloaded = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the model" }).click();
  assert.match((await downloaded).suggestedFilename(), /^spam-or-not-.*\.zip$/);
  await context.close();
});

test("another device is chosen while the data is read", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(site.address);
  await ready(page);
  await STATES.expert.go(page);
  await page.locator("#max-length").fill("64");
  await page.locator("#max-length").blur();
  await page.getByText(", reading…").waitFor();
  await page.locator("#device").selectOption("cpu");
  await page.getByText("You chose the processor").waitFor();
  await page.locator(".start-it:enabled").waitFor();
  await context.close();
});

for (const isKept of [true, false]) {
  test(`a lost device from which the run recovered ${isKept ? "where it was kept" : "from the start"}: what was told of later steps is void`, async () => {
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(site.address);
    await ready(page);
    await STATES.data.go(page);
    await tell(page, { trouble: "recovers", pace: 200 });
    await page.getByRole("button", { name: "Just train it" }).click();
    if (isKept) await keep(page);
    await page.getByText("Run 1 is done").waitFor({ timeout: 60_000 });
    const told = page.locator(".progress [aria-live=polite]");
    assert.match(await told.innerText(), isKept ? /was lost .* continues after step 1\d/ : /was lost .* continues from the start/);
    // each choice of the recorded run, and none of them twice
    assert.match(await page.locator(".map").innerText(), new RegExp(`Chosen ${choices} times`));
    assert.match(await page.getByRole("img", { name: /scores/ }).getAttribute("aria-label"), /scores [\d.]+\s%, [\d.]+\s%\./);
    await context.close();
  });
}
