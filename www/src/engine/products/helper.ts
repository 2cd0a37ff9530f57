import { nodeModule } from "../../node.js";
import { Tiles } from "./product.js";
import { BUSY, FAILED, IDLE, Slot } from "./slot.js";

/** What a helper is told at its start, once. */
export interface Start {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  slot: SharedArrayBuffer;
}

const port = nodeModule("node:worker_threads")?.parentPort ?? (globalThis as unknown as MessagePort);

// waits for products until its worker is ended, and hears nothing else
port.addEventListener("message", ({ data }: MessageEvent<Start>) => {
  const slot = new Slot(data.slot);
  try {
    const tiles = new Tiles(data.module, data.memory);
    slot.state = IDLE;
    port.postMessage("started");
    for (; ; slot.state = IDLE) {
      while (slot.wait(IDLE) !== BUSY);
      tiles.multiply(slot.product);
    }
  } catch (error) {
    slot.state = FAILED;
    port.postMessage("failed");
    console.warn(`a thread less computes (${(error as Error).message})`);
  }
});
