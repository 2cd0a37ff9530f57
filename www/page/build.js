// Builds the page into ../site: static files for any web server. `--fake` puts recorded runs in place of
// the engine, for work on the page.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";
import { licences, packages } from "../scripts/licences.js";

const page = dirname(fileURLToPath(import.meta.url));
const www = dirname(page);
const root = dirname(www);
const fake = process.argv.includes("--fake");
const site = join(www, fake ? "site-fake" : "site");
const MODEL_FILES = ["config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "model.safetensors"];
const SAMPLES = [
  "sms_spam.csv",
  "banking77/train.csv",
  "banking77/test.csv",
  "snli_cad/train.tsv",
  "snli_cad/validation.tsv",
  "snli_cad/test.tsv",
];
const LICENCES = {
  "subtune-MIT.txt": "LICENSE-MIT",
  "subtune-Apache-2.0.txt": "LICENSE-APACHE",
  "NOTICE.txt": "NOTICE",
  "minilm-Apache-2.0.txt": "models/minilm/LICENSE",
  "minilm-MIT-microsoft.txt": "models/minilm/LICENSE-MIT-microsoft-minilm",
  "sms_spam.txt": "samples/LICENSE-sms_spam.txt",
  "banking77-CC-BY-4.0.txt": "samples/banking77/LICENSE",
  "snli-CC-BY-SA-4.0.txt": "samples/snli_cad/LICENSE-CC-BY-SA-4.0",
  "snli_cad-Apache-2.0.txt": "samples/snli_cad/LICENSE",
  "snli_cad-NOTICE.txt": "samples/snli_cad/NOTICE",
};

function copy(from, to) {
  if (!existsSync(from)) throw new Error(`${relative(root, from)} is missing; build the package first (npm run build)`);
  mkdirSync(dirname(join(site, to)), { recursive: true });
  cpSync(from, join(site, to), { recursive: true, filter: (file) => !/\.(d\.ts|map)$/.test(file) });
}

rmSync(site, { recursive: true, force: true });
mkdirSync(site, { recursive: true });

// the package as it is published: it needs no bundler
copy(join(www, "dist"), "subtune/dist");
if (fake) {
  await build({
    entryPoints: [join(www, "tests/engine/page-engine.js")],
    bundle: true,
    format: "esm",
    outfile: join(site, "subtune/wasm/subtune.js"),
  });
  writeFileSync(join(site, "subtune/wasm/subtune_bg.wasm"), Buffer.alloc(3_000_000));
  // a module that exports `scratch` alone: the recorded engine multiplies nothing
  const module = Buffer.from("0061736d010000000105016000017f03020100070b01077363726174636800000a0601040041000b", "hex");
  mkdirSync(join(site, "subtune/wasm/products"));
  for (const name of ["relaxed-own", "relaxed-shared", "plain-own", "plain-shared"]) {
    writeFileSync(join(site, `subtune/wasm/products/${name}.wasm`), module);
  }
} else {
  // with what the glue imports beside it
  const glue = readdirSync(join(www, "wasm"), { recursive: true, withFileTypes: true });
  for (const entry of glue.filter((entry) => entry.isFile() && /\.(js|wasm)$/.test(entry.name))) {
    const file = join(entry.parentPath, entry.name);
    copy(file, join("subtune/wasm", relative(join(www, "wasm"), file)));
  }
}
for (const name of MODEL_FILES) copy(join(root, "models/minilm", name), `subtune/models/minilm/${name}`);
// the recorded engine does not look into it
if (fake) writeFileSync(join(site, "subtune/models/minilm/model.safetensors"), Buffer.alloc(4_000_000));
for (const name of SAMPLES) copy(join(root, "samples", name), `samples/${name}`);
for (const [name, from] of Object.entries(LICENCES)) copy(join(root, from), `licences/${name}`);
// the recorded engine has nothing compiled in
if (!fake) copy(join(www, "THIRD_PARTY_LICENSES.txt"), "licences/engine.txt");
copy(join(page, "icon.svg"), "icon.svg");

const size = (path) => statSync(join(site, path)).size;
const options = {
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  metafile: true,
  // all of them are in a file
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  define: {
    ENGINE_BYTES: String(size("subtune/wasm/subtune_bg.wasm")),
    MODEL_BYTES: String(MODEL_FILES.reduce((sum, name) => sum + size(`subtune/models/minilm/${name}`), 0)),
  },
};
const toPackage = {
  name: "subtune",
  setup: ({ onResolve }) => onResolve({ filter: /^subtune$/ }, () => ({ path: "./subtune/dist/index.js", external: true })),
};
const { metafile } = await build({
  ...options,
  entryPoints: { app: join(page, "main.tsx") },
  outdir: site,
  splitting: true,
  chunkNames: "[name]-[hash]",
  plugins: [toPackage],
});
copy(join(page, "index.html"), "index.html");
writeFileSync(join(site, "ui.html"), pageOfProgram());
writeFileSync(join(site, "licences/page.txt"), licences(packages(metafile)));

const files = readdirSync(site, { recursive: true, withFileTypes: true })
  // the service worker is not for the page of the program
  .filter((entry) => entry.isFile() && entry.name !== "ui.html")
  .map((entry) => relative(site, join(entry.parentPath, entry.name)))
  .sort();
const manifest = {};
for (const file of files) {
  const hash = createHash("sha256")
    .update(readFileSync(join(site, file)))
    .digest("hex")
    .slice(0, 16);
  manifest[file] = [hash, size(file)];
}
await build({
  ...options,
  format: "iife",
  entryPoints: { sw: join(page, "offline/service-worker.ts") },
  outdir: site,
  define: { MANIFEST: JSON.stringify(manifest), POLICY: JSON.stringify(policy()) },
});

const first = ["index.html", "app.js", "app.css"];
const sizes = first.map((file) => brotliCompressSync(readFileSync(join(site, file))).length);
console.log(
  `${relative(root, site)}: ${files.length + 1} files; first paint ${first.map((file, at) => `${file} ${sizes[at]}`).join(" + ")} = ${sizes.reduce((a, b) => a + b)} bytes (brotli)`,
);

/** The page that `subtune ui` serves: the program is its engine, and it neither has WebAssembly nor workers. */
function pageOfProgram() {
  const changes = [
    ['<meta name="viewport"', '<meta name="subtune-engine" content="program">\n<meta name="viewport"'],
    [" 'wasm-unsafe-eval'", ""],
    ["worker-src 'self'; ", ""],
    ["in this browser. Your texts never leave this device.", "on this machine. Your texts never leave it."],
    [
      "Everything happens in this browser: <strong>your texts never leave this device</strong>",
      "The program subtune does everything on the machine where it was started: <strong>your texts never leave it</strong>",
    ],
  ];
  return changes.reduce(
    (html, [from, to]) => {
      if (!html.includes(from)) throw new Error(`index.html has no ${from}`);
      return html.replace(from, to);
    },
    readFileSync(join(page, "index.html"), "utf8"),
  );
}

/** The same for workers, which do not hear of a policy in the page, as in the page. */
function policy() {
  return /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(readFileSync(join(page, "index.html"), "utf8"))[1];
}
