// The page isolates itself from others, so that the engine may compute on several threads; whoever already uses it is not disturbed.
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { after, before, test } from "node:test";
import { launchPlain, SITE } from "./browser.js";
import { serveSite } from "./server.js";
import { open, reviews, settings, TINY, train, upload } from "./steps.js";

let site, browser;
before(async () => {
  site = await serveSite(SITE);
  browser = await launchPlain();
});
after(async () => {
  await browser?.close();
  site?.close();
});

const state = (page) =>
  page.evaluate(() => ({ isolated: crossOriginIsolated, loaded: performance.getEntriesByType("navigation")[0].type }));

/** How many threads help the engine. */
async function helpers() {
  const session = await browser.newBrowserCDPSession();
  const { targetInfos } = await session.send("Target.getTargets", { filter: [{ type: "worker" }] });
  return targetInfos.filter(({ url }) => url.endsWith("/products/helper.js")).length;
}

test("a first visit is isolated before the engine loads, a second from its start", async () => {
  const context = await browser.newContext();
  const page = await open(context, site.address);
  assert.deepEqual(await state(page), { isolated: true, loaded: "reload" });
  assert.deepEqual(page.errors, []);
  const again = await open(context, site.address);
  assert.deepEqual(await state(again), { isolated: true, loaded: "navigate" });
  await context.close();
});

test("a page that is already in use is not loaded again", async () => {
  const context = await browser.newContext();
  await context.addInitScript(() => addEventListener("DOMContentLoaded", () => document.dispatchEvent(new Event("input"))));
  const page = await open(context, site.address);
  assert.deepEqual(await state(page), { isolated: false, loaded: "navigate" });
  await upload(page, "reviews.csv", reviews());
  await settings(page, TINY);
  await train(page);
  assert.equal(await helpers(), 0);
  assert.deepEqual(page.errors, []);
  await context.close();
});

test("an isolated page computes on all cores", async () => {
  const context = await browser.newContext();
  const page = await open(context, site.address);
  await upload(page, "reviews.csv", reviews());
  await settings(page, TINY);
  await train(page);
  assert.equal(await helpers(), Math.min(availableParallelism(), 8) - 1);
  assert.deepEqual(page.errors, []);
  await context.close();
});
