// Writes the licences of all third-party code in a compiled program or a bundle, as one text. Fails if a licence is unknown.
//
//   node licences.js TARGET > THIRD_PARTY_LICENSES.txt
//
// writes those of the engine or the program for a Rust target, such as x86_64-unknown-linux-gnu.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file) => readFileSync(join(root, file), "utf8");
const IS_LICENCE = /^(unlicense|licen[cs]es?|copying|copyright|notice)([-_.]|$)/i;
const IS_OTHER = /\.(rs|js|ts|toml|json|html)$/i;
const IS_NOT_BUILT = /(^|\/)(tests?|benches|examples|fuzz|docs?|node_modules)\//i;
/** The standard texts for crates without a licence file: the first one that their manifest allows. */
const STANDARD = [
  ["Apache-2.0", () => read("LICENSE-APACHE")],
  ["MIT", (holders) => read("LICENSE-MIT").replace("The subtune authors", holders)],
  ["MPL-2.0", () => read("www/scripts/MPL-2.0.txt")],
];

/** Lists the crates that are compiled for a target, and Rust's standard library. */
export function crates(target) {
  const cargo = (...words) => execFileSync("cargo", [...words, "--locked"], { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  // cargo metadata gives the folders of crates, but also lists optional crates that are not compiled
  const { packages } = JSON.parse(cargo("metadata", "--format-version", "1", "--filter-platform", target));
  const known = new Map(packages.map((one) => [`${one.name} v${one.version}`, one]));
  const tree = cargo("tree", "--edges", "normal", "--target", target, "--prefix", "none", "--format", "{p}");
  const names = new Set(
    tree
      .trim()
      .split("\n")
      .map((line) => line.split(" ").slice(0, 2).join(" ")),
  );
  const found = [...names].sort().map((name) => known.get(name) ?? fail(`${name} is in the tree but not among the packages`));
  return [standardLibrary(), ...found.filter(({ source }) => source !== null).map(crate)];
}

function crate({ name, version, license, authors, repository, manifest_path, license_file }) {
  const texts = textsIn(dirname(manifest_path), license_file ? [license_file] : []);
  if (texts.length === 0) {
    const holders = authors.length > 0 ? authors.join(", ") : `The ${name} authors`;
    const standard = STANDARD.find(([id]) => license?.split(/[\s/()]+/).includes(id));
    if (standard) texts.push(standard[1](holders));
  }
  return { name, version, licence: license ?? "see its text", source: repository ?? `https://crates.io/crates/${name}`, texts };
}

function standardLibrary() {
  const [, version] = execFileSync("rustc", ["--version"], { encoding: "utf8" }).split(" ");
  const texts = [read("LICENSE-APACHE")];
  return { name: "Rust's standard library", version, licence: "MIT OR Apache-2.0", source: "https://github.com/rust-lang/rust", texts };
}

/** Lists the npm packages with code in these bundles, from esbuild's metafiles. */
export function packages(...metafiles) {
  const inputs = metafiles.flatMap((metafile) => Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs)));
  const used = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const folders = [...new Set(used.filter((folder) => folder !== undefined))].sort();
  return folders.map((folder) => {
    const place = join(root, "www", folder);
    const { name, version, license, repository } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
    return {
      name,
      version,
      licence: license,
      source: repository?.url ?? repository ?? `https://www.npmjs.com/package/${name}`,
      texts: textsIn(place),
    };
  });
}

/** Reads the licence files of a crate, including those of code that it contains, such as a C library. */
function textsIn(folder, others = []) {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true });
  const found = files.filter((file) => file.isFile() && IS_LICENCE.test(file.name) && !IS_OTHER.test(file.name));
  const names = found.map((file) => relative(folder, join(file.parentPath, file.name))).filter((name) => !IS_NOT_BUILT.test(name));
  return [...new Set([...names, ...others])].sort().map((name) => readFileSync(join(folder, name), "utf8"));
}

/** Writes the list of packages, then each licence text once. Throws if a package has no text. */
export function licences(components) {
  const without = components.filter(({ texts }) => texts.every((text) => text.trim() === ""));
  if (without.length > 0)
    fail(`no licence text was found for ${without.map(({ name, version, licence }) => `${name} ${version} (${licence})`).join(", ")}`);
  const numbers = new Map();
  const distinct = [];
  const numberOf = (text) => {
    const key = text.replaceAll(/\s+/g, " ").trim();
    if (!numbers.has(key)) numbers.set(key, distinct.push(text.trim().replaceAll("\r\n", "\n")));
    return numbers.get(key);
  };
  const rows = components.map(({ name, version, licence, source, texts }) => {
    const marks = [...new Set(texts.map(numberOf))].map((number) => `[${number}]`);
    return `${name} ${version}: ${licence} ${marks.join(" ")}\n    ${source.replace(/^git\+/, "")}`;
  });
  return [
    "What is compiled or bundled here contains the following works of others, unchanged. The numbers are those of the texts below.",
    rows.join("\n"),
    ...distinct.map((text, at) => `${"-".repeat(80)}\n[${at + 1}]\n\n${text}`),
  ]
    .join("\n\n")
    .concat("\n");
}

function fail(message) {
  throw new Error(message);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [target = fail("expected a Rust target, such as x86_64-unknown-linux-gnu")] = process.argv.slice(2);
  process.stdout.write(licences(crates(target)));
}
