import {
  Aborted,
  DeviceLost,
  Diverged,
  DownloadFailed,
  EngineCrashed,
  InvalidArgument,
  InvalidCheckpoint,
  InvalidData,
  InvalidModel,
  NoSuchRun,
  OutOfMemory,
  RunInUse,
  type SubtuneError,
  WebGpuUnavailable,
} from "../errors.js";
import type { CallName, Order } from "./engine.js";

/** Messages to the worker. `id` counts calls. */
export type ToWorker =
  | { type: "call"; id: number; name: CallName; request: unknown }
  | { type: "abort"; id: number }
  | { type: "steer"; order: Order };

/** Messages from the worker. */
export type FromWorker =
  | { type: "notice"; id: number; notice: unknown }
  | { type: "answer"; id: number; answer: unknown }
  | { type: "failure"; id: number; failure: Failure };

/** An error in a message. (A structured clone of one of our errors would lose everything but its text.) */
export interface Failure {
  name: string;
  message: string;
  url?: string | undefined;
  status?: number | undefined;
  /** Further fields from the engine. */
  details: Pick<SubtuneError, "code" | "file" | "line">;
}

/** The part of a worker, and of its global scope, that messages need. */
export interface Port {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
}

const CLASSES = {
  AbortError: Aborted,
  DeviceLost,
  Diverged,
  EngineCrashed,
  InvalidArgument,
  InvalidCheckpoint,
  InvalidData,
  InvalidModel,
  NoSuchRun,
  OutOfMemory,
  RunInUse,
  WebGpuUnavailable,
};

export function pack(error: SubtuneError): Failure {
  const { name, message, code, file, line } = error;
  const failure = { name, message, details: { ...(code && { code }), ...(file && { file }), ...(line && { line }) } };
  return error instanceof DownloadFailed ? { ...failure, url: error.url, status: error.status } : failure;
}

export function unpack({ name, message, url = "", status, details }: Failure): SubtuneError {
  if (name === "DownloadFailed") return new DownloadFailed(message, { url, status });
  return Object.assign(new CLASSES[name as keyof typeof CLASSES](message), details);
}
