import { MessageChannel } from "node:worker_threads";

import { InlineEngine } from "../../dist/engine/inline.js";
import { RemoteEngine } from "../../dist/engine/remote.js";
import { serve } from "../../dist/engine/serve.js";
import { Tuner } from "../../dist/tuner.js";

export const MODEL = { from: "memory", name: "m", files: { "config.json": new Uint8Array([123]) } };

function here(module) {
  return new InlineEngine(async () => module);
}

/** Across real messages, copied as between threads. */
function across(module) {
  const { port1, port2 } = new MessageChannel();
  const port = (one) => ({
    postMessage: (message, transfer) => one.postMessage(message, transfer),
    addEventListener: (type, listener) => type === "message" && one.on("message", (data) => listener({ data })),
  });
  serve(here(module), port(port2));
  return new RemoteEngine({ ...port(port1), terminate: () => port1.close() });
}

/** Both ways to an engine; what holds for one must hold for the other. */
export const ENGINES = { "on this thread": here, "across messages": across };

export async function load(engine) {
  return new Tuner(engine, await engine.call("load", { device: "cpu", model: MODEL }));
}
