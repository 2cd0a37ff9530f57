// Two tabs of the page: neither loses sight of what the other has kept.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchPlain, SITE } from "./browser.js";
import { serveSite } from "./server.js";
import { hide } from "./states.js";
import { open, ready, reviews, settings, TINY, train, upload } from "./steps.js";

let site, browser;
before(async () => {
  site = await serveSite(SITE);
  browser = await launchPlain();
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** A tab with a long training under way, of which something is kept. */
async function training(context, name) {
  const page = await open(context, site.address);
  page.on("dialog", (dialog) => void dialog.accept());
  await upload(page, name, reviews());
  await settings(page, { ...TINY, "max-steps": 5000 });
  await page.getByRole("button", { name: "Just train it" }).click();
  await page.getByText(/^[1-9][\d,]* of 5,000/).waitFor();
  await hide(page);
  await page.getByText(/^step \d+$/).waitFor();
  return page;
}

const offers = (page) => page.locator(".interrupted .kept strong").allInnerTexts();

/** As when the tab comes to the front again. */
const show = (page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

test("a training that is done in one tab does not hide the one that another tab has kept", async () => {
  const context = await browser.newContext();
  const second = await open(context, site.address);
  const first = await training(context, "first.csv");
  await upload(second, "second.csv", reviews());
  await settings(second, TINY);
  await train(second);
  // the tab that knows nothing of it yet finds it, and later sees that it may go on
  await show(second);
  await second.getByText("It is running in another tab").waitFor();
  assert.deepEqual(await offers(second), ["first.csv"]);
  await first.close();
  await show(second);
  await second.getByRole("button", { name: "Continue first.csv" }).waitFor();
  await second.close();

  const third = await open(context, site.address);
  await third.getByRole("heading", { name: "A training was interrupted" }).waitFor();
  assert.deepEqual(await offers(third), ["first.csv"]);
  assert.deepEqual([...second.errors, ...third.errors], []);
  await context.close();
});

test("two tabs that are closed in their trainings leave both, and each can go on", async () => {
  const context = await browser.newContext();
  const tabs = [await training(context, "first.csv"), await training(context, "second.csv")];
  for (const tab of tabs) await tab.close();
  const page = await open(context, site.address);
  await page.getByRole("heading", { name: "2 trainings were interrupted" }).waitFor();
  assert.deepEqual((await offers(page)).sort(), ["first.csv", "second.csv"]);
  await page.getByRole("button", { name: "Continue first.csv" }).click();
  await page.getByText("Stop and keep").click();
  await page.getByText("Run 1 is done").waitFor();
  assert.deepEqual(await offers(page), ["second.csv"]);
  await context.close();
});

test("what could not be looked at once is neither forgotten nor removed", async () => {
  const context = await browser.newContext();
  await (await training(context, "first.csv")).close();
  const page = await context.newPage();
  await page.addInitScript(() => {
    const { getDirectoryHandle } = FileSystemDirectoryHandle.prototype;
    FileSystemDirectoryHandle.prototype.getDirectoryHandle = async function (name, options) {
      if (globalThis.works || name !== "checkpoints") return getDirectoryHandle.call(this, name, options);
      throw new DOMException("the disk is busy", "NotReadableError");
    };
  });
  await page.goto(site.address);
  await ready(page);
  await page.getByText("Interrupted trainings could not be looked up").waitFor();
  await page.evaluate(() => (globalThis.works = true));
  await page.getByRole("button", { name: "Look again" }).click();
  await page.getByRole("button", { name: "Continue first.csv" }).waitFor();
  assert.equal(await page.getByText("could not be looked up").count(), 0);
  await page.reload();
  await context.close();
});
