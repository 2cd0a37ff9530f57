// Refuses to pack a package that is not completely built.
import { existsSync } from "node:fs";

const needed = [
  "dist/index.js",
  "wasm/subtune.js",
  "wasm/subtune_bg.wasm",
  "wasm/products/plain-own.wasm",
  "models/minilm/model.safetensors",
  "LICENSE-MIT",
  "THIRD_PARTY_LICENSES.txt",
];
const missing = needed.filter((file) => !existsSync(new URL(`../${file}`, import.meta.url)));
if (missing.length > 0) {
  console.error(`not built: ${missing.join(", ")}; run \`npm run build\` first`);
  process.exit(1);
}
