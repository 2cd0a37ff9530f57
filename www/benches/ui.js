// The same job on the page in a tab and on the page of `subtune ui`, by turns, in one Chromium without WebGPU.
//
//   node benches/ui.js        (in www, after npm run build:page and cargo build --release)
//
// The job: 200 messages of the sample, 24 steps with a batch of 16, and everything else that a press of the button does. Seconds from
// the press to the model; `first` is the time from the file to the first model. It asserts nothing.
import { readFileSync } from "node:fs";

import { launchPlain, SITE } from "../tests/page/browser.js";
import { serveSite } from "../tests/page/server.js";
import { open, settings, tryIt, upload } from "../tests/page/steps.js";
import { startUi } from "../tests/ui/program.js";

const ROUNDS = Number(process.argv[2] ?? 2);
const MINUTES = 60_000;
const sample = readFileSync(new URL("../../samples/sms_spam.csv", import.meta.url), "utf8");
const rows = sample.split("\n").slice(0, 201).join("\n");
const browser = await launchPlain();
const site = await serveSite(SITE);
const times = { tab: [], ui: [] };

async function job(address) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
  const page = await open(context, address);
  page.setDefaultTimeout(20 * MINUTES);
  const chosen = performance.now();
  await upload(page, "messages.csv", rows);
  await page.getByText("A first model is ready").waitFor();
  const first = (performance.now() - chosen) / 1000;
  await settings(page, { recipe: "plain", "max-steps": 24, "per-device-train-batch-size": 16 });
  await page.locator(".estimate strong", { hasText: "About" }).waitFor();
  const pressed = performance.now();
  await page.getByRole("button", { name: "Just train it" }).click();
  await page.getByText("Run 1 is done").waitFor();
  const whole = (performance.now() - pressed) / 1000;
  const says = await tryIt(page, "You have won a prize, call now!");
  await context.close();
  return { first, whole, says: says[0].join(" ") };
}

for (let round = 1; round <= ROUNDS; round++) {
  times.tab.push(await job(site.address));
  const ui = await startUi();
  times.ui.push(await job(ui.address));
  await ui.close();
  const [tab, there] = [times.tab.at(-1), times.ui.at(-1)];
  const seconds = (one) => `first ${one.first.toFixed(1)} s, run ${one.whole.toFixed(1)} s (${one.says} %)`;
  console.log(`round ${round}: tab ${seconds(tab)}; ui ${seconds(there)}; ratio ${(there.whole / tab.whole).toFixed(2)}`);
}
await browser.close();
site.close();
