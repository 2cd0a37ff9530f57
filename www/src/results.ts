import type { EndEvent, EvaluationEvent } from "./events.js";

/** The device in use. */
export interface DeviceInfo {
  /** `"webgpu"` or `"cpu"`. */
  kind: "webgpu" | "cpu";
  /** For people. */
  name: string;
  /** Why this one, in words. */
  reason: string;
}

/** The model in use. */
export interface ModelInfo {
  /** What errors call it. */
  name: string;
  layers: number;
  hiddenSize: number;
  /** Tokens that it reads at most. */
  maxLength: number;
  /** What it is trained for; `null` before the first training of a model without a classifier. */
  task: "classification" | "regression" | null;
  /** Class names by class id; empty unless it is trained for a classification. */
  labels: string[];
}

/** What the model says of one text. `prediction.label !== undefined` tells the two kinds apart. */
export type Prediction = ClassPrediction | ValuePrediction;

/** Of a classification. */
export interface ClassPrediction {
  /** The most probable class. */
  label: string;
  /** Its probability. */
  score: number;
  /** Of all classes, in the order of {@link ModelInfo.labels}. */
  probabilities: number[];
  value?: undefined;
}

/** Of a regression. */
export interface ValuePrediction {
  value: number;
  label?: undefined;
}

/** What a data file holds. */
export interface Inspection {
  /** Names in the header, or "1", "2", ... where there is none. */
  columns: string[];
  hasHeader: boolean;
  /** The number of rows. */
  rows: number;
  /** The first rows, a field for each column. */
  preview: { line: number; fields: string[] }[];
  /** Which column holds what: as named in the options, else guessed. */
  textColumn: string;
  pairColumn: string | null;
  labelColumn: string;
  task: "classification" | "regression";
  /** Examples by class, in the order of class ids; empty for a regression. */
  classes: { label: string; examples: number }[];
  /** Rows with a text and a label. */
  examples: number;
  /** How the file was read, in plain words. */
  notes: string[];
  /** What should be known about the examples before training. */
  findings: Finding[];
}

/** Something about the examples that a person should know. */
export interface Finding {
  kind: "duplicates" | "conflicting-labels" | "small-classes" | "imbalance" | "long-texts";
  /** A sentence or two, with numbers. */
  message: string;
  /** Lines of the file where it can be seen, at most 10. */
  lines: number[];
}

/** A text as the model reads it. */
export interface Tokens {
  inputIds: number[];
  /** 0 for the first text and 1 for the second of a pair. */
  tokenTypeIds: number[];
}

/** How a run ended. The model is the tuner's from then on. */
export interface RunResult {
  /** The last event. */
  end: EndEvent;
  /** The evaluation that the kept model was chosen by; `null` without validation examples. */
  validation: EvaluationEvent | null;
  /** The final score; `null` without test examples. */
  test: EvaluationEvent | null;
}

/** How far a recorded run was from its repetition on this device. */
export interface Reproduction {
  /** The device, for people. */
  device: string;
  /** The largest deviation of each quantity as a share of its tolerance: up to 1 is a success. */
  deviations: Record<string, number>;
}
