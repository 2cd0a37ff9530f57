import type { ErrorCode } from "../generated/settings.js";
import type { ExportDtype, ExportFormat } from "../options.js";
import type { Multiplier } from "./products/multiplier.js";

/** What is there at once in WebAssembly, and comes later from the program `subtune ui`. */
export type Later<T> = T | Promise<T>;

/**
 * The interface of the engine: of the WebAssembly one, which `wasm-bindgen` makes from `src/web`, and of the one in the program
 * `subtune ui` (`src/program`). Plain values have snake_case keys, as in the
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
  describe(): Later<unknown>;
  /** Replaces the device if it was lost since its last use. */
  ready(): Promise<void>;
  /** Reads a data file: preview, columns, task, classes, findings. Needs no device. */
  inspect(file: DataFile, settings: Settings): Later<unknown>;
  /** Reads a data file: all its rows, and the columns of texts and labels as far as they are clear. Needs no device. */
  rows(file: DataFile, settings: Settings): Later<unknown>;
  /** Names up to `count` rows to label next, and proposes labels for the rows without one. */
  suggest(file: DataFile, settings: Settings, count: number): Promise<unknown>;
  /** Reads and checks data and settings, then prepares the first step. */
  start(files: DataFiles, settings: Settings): Promise<WasmTraining>;
  /** Continues from the files of a checkpoint, with the same data. `place` names the checkpoint in errors. */
  resume(files: DataFiles, place: string, checkpoint: Record<string, Uint8Array>): Promise<WasmTraining>;
  /** Consumes the training; its model becomes the tuner's. */
  finish(training: WasmTraining): Promise<unknown>;
  /** Makes a delta of the loaded model the one that predicts; without one, the loaded model. */
  useDelta(delta?: Uint8Array): Later<unknown>;
  predict(texts: Text[]): Promise<unknown>;
  evaluate(file: DataFile, settings: Settings): Promise<unknown>;
  tokenize(texts: Text[], max_length: number): Later<unknown>;
  /** A Hugging Face folder: file contents by name. */
  export(format: ExportFormat, dtype: ExportDtype): Later<Record<string, Uint8Array>>;
  /** Frees WebAssembly memory and GPU buffers. */
  free(): Later<unknown>;
}

/**
 * Keeps the checkpoints of one run by name, each whole or not at all. The engine decides when to write one and which to remove. If a
 * promise rejects, the engine puts the error's message into a warning.
 */
export interface CheckpointKeeper {
  /** The names of all complete checkpoints, in the order of the run. */
  complete(): Promise<string[]>;
  write(name: string, files: Record<string, Uint8Array>): Promise<void>;
  read(name: string): Promise<Record<string, Uint8Array>>;
  remove(name: string): Promise<void>;
  /** The name of a checkpoint in errors. */
  place(name: string): string;
  /** The path of the run's folder, for an engine that writes there itself. */
  folder: readonly string[];
}

export interface WasmTraining {
  /** Stores the run from now on: every `save_steps` steps, or else by the clock. At most `limit` checkpoints are kept. */
  keep(store: CheckpointKeeper, save_steps: number | undefined, limit: number): Later<unknown>;
  /** Runs one step, and stores the run if that is due. Returns all events of both; `undefined` once the run has ended. */
  proceed(): Promise<unknown[] | undefined | null>;
  /** Whether the run can recover from the last error. */
  can_recover(): Later<boolean>;
  /** Continues on a new device, from the last checkpoint or from the start. Returns the event `recovery`. */
  recover(): Promise<unknown>;
  /** Whether the last checkpoint is up to date. */
  is_stored(): Later<boolean>;
  /** Stores the run now, unless it is stored already. Returns the events. */
  save(): Promise<unknown[]>;
  /** Records a warning, and returns the event. */
  warn(message: string): Later<unknown>;
  /** All events so far. */
  events(): Later<unknown[]>;
  /** Ends the run after the current step. */
  stop(): Later<unknown>;
  /** `report.html` of the run so far; with `error`, of a failed run. */
  report(error?: string): Later<string>;
  /** Frees all memory, GPU buffers included. */
  free(): Later<unknown>;
}

export interface WasmModule {
  default(input?: { module_or_path: BufferSource | URL | Response | Promise<Response> }): Promise<{ memory: WebAssembly.Memory }>;
  Tuner: {
    load(name: string, files: Record<string, Uint8Array>, device: string): Promise<WasmTuner>;
  };
  /** Lets `multiplier` compute the matrix products of the CPU from now on. */
  multiply_with(multiplier: Multiplier): void;
  /** Examines the CPU, and the GPU if there is one. */
  doctor(): Promise<unknown>;
  /** Repeats a recorded run, and returns the largest deviation of each quantity as a share of its tolerance. */
  reproduce(files: Record<string, Uint8Array>, device: string): Promise<unknown>;
  version(): string;
}
