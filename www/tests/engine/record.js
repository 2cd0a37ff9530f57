// Writes recordings/*.json anew: node tests/engine/record.js [unit|page]. It takes a minute or two.
import { mkdirSync, writeFileSync } from "node:fs";
import { CASES } from "./cases.js";
import { pack } from "./packing.js";
import { record } from "./recorder.js";

const folder = new URL("recordings/", import.meta.url);
mkdirSync(folder, { recursive: true });
const wanted = process.argv.slice(2);
for (const [name, one] of Object.entries(CASES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const text = pack(await record(one, (line) => console.error(line)));
  writeFileSync(new URL(`${name}.json`, folder), text);
  console.log(`${name}: ${text.length} bytes`);
}
// Dawn keeps the process alive
process.exit();
