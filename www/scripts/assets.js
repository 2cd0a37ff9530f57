// Adds to the package the bundled model, and the licences of the model, of the package and of all compiled code.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { crates, licences } from "./licences.js";

const root = new URL("../../", import.meta.url);
const www = new URL("../", import.meta.url);

rmSync(new URL("models/", www), { recursive: true, force: true });
mkdirSync(new URL("models/", www));
const wanted = (path) => basename(path) !== ".gitattributes";
cpSync(new URL("models/minilm", root), new URL("models/minilm", www), { recursive: true, filter: wanted });
for (const file of ["LICENSE-APACHE", "LICENSE-MIT", "NOTICE"]) cpSync(new URL(file, root), new URL(file, www));
writeFileSync(new URL("THIRD_PARTY_LICENSES.txt", www), licences(crates("wasm32-unknown-unknown")));
