/** What happens while a tuner loads. `type` tells which. */
export type LoadProgress = StageProgress | FileProgress | ProgressWarning;

/** The engine is fetched and compiled, then the model's files are read, then the device is prepared. */
export interface StageProgress {
  type: "stage";
  stage: "engine" | "model" | "device";
}

/** A file of the model is on its way. The last one for a file has `loaded === total`. */
export interface FileProgress {
  type: "file";
  file: string;
  /** Bytes so far. */
  loaded: number;
  /** Bytes of the whole file; `null` where the server does not say. */
  total: number | null;
  /** Where it comes from: the network, the browser's cache, or memory (files that were handed over). */
  source: "network" | "cache" | "memory";
}

/** Loading goes on, but a person should know, such as that the cache is full. */
export interface ProgressWarning {
  type: "warning";
  message: string;
}
