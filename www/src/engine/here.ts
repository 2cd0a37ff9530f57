import * as glue from "../../wasm/subtune.js";
import { DownloadFailed } from "../errors.js";
import { readLocal } from "../model/download.js";
import type { Host } from "./host-gpu.js";
import { InlineEngine } from "./inline.js";
import { Multiplier } from "./products/multiplier.js";
import type { WasmModule } from "./wasm.js";

/** What multiplies in the engine's place: one, because the engine has one memory, however many tuners use it. */
let multiplier: Promise<Multiplier | undefined> | undefined;

const ADDRESS = new URL("../../wasm/subtune_bg.wasm", import.meta.url);

/** Fetches and compiles the engine once. */
async function openModule(): Promise<WasmModule> {
  // the generated types are `any` and `object`
  const module = glue as unknown as WasmModule;
  try {
    const input = ADDRESS.protocol === "file:" ? ((await readLocal(ADDRESS)) as Uint8Array<ArrayBuffer>) : ADDRESS;
    const { memory } = await module.default({ module_or_path: input });
    multiplier ??= Multiplier.open(memory);
    const opened = await multiplier;
    if (opened) module.multiply_with(opened);
  } catch (error) {
    multiplier = undefined;
    const { message } = error as Error;
    const hint = /unsafe-eval|content security|csp/i.test(message) ? "; the page's policy must allow 'wasm-unsafe-eval' in script-src" : "";
    throw new DownloadFailed(`${ADDRESS}: the engine could not be loaded (${message})${hint}`, { url: ADDRESS.href, cause: error });
  }
  return module;
}

/** The engine on this thread, with the WebAssembly that comes with the package. */
export function engineHere(host: Host): InlineEngine {
  return new InlineEngine(openModule, host);
}
