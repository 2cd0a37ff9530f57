// After one visit the page needs no network.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, SITE } from "./browser.js";
import { serveSite } from "./server.js";
import { download, open, ready, sample, settings, TINY, train, tryIt, unpack } from "./steps.js";

test("after one visit, a whole run with the network cut", async () => {
  const site = await serveSite(SITE);
  const browser = await launch();
  try {
    const context = await browser.newContext();
    const page = await open(context, site.address);
    await page.getByText("Works offline from now on").waitFor();
    site.close();
    await context.setOffline(true);
    const asked = site.asked.length;
    await page.reload();
    await ready(page);
    await sample(page, "follow from");
    await settings(page, TINY);
    await train(page);
    await page.locator("#try-pair").fill("Somebody plays.");
    assert.equal((await tryIt(page, "A man plays the guitar.")).length, 3);
    const files = unpack(await download(page, "Download the model (zip)"));
    assert.deepEqual(Object.values(JSON.parse(Buffer.from(files["config.json"]).toString()).id2label).sort(), [
      "contradiction",
      "entailment",
      "neutral",
    ]);
    assert.equal(site.asked.length, asked);
    assert.deepEqual(page.errors, []);
  } finally {
    await browser.close();
    site.close();
  }
});
