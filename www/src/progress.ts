/** Progress of loading, by `type`. */
export type LoadProgress = StageProgress | FileProgress | ProgressWarning;

/** The engine is fetched and compiled, then the model's files are read, then the device is prepared. */
export interface StageProgress {
  type: "stage";
  stage: "engine" | "model" | "device";
}

/** A file of the model is loading. The last event for a file has `loaded === total`. */
export interface FileProgress {
  type: "file";
  file: string;
  /** Bytes so far. */
  loaded: number;
  /** Bytes of the whole file; `null` if the server does not say. */
  total: number | null;
  /** Where the file comes from: the network, the browser's cache, or memory (files you passed in). */
  source: "network" | "cache" | "memory";
}

/** Loading continues, but a person should know something; for example, the cache is full. */
export interface ProgressWarning {
  type: "warning";
  message: string;
}
