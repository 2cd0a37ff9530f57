// The example in plain HTML, served as its first lines say.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { serve } from "../../scripts/serve.js";
import { CSV } from "./data.js";

describe("the example in plain HTML", () => {
  let server;
  let chrome;

  before(async () => {
    server = await serve(fileURLToPath(new URL("../../", import.meta.url)));
    // without WebGPU, so on the CPU
    chrome = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  });

  after(async () => {
    await chrome?.close();
    server?.close();
  });

  it("trains on a file and labels a sentence", async () => {
    const page = await chrome.newPage();
    page.setDefaultTimeout(180_000);
    await page.goto(`${server.address}examples/plain/`);
    const said = page.locator("#said");
    await said.getByText(/^Ready|Error|Failed|Invalid|Crashed/).waitFor();
    assert.match(await said.textContent(), /^Ready on CPU/);
    await page.locator("#file").setInputFiles({ name: "reviews.csv", mimeType: "text/csv", buffer: Buffer.from(CSV) });
    await said.getByText(/^Done|Error|Failed|Invalid|Crashed/).waitFor();
    assert.match(await said.textContent(), /^Done\. Accuracy [01]\.\d{3} on 40 held-out texts\.$/);
    await page.locator("#text").fill("what a lovely day");
    await page.locator("#text").press("Enter");
    const answer = page.locator("#answer");
    await answer.getByText(/good|bad/).waitFor();
    await page.close();
  });
});
