// The site is renewed on its server while somebody has the page: no file of one version is ever used as one of the other.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchPlain, SITE } from "./browser.js";
import { serveSite } from "./server.js";
import { open, ready } from "./steps.js";

let place, browser;
before(async () => {
  place = mkdtempSync(join(tmpdir(), "subtune-site-"));
  browser = await launchPlain();
});
after(async () => {
  await browser?.close();
  rmSync(place, { recursive: true, force: true });
});

const entry = (bytes) => [createHash("sha256").update(bytes).digest("hex").slice(0, 16), bytes.length];

/** The site with another page, another program and another engine's glue, in a folder of its own; each says its version. */
function version(number) {
  const folder = join(place, String(number));
  cpSync(SITE, folder, { recursive: true });
  const worker = join(folder, "sw.js");
  let program = readFileSync(worker, "utf8");
  for (const [file, change] of [
    ["index.html", (text) => text.replace("<title>", `<title>${number} `)],
    ["app.js", (text) => `globalThis.appVersion=${number};${text}`],
    ["subtune/dist/index.js", (text) => `globalThis.packageVersion=${number};${text}`],
  ]) {
    const before = readFileSync(join(folder, file));
    const after = Buffer.from(change(before.toString()));
    const [[oldHash, oldSize], [hash, size]] = [entry(before), entry(after)];
    assert.ok(program.includes(`["${oldHash}",${oldSize}]`), file);
    program = program.replace(`["${oldHash}",${oldSize}]`, `["${hash}",${size}]`);
    writeFileSync(join(folder, file), after);
  }
  writeFileSync(worker, program);
  return folder;
}

const versions = (page) => page.evaluate(() => [parseInt(document.title, 10), globalThis.appVersion, globalThis.packageVersion]);

/** The next version takes the place of the page by itself. */
async function renewed(page) {
  for (let tries = 0; tries < 100; tries++) {
    if ((await versions(page).catch(() => []))[1] === 2) return;
    await page.waitForTimeout(100);
  }
  assert.fail("the page is still that of the old version");
}

/** How often a page itself came from the network, past the service worker: once, on the first visit. */
const navigations = (site) => site.asked.filter(({ headers }) => headers["sec-fetch-mode"] === "navigate").length;

/** A site whose files can be those of another version from one moment to the next. */
async function renewable() {
  const live = mkdtempSync(join(place, "live-"));
  const [one, two] = [version(1), version(2)];
  const put = (folder, files) => {
    for (const file of files) cpSync(join(folder, file), join(live, file), { recursive: true });
  };
  put(one, ["."]);
  return { site: await serveSite(live), put: (...files) => put(two, files) };
}

/** Until the browser has looked for a new worker and done what it does with it. */
const looked = (page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration.update().catch(() => undefined);
    const { installing } = registration;
    if (installing)
      await new Promise((next) => installing.addEventListener("statechange", () => installing.state !== "installing" && next()));
    return [registration.active?.state, registration.waiting?.state];
  });

test("a new worker on a server that still has the old program does not begin, until the new one is there", async () => {
  const { site, put } = await renewable();
  const context = await browser.newContext();
  const page = await open(context, site.address);
  await page.getByText("Works offline from now on").waitFor();
  put("index.html", "sw.js", "subtune");
  for (let reload = 0; reload < 3; reload++) {
    assert.deepEqual(await looked(page), ["activated", undefined]);
    await page.reload();
    await ready(page);
    assert.deepEqual(await versions(page), [1, 1, 1]);
  }
  put("app.js");
  assert.deepEqual(await looked(page), ["activated", "installed"]);
  await page.reload();
  await renewed(page);
  await ready(page);
  assert.deepEqual(await versions(page), [2, 2, 2]);
  assert.equal(navigations(site), 1);
  assert.deepEqual(page.errors, []);
  await context.close();
  site.close();
});

test("a page of the old version beside another one stays whole when the site is renewed", async () => {
  const { site, put } = await renewable();
  const context = await browser.newContext();
  const pages = [await open(context, site.address), await open(context, site.address)];
  for (const page of pages) await page.getByText("Works offline from now on").waitFor();
  put(".");
  assert.deepEqual(await looked(pages[0]), ["activated", "installed"]);
  await pages[0].reload();
  await ready(pages[0]);
  assert.deepEqual(await versions(pages[0]), [1, 1, 1]);
  await pages[1].close();
  await pages[0].reload();
  await renewed(pages[0]);
  await ready(pages[0]);
  assert.deepEqual(await versions(pages[0]), [2, 2, 2]);
  assert.equal(navigations(site), 1);
  await context.close();
  site.close();
});
