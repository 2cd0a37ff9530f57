// Engines for the tests of the package: the recorded one, on this thread and across messages.
import { readFileSync } from "node:fs";
import { MessageChannel } from "node:worker_threads";

import { InlineEngine } from "../../dist/engine/inline.js";
import { RemoteEngine } from "../../dist/engine/remote.js";
import { serve } from "../../dist/engine/serve.js";
import { Tuner } from "../../dist/tuner.js";
import { SMALL } from "../engine/cases.js";
import { unpack } from "../engine/packing.js";
import { recordedModule } from "../engine/recorded.js";

export const RECORDING = unpack(JSON.parse(readFileSync(new URL("../engine/recordings/unit.json", import.meta.url), "utf8")));
/** A recorded run of {@link STEPS} steps; by the method "full", it diverges. */
export const DATA = { data: SMALL.classes };
export const STEPS = 9;

/** The recorded engine; what can be done to it stands in recorded.js. */
export function recorded(knobs) {
  return recordedModule(RECORDING, knobs);
}

/** A promise that is settled from outside. */
export function gate() {
  let open;
  const promise = new Promise((resolve) => (open = resolve));
  return { promise, open };
}

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
