import type { Gpu, GpuDevice } from "../options.js";
import { Lock } from "./turn.js";

/** A GPU or device that the page or program provides. */
export interface Host {
  gpu?: Gpu | undefined;
  device?: GpuDevice | undefined;
}

/** Runs a function that opens a device, so that it finds the host's. */
export type Opening = <T>(open: () => Promise<T>) => Promise<T>;

/** There is only one `navigator`. */
const lock = new Lock();

/**
 * Does `work` while `navigator.gpu` is the host's GPU, which is where the engine looks, and restores everything afterwards. Outside
 * browsers it also defines `Window`, without which the engine does not look there.
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

/** The engine opens one device for each `GPU`, so each device must always get the same one. */
const gpus = new WeakMap<GpuDevice, Gpu>();

/** A `GPU` with one adapter, which gives this device. */
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

/** The device, but protected: the engine can neither destroy it nor replace its error handler. */
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
