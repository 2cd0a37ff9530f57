import type { ErrorCode } from "./generated/settings.js";

/**
 * What every error of subtune extends. The `name` of each class is a constant, so `error.name` tells them apart where `instanceof`
 * cannot, such as between two copies of the package.
 */
export abstract class SubtuneError extends Error {
  /** What kind of error the engine found, where it came from the engine; finer than the class. */
  readonly code?: ErrorCode;
  /** The file that is wrong, where the error is about one. */
  readonly file?: string;
  /** The line of the file, from 1. */
  readonly line?: number;
}

/** An option is unknown, out of range or contradicts another; or a method was called when it cannot be. */
export class InvalidArgument extends SubtuneError {
  override readonly name = "InvalidArgument";
}

/** A data file cannot be used as it is. The message names the file, the line and what was expected. */
export class InvalidData extends SubtuneError {
  override readonly name = "InvalidData";
}

/** A model's files cannot be used: something is missing or malformed, or a file is not the one that was pinned. */
export class InvalidModel extends SubtuneError {
  override readonly name = "InvalidModel";
}

/** A checkpoint cannot be gone on with: it is damaged, or of another model than the one that is loaded. */
export class InvalidCheckpoint extends SubtuneError {
  override readonly name = "InvalidCheckpoint";
}

/** There is no run of this name in this browser: it is complete, was removed, or was never kept. */
export class NoSuchRun extends SubtuneError {
  override readonly name = "NoSuchRun";
}

/** The run is under way in another tab, or in another tuner on this page. */
export class RunInUse extends SubtuneError {
  override readonly name = "RunInUse";
}

/** A file did not arrive, or not whole: offline, blocked, not found, cut short. Trying again may help. */
export class DownloadFailed extends SubtuneError {
  override readonly name = "DownloadFailed";
  /** The address that was asked. */
  readonly url: string;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;

  constructor(message: string, details: { url: string; status?: number | undefined; cause?: unknown }) {
    super(message, { cause: details.cause });
    this.url = details.url;
    this.status = details.status;
  }
}

/** WebGPU was asked for and there is none, or its device cannot do what is needed. `device: "cpu"` works everywhere. */
export class WebGpuUnavailable extends SubtuneError {
  override readonly name = "WebGpuUnavailable";
}

/** The GPU device was lost: driver reset, GPU removed, or taken away by the browser. */
export class DeviceLost extends SubtuneError {
  override readonly name = "DeviceLost";
}

/** There is not enough memory, of the GPU or of WebAssembly. A smaller batch, `maxLength` or model needs less. */
export class OutOfMemory extends SubtuneError {
  override readonly name = "OutOfMemory";
}

/** Training cannot go on because the loss or the gradients are no longer numbers. A smaller learning rate helps. */
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
 * The engine failed in a way that it should not: a bug in subtune, whose details are on the console. The tuner is dead; load
 * another one.
 */
export class EngineCrashed extends SubtuneError {
  override readonly name = "EngineCrashed";
}
