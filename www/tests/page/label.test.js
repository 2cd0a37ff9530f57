// A table without labels becomes a model, with the recorded engine; states.js has pictures of the way.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FILES, MESSAGE } from "../engine/cases.js";
import { launchPlain } from "./browser.js";
import { serveSite } from "./server.js";
import { folder, makeClasses, ready } from "./states.js";

const www = fileURLToPath(new URL("../..", import.meta.url));
let site, browser;
before(async () => {
  execFileSync(process.execPath, ["page/build.js", "--fake"], { cwd: www });
  site = await serveSite(`${www}site-fake`);
  browser = await launchPlain();
});
after(async () => {
  await browser?.close();
  site?.close();
});

async function open(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("dialog", (dialog) => void dialog.accept());
  await page.goto(site.address);
  await ready(page);
  return Object.assign(page, { errors });
}

const upload = (page, { name, bytes }) => page.setInputFiles("#data-file", { name, mimeType: "text/csv", buffer: Buffer.from(bytes) });
const press = async (page, keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const current = async (page) => Number(/^Text ([\d,]+) of/.exec(await page.locator("#current").innerText())[1].replace(",", ""));
const standing = (page, words) => page.locator("#standing", { hasText: words }).waitFor();
/** The label of a row in the table. */
const labelOf = (page, row) => page.locator(`#text-${row} .label`).innerText();
const interval = async (page) =>
  /between (\d+) and (\d+)/
    .exec(
      await page
        .getByText(/right on texts|on texts it has not seen/)
        .first()
        .innerText(),
    )
    .slice(1)
    .map(Number);

/** Tabs on to the control with this name, never past the end. */
async function tabTo(page, name) {
  for (let presses = 0; presses < 80; presses++) {
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
}

test("from a table without labels to a downloaded model, with keys only, over a reload", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  let page = await open(context);
  await tabTo(page, "Choose a file");
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Space")]);
  await chooser.setFiles({ name: FILES.messages.name, mimeType: "text/csv", buffer: Buffer.from(FILES.messages.bytes) });
  await page.locator(".labelling").waitFor();
  await tabTo(page, "New class");
  await page.keyboard.type("refund\ndelivery\n");
  await press(page, ["Escape"]);
  assert.equal(await current(page), 1);
  await press(page, "12");
  await standing(page, "2 of 60 labelled");
  assert.deepEqual([await labelOf(page, 0), await labelOf(page, 1)], ["refund", "delivery"]);
  // a mistake is undone, and its text is the current one again
  await press(page, "2z");
  await standing(page, "2 of 60 labelled");
  assert.equal(await current(page), 3);
  assert.equal(await page.locator("#text-2 .label").count(), 0);
  // put off, moved on by hand, and come back to
  await press(page, "s");
  assert.equal(await current(page), 4);
  await press(page, ["ArrowUp"]);
  assert.equal(await current(page), 3);
  await press(page, "1212");
  await page.getByText(/right on texts|on texts it has not seen/).waitFor();
  const [low, high] = await interval(page);

  // the work is there after a reload
  await page.reload();
  await ready(page);
  await tabTo(page, "Continue with messages.csv");
  await press(page, ["Enter"]);
  await standing(page, "6 of 60 labelled");
  assert.equal(await labelOf(page, 0), "refund");
  await page.locator(".current .proposal strong").waitFor();
  await tabTo(page, "Texts");
  // what the model proposes is taken
  const proposed = await page.locator(".current .proposal strong").innerText();
  const button = page.locator(".label-classes button", { hasText: proposed });
  assert.match(await button.innerText(), /3$/);
  await press(page, ["Enter"]);
  await standing(page, "7 of 60 labelled");
  assert.match(await button.innerText(), /4$/);
  for (let count = 7; count < 20; count++) {
    await page.locator(".current .proposal strong").waitFor();
    await press(page, ["Enter"]);
  }
  await standing(page, "20 of 60 labelled");
  await page.waitForFunction((wide) => {
    const found = /between (\d+) and (\d+)/.exec(document.querySelector(".standing").textContent);
    return found && found[2] - found[1] < wide;
  }, high - low);

  // search, and a text that is found
  await press(page, ["/"]);
  await page.keyboard.type("number 59 ");
  await page.locator(".filter [role=status]", { hasText: /^1 text$/ }).waitFor();
  await press(page, ["Escape", "ArrowDown", "2"]);
  await standing(page, "21 of 60 labelled");
  assert.equal(await labelOf(page, 59), "delivery");

  await tabTo(page, "Download the table");
  const [table] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  assert.equal(table.suggestedFilename(), "messages-labelled.csv");
  const lines = readFileSync(await table.path(), "utf8")
    .trimEnd()
    .split("\r\n");
  assert.deepEqual(lines.slice(0, 3), ['"text","label"', `"${MESSAGE(0)}","refund"`, `"${MESSAGE(1)}","delivery"`]);
  assert.equal(lines.length, 61);
  assert.equal(lines.filter((line) => !line.endsWith(',""')).length, 22);

  await page.keyboard.press("Shift+Tab");
  await press(page, ["Enter"]);
  await page.getByText("Examples of each class").waitFor();
  await tabTo(page, "Just train it");
  await press(page, ["Enter"]);
  await page.getByText("Run 1 is done").waitFor();
  const downloaded = page.waitForEvent("download");
  await tabTo(page, "Download the model");
  await press(page, ["Enter"]);
  assert.match((await downloaded).suggestedFilename(), /^messages-labelled-.*\.zip$/);
  // and back to the table
  await page.getByRole("button", { name: "Label more" }).click();
  await standing(page, "21 of 60 labelled");
  assert.deepEqual(page.errors, []);
  page = undefined;
  await context.close();
});

test("a file that is chosen again continues with its labels, and its work can be discarded", async () => {
  const context = await browser.newContext();
  const page = await open(context);
  await upload(page, FILES.messages);
  await makeClasses(page, ["refund", "delivery"]);
  await page.keyboard.press("Escape");
  await press(page, "12");
  await standing(page, "2 of 60 labelled");
  await page.getByRole("button", { name: "Choose other data" }).click();
  await page.getByRole("heading", { name: "Continue labelling" }).waitFor();
  await upload(page, FILES.messages);
  await standing(page, "2 of 60 labelled");
  await page.getByRole("button", { name: "Choose other data" }).click();
  await page.getByRole("button", { name: "Discard the labels of messages.csv" }).click();
  await page.getByRole("button", { name: "Yes, throw them away" }).click();
  await page.locator(".kept-labels").waitFor({ state: "detached" });
  await upload(page, FILES.messages);
  await standing(page, "0 of 60 labelled");
  assert.deepEqual(page.errors, []);
  await context.close();
});

test("a table with some labels keeps its column and its classes", async () => {
  const context = await browser.newContext();
  const page = await open(context);
  await upload(page, FILES.labelled);
  await standing(page, "30 of 60 labelled");
  assert.match((await page.locator(".label-classes").innerText()).replaceAll("\n", " "), /1 refund 15 2 delivery 15/);
  assert.equal(await current(page), 31);
  await page.locator("#label-table").focus();
  await press(page, "1");
  const [table] = await Promise.all([page.waitForEvent("download"), page.getByText("Download the table").click()]);
  const lines = readFileSync(await table.path(), "utf8").split("\r\n");
  assert.equal(lines[0], '"text","label"');
  assert.equal(lines[31], `"${MESSAGE(30)}","refund"`);
  await context.close();
});

test("labels that the page did not find are taken from their column", async () => {
  const context = await browser.newContext();
  const page = await open(context);
  await upload(page, FILES.notes);
  await page.locator("#label-label-column").selectOption({ label: "other" });
  await standing(page, "2 of 2 labelled");
  assert.deepEqual([await labelOf(page, 0), await labelOf(page, 1)], ["a", "b"]);
  await context.close();
});

/** Comes back to a tab again and again, until it shows what another tab has meanwhile kept. */
async function shownOnReturn(page, place) {
  for (let left = 100; left > 0 && (await place.count()) === 0; left--) {
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.waitForTimeout(100);
  }
}

test("two tabs cannot label the same file at a time", async () => {
  const context = await browser.newContext();
  const [first, second] = [await open(context), await open(context)];
  await upload(first, FILES.messages);
  await first.locator(".labelling").waitFor();
  await upload(second, FILES.messages);
  await second.getByText("messages.csv is being labelled in another tab").waitFor();
  assert.equal(await second.locator(".labelling").count(), 0);
  // nor can one throw away what the other works on
  await first.locator("#new-class").fill("refund");
  await first.keyboard.press("Enter");
  await second.getByRole("button", { name: "Choose other data" }).click();
  const discard = second.getByRole("button", { name: "Discard the labels of messages.csv" });
  await shownOnReturn(second, discard);
  await discard.click();
  await second.getByRole("button", { name: "Yes, throw them away" }).click();
  await second.getByText("messages.csv is being labelled in another tab").waitFor();
  await first.close();
  await upload(second, FILES.messages);
  await second.locator(".labelling").waitFor();
  await context.close();
});

test("where nothing can be kept, the page says so and labels all the same", async () => {
  const context = await browser.newContext();
  const page = await open(context);
  await page.evaluate(() => {
    FileSystemFileHandle.prototype.createWritable = () => Promise.reject(new DOMException("the quota has been exceeded"));
  });
  await upload(page, FILES.messages);
  await makeClasses(page, ["refund", "delivery"]);
  await page.keyboard.press("Escape");
  await press(page, "12");
  await page.getByText("Your labels are not kept in this browser (the quota has been exceeded).").waitFor();
  await standing(page, "2 of 60 labelled");
  await context.close();
});

/**
 * Milliseconds of the tasks of the page's own thread that would be long ones on a machine with nothing else to do: the time that the
 * processor gave them, since the tests share it with much else.
 */
function longTasks({ traceEvents }) {
  const threads = traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const isOfPage = ({ pid, tid }) => threads.some((one) => one.pid === pid && one.tid === tid);
  const tasks = traceEvents.filter((event) => event.ph === "X" && event.name.endsWith("RunTask") && isOfPage(event));
  assert.ok(tasks.length > 100 && tasks.some(({ tdur }) => tdur > 1000), `${tasks.length} tasks were measured`);
  return tasks.map(({ tdur = 0 }) => tdur / 1000).filter((milliseconds) => milliseconds > 50);
}

test("10,000 texts are labelled, searched and downloaded without a long task", async () => {
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  const page = await open(context);
  const rows = Array.from({ length: 10_000 }, (_, at) => `${MESSAGE(at)} ${"who wrote at some length about it ".repeat(5)}`);
  await browser.startTracing(page, { categories: ["devtools.timeline", "toplevel"] });
  // from the disk: Playwright gives contents to the page in a long task of its own
  await page.setInputFiles("#data-file", join(folder("data", { "messages.csv": `text\n${rows.join("\n")}\n` }), "messages.csv"));
  await standing(page, "0 of 10,000 labelled");
  await makeClasses(page, ["refund", "delivery"]);
  await page.keyboard.press("Escape");
  await press(page, "12121212");
  await page.getByText(/on texts it has not seen/).waitFor();
  await press(page, "121212");
  await standing(page, "14 of 10,000 labelled");
  // only rows that are seen are in the page, wherever it is
  const table = page.locator("#label-table");
  for (const share of [0.3, 0.6, 1]) {
    await table.evaluate((box, share) => (box.scrollTop = share * box.scrollHeight), share);
    await page.waitForTimeout(150);
    assert.ok((await table.getByRole("option").count()) <= 30);
  }
  assert.match(await table.getByRole("option").last().innerText(), /^10,000/);
  await page.locator("#label-search").pressSequentially("number 9999");
  await page.locator(".filter [role=status]", { hasText: /^1 text$/ }).waitFor();
  await Promise.all([page.waitForEvent("download"), page.getByText("Download the table").click()]);
  assert.deepEqual(longTasks(JSON.parse(String(await browser.stopTracing()))), []);
  await page.reload();
  await ready(page);
  await page.getByRole("button", { name: "Continue with messages.csv" }).click();
  await standing(page, "14 of 10,000 labelled");
  await context.close();
});
