import { nodeModule } from "../../node.js";
import type { Start } from "./helper.js";

/** Threads that compute, at most. */
const MOST_THREADS = 8;

/** Node has its own threads, unless it has those of browsers too. */
const node = typeof Worker === "function" ? undefined : nodeModule("node:worker_threads");

/** How many threads may help this one: none in a window, which must not wait, nor in a page that is not isolated. */
export function helpersHere(): number {
  const mayShare = globalThis.crossOriginIsolated && typeof Worker === "function" && !("document" in globalThis);
  const threads = node ? nodeModule("node:os")!.availableParallelism() : mayShare ? navigator.hardwareConcurrency : 1;
  return Math.min(threads, MOST_THREADS) - 1;
}

/** A thread that runs `helper.ts`. */
export interface Thread {
  /** Resolves when it has started or failed. */
  heard: Promise<unknown>;
  terminate(): unknown;
}

export function startHelper(start: Start): Thread {
  return node ? inNode(node.Worker, start) : inBrowser(start);
}

function inBrowser(start: Start): Thread {
  const worker = new Worker(new URL("./helper.js", import.meta.url), { type: "module", name: "subtune helper" });
  const heard = new Promise((next) => (worker.onmessage = worker.onerror = next));
  worker.postMessage(start);
  return { heard, terminate: () => worker.terminate() };
}

function inNode(NodeWorker: NonNullable<typeof node>["Worker"], start: Start): Thread {
  // has its own variable so that bundlers do not ship the file twice
  const base = import.meta.url;
  // without the process's flags, of which --input-type would be an error
  const thread = new NodeWorker(new URL("./helper.js", base), { name: "subtune helper", execArgv: [] });
  const heard = new Promise<void>((next) => {
    thread.once("message", next);
    thread.once("error", next);
  });
  thread.postMessage(start);
  // from then on it waits for products as long as the process lives
  void heard.then(() => thread.unref());
  return { heard, terminate: () => thread.terminate() };
}
