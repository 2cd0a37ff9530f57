// The page on WebGPU, which here is SwiftShader: the last layer only is trained, since every shader takes it seconds.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, SITE } from "./browser.js";
import { serveSite } from "./server.js";
import { open, reviews, settings, TINY, train, tryIt, upload } from "./steps.js";

let site, browser;
before(async () => {
  site = await serveSite(SITE);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** Destroys the device of a worker when next it is used. */
const loseDevice = () =>
  new Promise((resolve) => {
    const { createCommandEncoder } = GPUDevice.prototype;
    GPUDevice.prototype.createCommandEncoder = function (...descriptor) {
      GPUDevice.prototype.createCommandEncoder = createCommandEncoder;
      this.destroy();
      resolve();
      return createCommandEncoder.apply(this, descriptor);
    };
  });

test("a run on WebGPU; the device is lost in the next one, which goes on on a new one", async () => {
  const context = await browser.newContext();
  const page = await open(context, site.address);
  assert.match(await page.locator(".engine").innerText(), /Computes on the processor \(CPU\)/);
  await upload(page, "reviews.csv", reviews({ rows: 20 }));
  await settings(page, { ...TINY, "max-length": 8, "max-steps": 2, "per-device-train-batch-size": 2, method: "head", device: "webgpu" });
  await page.locator(".engine", { hasText: "graphics processor is imitated" }).waitFor();
  await train(page);
  assert.match(await page.locator(".progress").innerText(), /2 of 2/);
  assert.equal((await tryIt(page, "lovely")).length, 2);

  await settings(page, { "max-steps": 200 });
  await page.getByRole("button", { name: "Train again" }).click();
  await page.locator(".facts", { hasText: /[1-9]\d* of 200/ }).waitFor();
  const [worker] = page.workers();
  await worker.evaluate(loseDevice);
  // the browser tells of the loss before or after a read of a result fails, which is what the engine says then
  const told = page.locator(".progress [aria-live=polite]", { hasText: /(was lost|the device stopped) .* continues from the start/ });
  await told.waitFor();
  await page.locator(".facts", { hasText: /[1-9]\d* of 200/ }).waitFor();
  await page.getByRole("button", { name: "Stop and keep" }).click();
  await page.getByText("Run 2 is done").waitFor();
  assert.equal((await tryIt(page, "lovely")).length, 2);
  // the run before the loss is still there
  await page.getByRole("radio", { name: "Run 1" }).check();
  assert.equal((await tryIt(page, "lovely")).length, 2);
  assert.deepEqual(page.errors, []);
  await context.close();
});
