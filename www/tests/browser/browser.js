// Chromium, and the repository served to it.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { serve } from "../../scripts/serve.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
export const FLAGS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--js-flags=--expose-gc",
];

/** The policy under which everything must work. */
export const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

/** Fails unless the page soon has so many workers: their end takes a moment. */
export async function workers(page, count) {
  for (let times = 0; page.workers().length !== count && times < 50; times++) await sleep(100);
  assert.equal(page.workers().length, count, "workers");
}

/** To be called in a `describe`: gives a function that opens a page; what is open is closed at the end. */
export function browser() {
  let chrome;
  const open = [];

  before(async () => {
    chrome = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  });
  after(async () => {
    await chrome?.close();
    for (const server of open) server.close();
  });

  /** A page of the repository's, with its requests. The options are the server's; `beside` is a page whose storage this one shares. */
  return async ({ policy = POLICY, beside, ...options } = {}) => {
    const server = beside ? { address: beside.address } : await serve(root, { headers: { "content-security-policy": policy }, ...options });
    if (!beside) open.push(server);
    const page = await (beside?.page.context() ?? (await chrome.newContext())).newPage();
    page.setDefaultTimeout(0);
    const requests = [];
    const context = page.context();
    context.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
    await page.goto(`${server.address}www/tests/browser/page.html`);
    return { page, requests, address: server.address };
  };
}
