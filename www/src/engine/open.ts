import { InvalidArgument } from "../errors.js";
import type { EngineOptions } from "../options.js";
import { program } from "../program/program.js";
import type { Engine } from "./engine.js";
import { RemoteEngine } from "./remote.js";

/** Opens an engine on this thread, in a worker, or in the program that serves this page, and names the device as the engine does. */
export async function openEngine(options: EngineOptions): Promise<{ engine: Engine; device: string }> {
  const { device = "auto", gpu, worker = typeof Worker === "function" } = options;
  if (typeof device === "string" && !["auto", "webgpu", "cpu"].includes(device)) {
    throw new InvalidArgument(`device is "${device}"; expected auto, webgpu, cpu or a GPUDevice`);
  }
  const name = typeof device === "string" ? device : "webgpu";
  const served = program();
  if (served) {
    const { engineThere } = await import("../program/engine.js");
    return { engine: engineThere(served), device: name };
  }
  if (!worker) {
    const { engineHere } = await import("./here.js");
    return { engine: engineHere({ gpu, device: typeof device === "string" ? undefined : device }), device: name };
  }
  if (typeof Worker !== "function") throw new InvalidArgument("worker is true, but there are no workers here");
  if (typeof device !== "string" || gpu) {
    throw new InvalidArgument(`a ${gpu ? "GPU" : "GPUDevice"} cannot be sent to a worker; expected worker: false with it`);
  }
  return { engine: new RemoteEngine(spawn()), device: name };
}

/** Starts a worker with the engine. */
function spawn(): Worker {
  try {
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "subtune" });
  } catch (error) {
    if ((error as Error).name !== "SecurityError") throw error;
  }
  // The package comes from another origin (a CDN): a worker may not be made from there, but may import from there. The base has its own
  // variable so that bundlers do not ship the file twice; their output never gets here.
  const base = import.meta.url;
  const script = `import ${JSON.stringify(new URL("./worker.js", base).href)};`;
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  return new Worker(address, { type: "module", name: "subtune" });
}
