// However the page fails at its start, a sentence says so, and no odd language of the system makes it fail.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchPlain, SITE } from "./browser.js";
import { serveSite } from "./server.js";

let site, withoutProgram, browser;
before(async () => {
  site = await serveSite(SITE);
  withoutProgram = await serveSite(SITE, { lacks: /app\.js$/ });
  browser = await launchPlain();
});
after(async () => {
  await browser?.close();
  for (const one of [site, withoutProgram]) one?.close();
});

/** The page after something was done to the browser. */
async function opened(address, change = () => {}) {
  const page = await (await browser.newContext()).newPage();
  await page.addInitScript(change);
  await page.goto(address);
  return page;
}

for (const language of ["C", "POSIX", "", "en_US.UTF-8"]) {
  test(`the page starts where the browser's language is ${JSON.stringify(language)}`, async () => {
    const page = await (await browser.newContext()).newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.addInitScript((value) => Object.defineProperty(Navigator.prototype, "language", { get: () => value }), language);
    await page.goto(site.address);
    await page.getByText("Choose a file").waitFor();
    assert.equal(await page.getByText("The page is still loading").count(), 0);
    assert.deepEqual(errors, []);
    await page.context().close();
  });
}

for (const [what, change] of Object.entries({
  "a program that throws before anything is shown": () =>
    (Intl.NumberFormat = () => {
      throw new RangeError("Incorrect locale information provided");
    }),
  "a browser without what the page is made with": () => (document.createElementNS = undefined),
})) {
  test(`${what} leaves a sentence, not an empty page`, async () => {
    const page = await opened(site.address, change);
    const said = page.getByRole("alert");
    await said.waitFor();
    assert.match(await said.innerText(), /^This page could not start in this browser \(.+\)\. Reload it/);
    assert.equal(await page.getByText("Choose a file").count(), 0);
    await page.context().close();
  });
}

test("a program that does not arrive leaves a sentence, not an empty page", async () => {
  const page = await opened(withoutProgram.address);
  const said = page.getByText("The page is still loading");
  assert.equal(await said.isVisible(), false);
  await said.waitFor({ timeout: 10_000 });
  await page.context().close();
});
