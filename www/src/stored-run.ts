import type { TrainOptions } from "./options.js";

/** The options that a run was started with, without its data. */
export type StoredOptions = Omit<TrainOptions, "data" | "validationData" | "testData" | "checkpoints" | "signal">;

/** An interrupted run that is kept in this browser; {@link Subtune.runs} lists them. */
export interface StoredRun {
  /** As given in {@link CheckpointOptions.checkpoints}; for {@link Tuner.resume} and {@link Subtune.forget}. */
  name: string;
  /** Steps done when it was stored last. 0: there is no checkpoint yet, and it begins again. */
  step: number;
  /** Optimiser steps of the whole run. */
  maxSteps: number;
  /** The names of its checkpoints, the last one last. */
  checkpoints: string[];
  /** When the last checkpoint was stored; without one, when the run began. */
  storedAt: Date;
  /** It is under way in another tab or tuner, and cannot be gone on with here. */
  inUse: boolean;
  /** What the model was called, such as `"minilm"`. It must be loaded before the run can go on. */
  model: string;
  /** What the run was started with. */
  options: StoredOptions;
  /** Copies of the data, under the names of the files. They are read when they are used, which cannot be after the run was removed. */
  data: File;
  validationData: File | null;
  testData: File | null;
  /** What all of it takes on the disk. */
  bytes: number;
}
