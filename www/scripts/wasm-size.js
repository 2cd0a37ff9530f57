// Compares the size of the engine with its limits and with the recorded size of each crate, to name the crates that grew.
//
//   node wasm-size.js NAMED.wasm FINAL.wasm [--record]
//
// NAMED.wasm still has function names and gives the sizes by crate; FINAL.wasm is the shipped engine. --record writes the sizes to
// wasm-size.json.
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

// one byte elsewhere, such as a path, changes what brotli finds by up to 5 kB
const LIMITS = { raw: 14_000_000, brotli: 3_010_000 };
/** The growth of a crate that is not reported, in bytes. */
const NOTICED = 20_000;
const recordFile = new URL("wasm-size.json", import.meta.url);

const [namedFile, finalFile, option] = process.argv.slice(2);
const final = readFileSync(finalFile);
const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
const found = {
  raw: final.length,
  brotli: brotliCompressSync(final, { params }).length,
  crates: crateSizes(readFileSync(namedFile)),
};
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
console.log(`engine: ${megabytes(found.raw)}, ${megabytes(found.brotli)} with brotli`);
if (option === "--record") writeFileSync(recordFile, `${JSON.stringify(found, null, 2)}\n`);

const recorded = JSON.parse(readFileSync(recordFile, "utf8"));
for (const crate of new Set([...Object.keys(found.crates), ...Object.keys(recorded.crates)])) {
  const growth = (found.crates[crate] ?? 0) - (recorded.crates[crate] ?? 0);
  if (Math.abs(growth) >= NOTICED) {
    console.log(`  ${crate}: ${growth > 0 ? "+" : "-"}${Math.round(Math.abs(growth) / 1e3)} kB since it was recorded`);
  }
}
for (const [kind, limit] of Object.entries(LIMITS)) {
  if (found[kind] > limit) {
    console.error(`the engine is too large: ${kind} ${megabytes(found[kind])}, the limit is ${megabytes(limit)}`);
    process.exitCode = 1;
  }
}

/** The bytes of functions by the first crate in their names, the largest first. Crates below 10 kB count together as "others". */
function crateSizes(bytes) {
  const { names, functions } = sections(bytes);
  const sizes = new Map();
  for (const [index, size] of functions) {
    const crate = /[A-Za-z_][A-Za-z0-9_]*(?=::)/.exec(names.get(index) ?? "")?.[0] ?? "others";
    sizes.set(crate, (sizes.get(crate) ?? 0) + size);
  }
  const result = {};
  let others = 0;
  for (const [crate, size] of [...sizes].sort((a, b) => b[1] - a[1])) {
    if (size < 10_000 || crate === "others") others += size;
    else result[crate] = size;
  }
  return { ...result, others };
}

/** Names and body sizes by function index: https://webassembly.github.io/spec/core/binary/modules.html */
function sections(bytes) {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const skipName = () => {
    const length = number();
    at += length;
  };
  const names = new Map();
  const bodies = [];
  let imported = 0;
  while (at < bytes.length) {
    const kind = bytes[at++];
    const length = number();
    const end = at + length;
    if (kind === 2) imported = importedFunctions(number, skipName, () => bytes[at++]);
    if (kind === 10) {
      for (let left = number(); left > 0; left--) {
        const size = number();
        bodies.push(size);
        at += size;
      }
    }
    if (kind === 0) {
      const titleLength = number();
      const title = bytes.toString("utf8", at, at + titleLength);
      at += titleLength;
      while (title === "name" && at < end) {
        const subsection = bytes[at++];
        const size = number();
        const next = at + size;
        if (subsection === 1) {
          for (let left = number(); left > 0; left--) {
            const index = number();
            const nameLength = number();
            names.set(index, bytes.toString("utf8", at, at + nameLength));
            at += nameLength;
          }
        }
        at = next;
      }
    }
    at = end;
  }
  return { names, functions: bodies.map((size, index) => [imported + index, size]) };
}

/** The number of imported functions. wasm-bindgen's modules import only functions and a memory. */
function importedFunctions(number, skipName, byte) {
  let functions = 0;
  for (let left = number(); left > 0; left--) {
    skipName();
    skipName();
    const kind = byte();
    if (kind === 0) {
      functions++;
      number();
    } else if (kind === 2) {
      const hasMaximum = number() & 1;
      number();
      if (hasMaximum) number();
    } else {
      throw new Error(`an import of kind ${kind} was not expected`);
    }
  }
  return functions;
}
