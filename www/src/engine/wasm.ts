import type { ErrorCode } from "../generated/settings.js";

/**
 * The interface of the WebAssembly engine, which `wasm-bindgen` makes from `src/web`. Plain values have snake_case keys, as in the
 * terminal's `--log-format json`. Calls throw an {@link EngineError}.
 */
export interface EngineError extends Error {
  code: ErrorCode;
  /** The file and line (from 1) with the error, if it is about a file. */
  file?: string;
  line?: number;
}

/** A file in memory. Its name determines its format and appears in messages. */
export interface DataFile {
  name: string;
  bytes: Uint8Array;
}

export interface DataFiles {
  train: DataFile;
  validation?: DataFile;
  test?: DataFile;
}

/** Settings under their snake_case names: the DataArguments as `data`, the TrainingArguments as `arguments`. */
export interface Settings {
  data: Record<string, unknown>;
  arguments: Record<string, unknown>;
}

/** A text, or a pair of texts. */
export interface Text {
  text: string;
  pair?: string | null;
}

export interface WasmTuner {
  /** Device, model, and the task it was trained for. */
  describe(): unknown;
  /** Replaces the device if it was lost since its last use. */
  ready(): Promise<void>;
  /** Reads a data file: preview, columns, task, classes, findings. Needs no device. */
  inspect(file: DataFile, settings: Settings): unknown;
  /** Reads and checks data and settings, then prepares the first step. */
  start(files: DataFiles, settings: Settings): Promise<WasmTraining>;
  /** Continues from the files of a checkpoint, with the same data. `place` names the checkpoint in errors. */
  resume(files: DataFiles, place: string, checkpoint: Record<string, Uint8Array>): Promise<WasmTraining>;
  /** Consumes the training; its model becomes the tuner's. */
  finish(training: WasmTraining): Promise<unknown>;
  predict(texts: Text[]): Promise<unknown>;
  evaluate(file: DataFile, settings: Settings): Promise<unknown>;
  tokenize(texts: Text[], max_length: number): unknown;
  /** A Hugging Face folder: file contents by name. */
  export(dtype: "float32" | "float16"): Record<string, Uint8Array>;
  /** Frees WebAssembly memory and GPU buffers. */
  free(): void;
}

export interface WasmTraining {
  /** Runs one step and returns its events; `undefined` once the run has ended. */
  proceed(): Promise<unknown[] | undefined>;
  /** Whether the run can recover from the last error. */
  can_recover(): boolean;
  /** Continues on a new device, from the files of the last checkpoint or from the start. Returns the event `recovery`. */
  recover(place: string, checkpoint?: Record<string, Uint8Array>): Promise<unknown>;
  /** Whether a checkpoint is due: every `save_steps` steps, or by the clock. */
  checkpoint_due(save_steps?: number): boolean;
  /** Whether the last checkpoint is up to date. */
  is_stored(): boolean;
  /** A checkpoint of the run, to be stored whole or not at all; `undefined` once the run has ended. */
  checkpoint(): Promise<{ name: string; files: Record<string, Uint8Array> } | undefined>;
  /** Records that the last checkpoint was stored, and returns the event. */
  checkpoint_stored(name: string): unknown;
  /** Records a warning, and returns the event. */
  warn(message: string): unknown;
  /** All events so far. */
  events(): unknown[];
  /** Ends the run after the current step. */
  stop(): void;
  /** `report.html` of the run so far; with `error`, of a failed run. */
  report(error?: string): string;
  /** Frees all memory, GPU buffers included. */
  free(): void;
}

export interface WasmModule {
  default(input?: { module_or_path: BufferSource | URL | Response | Promise<Response> }): Promise<{ memory: WebAssembly.Memory }>;
  Tuner: {
    load(name: string, files: Record<string, Uint8Array>, device: string): Promise<WasmTuner>;
  };
  /** Examines the CPU, and the GPU if there is one. */
  doctor(): Promise<unknown>;
  /** Repeats a recorded run, and returns the largest deviation of each quantity as a share of its tolerance. */
  reproduce(files: Record<string, Uint8Array>, device: string): Promise<unknown>;
  version(): string;
}
