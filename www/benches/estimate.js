// The page's estimate of a training's time beside the time that it took, on the CPU.
//
//   SUBTUNE_BROWSER=firefox node benches/estimate.js      (in www, after npm run build and npm run build:page)
//
// Each row is a number of texts of the bundled sample and settings of the page. Firefox and WebKit: as in the tests of tests/engines.
// SUBTUNE_ROWS picks rows by their numbers, from 0.
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { serveSite } from "../tests/page/server.js";
import { button, launch, NAME } from "../tests/engines/browser.js";

const ROWS = [
  { texts: 24, settings: { layers: 2, "max-steps": 40 } },
  { texts: 40, settings: {} },
  { texts: 100, settings: {} },
  { texts: 400, settings: { layers: 3 } },
];
const wanted = process.env.SUBTUNE_ROWS?.split(",").map(Number) ?? ROWS.keys();
const lines = readFileSync(new URL("../../samples/sms_spam.csv", import.meta.url), "utf8")
  .trim()
  .split("\n");
const [head, ...rows] = lines;

const site = await serveSite(fileURLToPath(new URL("../site", import.meta.url)));
const browser = await launch({ proxy: site.address });
console.log(`${NAME}, ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}\n`);
console.log("| texts | settings | estimated | took | ratio |\n|---:|---|---:|---:|---:|");
for (const row of wanted) {
  const { texts, settings } = ROWS[row];
  const window = await browser.open();
  await window.open(site.address);
  await window.upload("messages.csv", `${[head, ...rows.slice(0, texts)].join("\n")}\n`);
  await window.until(".estimate", /A first model is ready/);
  await window.settings(settings);
  const [said, number, unit] = await window.until(".estimate", /About ([\d½]+) (second|minute)/);
  const start = performance.now();
  await window.click(button("Just train it"));
  await window.until(".status", /Run 1 is done/, 20 * 60_000);
  const took = (performance.now() - start) / 1000;
  const estimated = Number(number.replace("½", ".5")) * (unit === "minute" ? 60 : 1);
  const shown = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  console.log(`| ${texts} | ${shown.join(", ")} | ${said.toLowerCase()}s | ${took.toFixed(1)} s | ${(took / estimated).toFixed(2)} |`);
  await window.close();
}
await browser.close();
process.exit(0);
