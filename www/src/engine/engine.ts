import type { TrainEvent } from "../events.js";
import type { ModelRequest } from "../model/request.js";
import type { ExportDtype, ExportFormat } from "../options.js";
import type { LoadProgress } from "../progress.js";
import type { StoredOptions } from "../stored-run.js";
import type {
  DataRows,
  DeviceInfo,
  Evaluation,
  Examination,
  HeldOut,
  Inspection,
  ModelInfo,
  Prediction,
  Reproduction,
  Suggestions,
  Tokens,
  TunedInfo,
} from "../results.js";
import type { DataFile, DataFiles, Settings, Text } from "./wasm.js";

/** The state of a tuner, from `describe`. */
export interface TunerState {
  device: DeviceInfo;
  model: ModelInfo;
  tuned: TunedInfo | null;
}

/** The result of a run that was not aborted. */
export interface Trained {
  state: TunerState;
  heldOut: HeldOut | null;
}

/** `report.html` of a run that has ended or failed; sent before the answer. */
export interface ReportNotice {
  type: "report";
  html: string;
}

/** The calls of an engine. Every request, answer and notice can be sent to a worker and back. */
export interface Calls {
  load: { request: { device: string; model: ModelRequest }; answer: TunerState; notice: LoadProgress };
  inspect: { request: { file: DataFile; settings: Settings }; answer: Inspection; notice: never };
  rows: { request: { file: DataFile; settings: Settings }; answer: DataRows; notice: never };
  suggest: { request: { file: DataFile; settings: Settings; count: number }; answer: Suggestions; notice: never };
  /** Lasts as long as the run. When it rejects, the run's memory is free. */
  train: { request: { files: DataFiles; settings: Settings; keep?: Keep | undefined }; answer: Trained; notice: TrainEvent | ReportNotice };
  /** Like `train`, but continues a stored run. */
  resume: { request: Resumption; answer: Trained; notice: TrainEvent | ReportNotice };
  /** The report of the current run. */
  report: { request: null; answer: string; notice: never };
  use: { request: { delta: Uint8Array | Blob | null }; answer: TunerState; notice: never };
  predict: { request: { texts: Text[] }; answer: Prediction[]; notice: never };
  evaluate: { request: { file: DataFile; settings: Settings }; answer: Evaluation; notice: never };
  tokenize: { request: { texts: Text[]; maxLength: number }; answer: Tokens[]; notice: never };
  export: { request: { format: ExportFormat; dtype: ExportDtype }; answer: Record<string, Uint8Array>; notice: never };
  doctor: { request: null; answer: Examination; notice: never };
  reproduce: {
    request: { files: Record<string, Uint8Array | Blob>; device: string };
    answer: Reproduction;
    notice: never;
  };
}

export type CallName = keyof Calls;

/** The context of a call. */
export interface Context<K extends CallName> {
  signal?: AbortSignal | undefined;
  notify?: ((notice: Calls[K]["notice"]) => void) | undefined;
}

/** The context of a call that starts a run. */
export interface RunContext {
  signal?: AbortSignal | undefined;
  notify?: ((notice: TrainEvent | ReportNotice) => void) | undefined;
}

/** Stores a run in this browser under this name, with the options of the call. */
export interface Keep {
  name: string;
  options: StoredOptions;
}

/** The run to continue, from its last checkpoint by default. Options without a value stay as they were. */
export interface Resumption {
  name: string;
  checkpoint?: string | undefined;
  saveSteps?: number | undefined;
  saveTotalLimit?: number | undefined;
}

/** An order to the current run. `save` stores a checkpoint before it is due. */
export type Order = "pause" | "resume" | "stop" | "save";

/** One WebAssembly engine with one tuner, on this thread or in a worker. */
export interface Engine {
  /** Rejects with a `SubtuneError`. Settles when the engine has finished the call, even if it was aborted. */
  call<K extends CallName>(name: K, request: Calls[K]["request"], context?: Context<K>): Promise<Calls[K]["answer"]>;
  /** Does nothing if there is no current run. */
  steer(order: Order): void;
  /** Frees everything, then resolves. Calls in progress may never settle. */
  close(): Promise<void>;
}
