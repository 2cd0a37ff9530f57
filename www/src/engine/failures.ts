import {
  DeviceLost,
  Diverged,
  EngineCrashed,
  InvalidArgument,
  InvalidCheckpoint,
  InvalidData,
  InvalidModel,
  OutOfMemory,
  SubtuneError,
  WebGpuUnavailable,
} from "../errors.js";
import type { ErrorCode } from "../generated/settings.js";
import type { EngineError } from "./wasm.js";

const CLASSES: Record<ErrorCode, new (message: string, options?: ErrorOptions) => SubtuneError> = {
  usage: InvalidArgument,
  data: InvalidData,
  unclear: InvalidData,
  io: InvalidData,
  unwritten: InvalidData,
  output: InvalidData,
  model: InvalidModel,
  checkpoint: InvalidCheckpoint,
  device: WebGpuUnavailable,
  lost: DeviceLost,
  memory: OutOfMemory,
  diverged: Diverged,
};

/** Converts anything thrown to one of our errors. An error that the engine did not intend is a crash. */
export function named(error: unknown): SubtuneError {
  if (error instanceof SubtuneError) return error;
  const { code, message = String(error), file, line } = (error ?? {}) as Partial<EngineError>;
  if (code !== undefined && code in CLASSES) return Object.assign(new CLASSES[code](message), { code }, file && { file }, line && { line });
  if (error instanceof RangeError && /alloc|memory/i.test(message)) {
    return new OutOfMemory(`there is not enough memory (${message})`, { cause: error });
  }
  return new EngineCrashed(`the engine crashed (${message}); the console has the details`, { cause: error });
}

/**
 * A panic inside an `async` function of the engine never settles its promise; it surfaces as an error of the thread. Calls `found` with
 * such errors until the returned function is called.
 */
export function watchForCrash(found: (error: WebAssembly.RuntimeError) => void): () => void {
  const check = (error: unknown) => {
    if (error instanceof WebAssembly.RuntimeError) found(error);
  };
  const onError = (event: Event) => check((event as ErrorEvent).error);
  const onRejection = (event: Event) => check((event as PromiseRejectionEvent).reason);
  // Node has no such events: it ends the process
  globalThis.addEventListener?.("error", onError);
  globalThis.addEventListener?.("unhandledrejection", onRejection);
  return () => {
    globalThis.removeEventListener?.("error", onError);
    globalThis.removeEventListener?.("unhandledrejection", onRejection);
  };
}
