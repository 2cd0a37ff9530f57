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
import type { ErrorKind } from "./wasm.js";

const CLASSES: Record<ErrorKind, new (message: string, options?: ErrorOptions) => SubtuneError> = {
  usage: InvalidArgument,
  data: InvalidData,
  model: InvalidModel,
  checkpoint: InvalidCheckpoint,
  device: WebGpuUnavailable,
  lost: DeviceLost,
  memory: OutOfMemory,
  diverged: Diverged,
};

/** The named error of whatever was thrown. What the engine did not mean to throw is a crash. */
export function named(error: unknown): SubtuneError {
  if (error instanceof SubtuneError) return error;
  const { kind, message = String(error) } = (error ?? {}) as { kind?: ErrorKind; message?: string };
  if (kind !== undefined && kind in CLASSES) return new CLASSES[kind](message);
  if (error instanceof RangeError && /alloc|memory/i.test(message)) {
    return new OutOfMemory(`there is not enough memory (${message})`, { cause: error });
  }
  return new EngineCrashed(`the engine crashed (${message}); the console has the details`, { cause: error });
}
