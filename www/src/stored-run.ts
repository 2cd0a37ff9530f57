import type { TrainOptions } from "./options.js";

/** The options a run was started with, without its data. */
export type StoredOptions = Omit<TrainOptions, "data" | "validationData" | "testData" | "checkpoints" | "signal">;

/** An interrupted run stored in this browser; {@link Subtune.runs} lists them. */
export interface StoredRun {
  /** Its name from {@link CheckpointOptions.checkpoints}, for {@link Tuner.resume} and {@link Subtune.forget}. */
  name: string;
  /** Steps done at the last checkpoint. 0: there is no checkpoint yet, and the run starts again. */
  step: number;
  /** Optimiser steps of the whole run. */
  maxSteps: number;
  /** The names of its checkpoints, the last one last. */
  checkpoints: string[];
  /** Time of the last checkpoint; if there is none, of the run's start. */
  storedAt: Date;
  /** Whether the run is active in another tab or tuner, and cannot continue here. */
  inUse: boolean;
  /** The name of the model, such as `"minilm"`. Load it before you resume the run. */
  model: string;
  /** The options the run was started with. */
  options: StoredOptions;
  /** Copies of the data, under the names of the files. They cannot be read after the run was removed. */
  data: File;
  validationData: File | null;
  testData: File | null;
  /** Total size on disk. */
  bytes: number;
}
