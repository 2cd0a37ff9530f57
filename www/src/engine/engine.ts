import type { TrainEvent } from "../events.js";
import type { ModelRequest } from "../model/request.js";
import type { ExportDtype, ExportFormat } from "../options.js";
import type { LoadProgress } from "../progress.js";
import type { StoredOptions } from "../stored-run.js";
import type { DeviceInfo, Evaluation, Examination, HeldOut, Inspection, ModelInfo, Prediction, Reproduction, Tokens, TunedInfo } from "../results.js";
import type { DataFile, DataFiles, Settings, Text } from "./wasm.js";

/** What `describe` says of a tuner. */
export interface TunerState {
  device: DeviceInfo;
  model: ModelInfo;
  tuned: TunedInfo | null;
}

/** What is left of a run that was not aborted. */
export interface Trained {
  state: TunerState;
  heldOut: HeldOut | null;
}

/** `report.html` of a run that has ended or failed, sent before its answer. */
export interface ReportNotice {
  type: "report";
  html: string;
}

/** All that can be asked of an engine. Every request, answer and notice can be sent to a worker and back. */
export interface Calls {
  load: { request: { device: string; model: ModelRequest }; answer: TunerState; notice: LoadProgress };
  inspect: { request: { file: DataFile; settings: Settings }; answer: Inspection; notice: never };
  /** Lasts as long as the run. Once it rejects, nothing of the run is left. */
  train: { request: { files: DataFiles; settings: Settings; keep?: Keep | undefined }; answer: Trained; notice: TrainEvent | ReportNotice };
  /** As `train`, but goes on with a run that was kept. */
  resume: { request: Resumption; answer: Trained; notice: TrainEvent | ReportNotice };
  /** Of the run under way. */
  report: { request: null; answer: string; notice: never };
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

/** What goes with a call. */
export interface Context<K extends CallName> {
  signal?: AbortSignal | undefined;
  notify?: ((notice: Calls[K]["notice"]) => void) | undefined;
}

/** What goes with a call that makes a run. */
export interface RunContext {
  signal?: AbortSignal | undefined;
  notify?: ((notice: TrainEvent | ReportNotice) => void) | undefined;
}

/** That a run is kept in this browser, and under which name. `options` are those of the call. */
export interface Keep {
  name: string;
  options: StoredOptions;
}

/** Which run goes on: from its last checkpoint unless one is named. Without a value, the settings of the run are kept. */
export interface Resumption {
  name: string;
  checkpoint?: string | undefined;
  saveSteps?: number | undefined;
  saveTotalLimit?: number | undefined;
}

/** To the run under way. `save` stores it where it is kept, although it may not be time to. */
export type Order = "pause" | "resume" | "stop" | "save";

/** One WebAssembly engine with one tuner, on this thread or in a worker. */
export interface Engine {
  /** Rejects with a `SubtuneError`. Settles when the engine is done with the call, aborted or not. */
  call<K extends CallName>(name: K, request: Calls[K]["request"], context?: Context<K>): Promise<Calls[K]["answer"]>;
  /** Without a run under way, nothing happens. */
  steer(order: Order): void;
  /** Gives everything back; the promise says when. What is under way may never settle. */
  close(): Promise<void>;
}
