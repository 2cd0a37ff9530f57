import type { Host } from "./host-gpu.js";
import { InlineEngine } from "./inline.js";
import { openModule } from "./module.js";

/** The engine on this thread, with the WebAssembly that comes with the package. */
export function engineHere(host: Host): InlineEngine {
  return new InlineEngine(openModule, host);
}
