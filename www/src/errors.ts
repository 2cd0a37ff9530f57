import type { ErrorCode } from "./generated/settings.js";

/**
 * The base class of every error of subtune. The `name` of each class is a constant, so `error.name` distinguishes them even where
 * `instanceof` fails, as between two copies of the package.
 */
export abstract class SubtuneError extends Error {
  /** The engine's code for the error, finer than the class; absent if the error is not from the engine. */
  readonly code?: ErrorCode;
  /** The file with the error, if it is about a file. */
  readonly file?: string;
  /** The line of the file, from 1. */
  readonly line?: number;
}

/** An option is unknown, out of range or contradicts another, or the call is not possible now. */
export class InvalidArgument extends SubtuneError {
  override readonly name = "InvalidArgument";
}

/** A data file cannot be used as it is. The message names the file, the line and what was expected. */
export class InvalidData extends SubtuneError {
  override readonly name = "InvalidData";
}

/** A model's files cannot be used: something is missing or malformed, or a file does not match its pin. */
export class InvalidModel extends SubtuneError {
  override readonly name = "InvalidModel";
}

/** A checkpoint cannot be resumed: it is damaged, or belongs to another model. */
export class InvalidCheckpoint extends SubtuneError {
  override readonly name = "InvalidCheckpoint";
}

/** There is no run of this name in this browser: it is complete, was removed, or was never stored. */
export class NoSuchRun extends SubtuneError {
  override readonly name = "NoSuchRun";
}

/** The run is active in another tab, or in another tuner on this page. */
export class RunInUse extends SubtuneError {
  override readonly name = "RunInUse";
}

/** A file did not arrive, or arrived incomplete: offline, blocked, not found, cut short. Trying again may help. */
export class DownloadFailed extends SubtuneError {
  override readonly name = "DownloadFailed";
  /** The requested address. */
  readonly url: string;
  /** The HTTP status, if there was an answer. */
  readonly status: number | undefined;

  constructor(message: string, details: { url: string; status?: number | undefined; cause?: unknown }) {
    super(message, { cause: details.cause });
    this.url = details.url;
    this.status = details.status;
  }
}

/** You asked for WebGPU, and no suitable device exists. `device: "cpu"` works everywhere. */
export class WebGpuUnavailable extends SubtuneError {
  override readonly name = "WebGpuUnavailable";
}

/** The GPU device was lost: driver reset, GPU removed, or taken away by the browser. */
export class DeviceLost extends SubtuneError {
  override readonly name = "DeviceLost";
}

/** The GPU or WebAssembly ran out of memory. A smaller batch, `maxLength` or model needs less. */
export class OutOfMemory extends SubtuneError {
  override readonly name = "OutOfMemory";
}

/** Training stopped because the loss or the gradients are no longer numbers. A smaller learning rate helps. */
export class Diverged extends SubtuneError {
  override readonly name = "Diverged";
}

/**
 * The call was aborted through its `AbortSignal`, or its tuner was disposed. `name` is `"AbortError"`, as everywhere on the web, and
 * `cause` is the signal's reason.
 */
export class Aborted extends SubtuneError {
  override readonly name = "AbortError";
}

/**
 * The engine crashed because of a bug in subtune; the console has the details. This tuner is dead; load another one.
 */
export class EngineCrashed extends SubtuneError {
  override readonly name = "EngineCrashed";
}
