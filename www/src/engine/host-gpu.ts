import type { Gpu, GpuDevice } from "../options.js";
import { Lock } from "./turn.js";

/** What the page or program brings along for the engine to use. */
export interface Host {
  gpu?: Gpu | undefined;
  device?: GpuDevice | undefined;
}

/** Does what opens a device, which then is one of the host's. */
export type Opening = <T>(open: () => Promise<T>) => Promise<T>;

/** `navigator` is one for all. */
const lock = new Lock();

/**
 * Does `work` with `navigator.gpu` being the host's, since that is where the engine looks for it; afterwards everything is as it
 * was. Outside of browsers it also makes the engine look there at all, which it does where there is a `Window`.
 */
export function withHost<T>(host: Host, work: () => Promise<T>): Promise<T> {
  return lock.run(async () => {
    const gpu = host.device ? gpuOf(host.device) : host.gpu;
    const restore = [
      ...("Window" in globalThis || "WorkerGlobalScope" in globalThis ? [] : [put(globalThis, "Window", class Window {})]),
      ...("navigator" in globalThis ? [] : [put(globalThis, "navigator", {})]),
      ...(gpu ? [put(navigator, "gpu", gpu)] : []),
    ];
    try {
      return await work();
    } finally {
      for (const back of restore.reverse()) back();
    }
  });
}

function put(target: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true });
  return () => {
    if (before) Object.defineProperty(target, name, before);
    else delete (target as Record<string, unknown>)[name];
  };
}

/** The engine opens a device once for each `GPU`, so the same device must always have the same. */
const gpus = new WeakMap<GpuDevice, Gpu>();

/** A `GPU` with one adapter, which has the device. */
function gpuOf(device: GpuDevice): Gpu {
  const known = gpus.get(device);
  if (known) return known;
  const { adapterInfo } = device as { adapterInfo?: object };
  const nameless = { vendor: "", architecture: "", device: "", description: "the page's own device" };
  const shared = shield(device);
  const adapter = {
    info: adapterInfo ?? nameless,
    features: device.features,
    limits: device.limits,
    isFallbackAdapter: false,
    requestDevice: () => Promise.resolve(shared),
  };
  const gpu = { requestAdapter: () => Promise.resolve(adapter) };
  gpus.set(device, gpu);
  return gpu;
}

/** The device as the engine sees it: it can neither destroy it nor take its error handler. */
function shield(device: GpuDevice): GpuDevice {
  return new Proxy(device, {
    get(target, name) {
      if (name === "destroy") return () => undefined;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set(target, name, value) {
      if (name !== "onuncapturederror") return Reflect.set(target, name, value, target);
      (target as unknown as EventTarget).addEventListener("uncapturederror", value as EventListener);
      return true;
    },
  });
}
