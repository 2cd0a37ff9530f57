import { InvalidArgument } from "../errors.js";
import type { EngineOptions } from "../options.js";
import type { Engine } from "./engine.js";
import { RemoteEngine } from "./remote.js";
import { spawn } from "./spawn.js";

/** An engine where the options want it, and the device's name in its words. */
export async function openEngine(options: EngineOptions): Promise<{ engine: Engine; device: string }> {
  const { device = "auto", gpu, worker = typeof Worker === "function" } = options;
  if (typeof device === "string" && !["auto", "webgpu", "cpu"].includes(device)) {
    throw new InvalidArgument(`device is "${device}"; expected auto, webgpu, cpu or a GPUDevice`);
  }
  const name = typeof device === "string" ? device : "webgpu";
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
