import type { ErrorCode } from "../generated/settings.js";
import type { ExportDtype, ExportFormat } from "../options.js";

/**
 * The face of the WebAssembly engine, as `wasm-bindgen` makes it from `src/web`. Plain values have snake_case keys, as
 * in the terminal's `--log-format json`. What is thrown is an {@link EngineError}.
 */
export interface EngineError extends Error {
  code: ErrorCode;
  /** The file that is wrong, where it is about one, and its line from 1. */
  file?: string;
  line?: number;
}

/** A file in memory; its name tells its format and stands in messages. */
export interface DataFile {
  name: string;
  bytes: Uint8Array;
}

export interface DataFiles {
  train: DataFile;
  validation?: DataFile;
  test?: DataFile;
}

/** snake_case settings: those of columns, splits and layers, and under `arguments` the TrainingArguments. */
export type Settings = Record<string, unknown>;

/** A text, or a pair of texts. */
export interface Text {
  text: string;
  pair?: string | null;
}

export interface WasmTuner {
  /** Device, model and what it was trained for. */
  describe(): unknown;
  /** Replaces a device that was lost since it was last used. */
  ready(): Promise<void>;
  /** Reads a data file: preview, columns, task, classes, findings. Needs no device. */
  inspect(file: DataFile, settings: Settings): unknown;
  /** Reads and checks everything, then prepares the first step. */
  start(files: DataFiles, settings: Settings): Promise<WasmTraining>;
  /** Goes on from the files of a checkpoint of a run with the same data. `place` names the checkpoint in errors. */
  resume(files: DataFiles, place: string, checkpoint: Record<string, Uint8Array>): Promise<WasmTraining>;
  /** Takes the training (it cannot be used afterwards): its model is the tuner's from now on. */
  finish(training: WasmTraining): Promise<unknown>;
  predict(texts: Text[]): Promise<unknown>;
  evaluate(file: DataFile, settings: Settings): Promise<unknown>;
  tokenize(texts: Text[], max_length: number): unknown;
  /** A Hugging Face folder: file contents by name. */
  export(format: ExportFormat, dtype: ExportDtype): Record<string, Uint8Array>;
  /** Gives everything back: WASM memory and GPU buffers. */
  free(): void;
}

/**
 * Keeps the checkpoints of one run by name, each as a whole or not at all. The engine says when to write which, and which to remove. It
 * tells a person what a promise rejects with.
 */
export interface CheckpointKeeper {
  /** The names of all checkpoints that are whole. */
  complete(): Promise<string[]>;
  write(name: string, files: Record<string, Uint8Array>): Promise<void>;
  read(name: string): Promise<Record<string, Uint8Array>>;
  remove(name: string): Promise<void>;
  /** What errors call a checkpoint. */
  place(name: string): string;
}

export interface WasmTraining {
  /** Stores the run from now on: every `save_steps` steps or else by the clock, with at most `limit` checkpoints. */
  keep(store: CheckpointKeeper, save_steps: number | undefined, limit: number): void;
  /** Does one step and stores the run if that is due. Returns all that happened, or `undefined` once the run has ended. */
  proceed(): Promise<unknown[] | undefined>;
  /** Whether the run can continue after what was thrown last. */
  can_recover(): boolean;
  /** Continues on another device, from the last checkpoint or from the start. Returns the event that says so. */
  recover(): Promise<unknown>;
  /** Whether nothing was done since the last checkpoint. */
  is_stored(): boolean;
  /** Stores the run now, unless it is stored already. Returns what happened. */
  save(): Promise<unknown[]>;
  /** Notes something that a person should know, and returns the event. */
  warn(message: string): unknown;
  /** All that has happened so far. */
  events(): unknown[];
  /** End after the current step as if it were complete. */
  stop(): void;
  /** `report.html` of the run so far; with `error`, of a run that failed. */
  report(error?: string): string;
  /** Gives everything back, GPU buffers included. */
  free(): void;
}

export interface WasmModule {
  default(input?: { module_or_path: BufferSource | URL | Response | Promise<Response> }): Promise<{ memory: WebAssembly.Memory }>;
  Tuner: {
    load(name: string, files: Record<string, Uint8Array>, device: string): Promise<WasmTuner>;
  };
  /** Examines the CPU and the GPU, where there is one. */
  doctor(): Promise<unknown>;
  /** Runs a recorded run again and gives the largest deviation of each quantity as a share of its tolerance. */
  reproduce(files: Record<string, Uint8Array>, device: string): Promise<unknown>;
  version(): string;
}
