import type { EndEvent, EvaluationEvent, Part, ProbeEvent } from "./events.js";
import type { Classification, ClassSize, Finding, Metrics, Question, Reading, Regression, Understood } from "./generated/events.js";

export type {
  Candidate as ColumnCandidate,
  Classification,
  ClassScore,
  ClassSize,
  Column as UnderstoodColumn,
  Finding,
  FindingKind,
  Interval,
  Labelled,
  LeftOut,
  Metrics,
  Omission,
  OtherFile,
  Question,
  Reading,
  Regression,
  Scores,
  Understood,
  Variants as LabelVariants,
} from "./generated/events.js";

/** The scores of a classification, as scikit-learn defines them with `zero_division=0`. */
export type ClassificationMetrics = Extract<Metrics, Classification>;

/** The scores of a regression. All are 0 without examples, and NaN if a prediction is NaN. */
export type RegressionMetrics = Extract<Metrics, Regression>;

/** The device in use. */
export interface DeviceInfo {
  kind: "webgpu" | "cpu";
  /** For people. */
  name: string;
  /** A GPU that the CPU plays: right, but slower than the CPU itself. */
  software: boolean;
  /** Why this one, in words. */
  reason: string;
}

/** The model that was loaded, which every training starts from. */
export interface ModelInfo {
  /** What errors call it. */
  name: string;
  layers: number;
  hiddenSize: number;
  vocabSize: number;
  /** Tokens that it reads at most. */
  maxLength: number;
  /** The number of weights. */
  parameters: number;
}

/** What the model that predicts was trained for. */
export interface TunedInfo {
  task: "classification" | "regression";
  /** Class names by class id; empty for a regression. */
  labels: string[];
  /** Tokens beyond which a text is cut: as in its training, where the model says. */
  maxLength: number;
}

/** What the model says of one text. `prediction.label !== undefined` tells the two kinds apart. */
export type Prediction = ClassPrediction | ValuePrediction;

/** Of a classification. */
export interface ClassPrediction {
  /** The most probable class. */
  label: string;
  /** Its probability. */
  probability: number;
  /** All classes, in the order of {@link TunedInfo.labels}. */
  probabilities: ClassProbability[];
  value?: undefined;
}

export interface ClassProbability {
  label: string;
  probability: number;
}

/** Of a regression. */
export interface ValuePrediction {
  value: number;
  label?: undefined;
}

/** An example with a known answer, and what the model says of it. */
export interface JudgedExample {
  /** Of its file, from 1. */
  line: number;
  text: string;
  pair: string | null;
  /** The right answer: a class name or a number. */
  target: string | number;
  prediction: Prediction;
}

/** How good the model is on labelled data. */
export interface Evaluation {
  metrics: Metrics;
  examples: JudgedExample[];
  /** How the data was read, in plain words. */
  notes: string[];
}

/** What a data file holds. */
export interface Inspection {
  /** Names in the header, or "1", "2", ... where there is none. */
  columns: string[];
  hasHeader: boolean;
  rows: number;
  reading: Reading;
  /** The first rows, a field for each column. */
  preview: string[][];
  /** The labelled texts in it; `null` where they are not clear, as {@link Inspection.problem} says. */
  content: InspectedContent | null;
  /** Why the file cannot be trained on as it is, such as that a column must be named. */
  problem: string | null;
  /** What only a person can decide; a training is refused until the options answer all of them. */
  questions: Question[];
}

/** The labelled texts of a data file. */
export interface InspectedContent {
  /** As named in the options, else guessed. */
  textColumn: string;
  pairColumn: string | null;
  /** Empty where there is none. */
  labelColumn: string;
  task: InspectedTask;
  /** Rows with a text and a label. */
  examples: number;
  /** How the file was read, in plain words. */
  notes: string[];
  /** What should be known about the examples before training. */
  findings: Finding[];
  tokens: {
    /** Of a text, special tokens included, before it is cut. */
    mean: number;
    most: number | null;
    /** Texts over `maxLength`. */
    cutTexts: number;
  };
  /** How the file was read and why, in a few lines, each with what it is about and a colon first. */
  lines: string[];
  understood: Understood;
}

/** What a data file is good for. */
export type InspectedTask =
  | { kind: "classification"; classes: ClassSize[] }
  | { kind: "regression"; minimum: number; mean: number; maximum: number };

/** A text as the model reads it. */
export interface Tokens {
  inputIds: number[];
  /** 0 for the first text and 1 for the second of a pair. */
  tokenTypeIds: number[];
  /** Tokens that were cut off. */
  truncated: number;
}

/** How a run ended. Its model is the tuner's from then on. */
export interface RunResult {
  /** The last event. */
  end: EndEvent;
  /** The first model, which training began with; `null` where it began from a fresh classifier. */
  probe: ProbeEvent | null;
  /** The evaluation of the kept model that it was chosen by; `null` where there was none. */
  validation: EvaluationEvent | null;
  /** The final score; `null` without test examples. */
  test: EvaluationEvent | null;
  /** The score of models like the kept one on examples that each was trained without; `null` where none were trained. */
  crossValidation: EvaluationEvent | null;
  /** What was said of the test examples, else of the cross-validated or the validation examples; `null` without any. */
  heldOut: HeldOut | null;
}

/** Examples that were not trained on. */
export interface HeldOut {
  part: Part;
  /** The model is that of this step. */
  step: number;
  examples: JudgedExample[];
}

/** How far the repetition of a recorded run was from it. */
export interface Reproduction {
  /** Of the recorded run. */
  name: string;
  /** For people. */
  device: string;
  steps: number;
  deviations: Deviation[];
}

/** The largest deviation of one quantity. */
export interface Deviation {
  quantity: string;
  /** As a share of its tolerance: up to 1 is good. */
  share: number;
  /** Step and entry. */
  place: string;
}

/** What {@link Subtune.doctor} found. */
export interface Examination {
  devices: DeviceReport[];
  /** Which device to train on, in words. */
  verdict: string;
}

export interface DeviceReport {
  name: string;
  /** `null` for the CPU. */
  adapter: Adapter | null;
  /** The self-test: each kernel and each part of a step, compared with the CPU. None for the CPU itself. */
  checks: Check[];
  selfTestSeconds: number;
  /** Why the device cannot be used; `null` where it can. */
  fault: string | null;
  /** One training step with the bundled model's shape; `null` where it was not timed, as on an emulated GPU. */
  step: StepTime | null;
  /** Estimate, in bytes, for such a step. */
  memory: { weights: number; gradients: number; moments: number; subnetwork: number; activations: number };
}

export interface Check {
  /** The kernel, or the part of a training step. */
  name: string;
  /** Where the device differs from the CPU; `null` where it agrees. */
  fault: string | null;
}

export interface Adapter {
  name: string;
  backend: string;
  driver: string;
  /** Emulated on the CPU. */
  software: boolean;
  maxBindingBytes: number;
  maxStorageBuffers: number;
  /** A feature that is needed and missing. */
  lacks: string | null;
}

export interface StepTime {
  batch: number;
  /** Tokens of each text. */
  length: number;
  /** The first step, in which a GPU compiles its kernels. */
  firstSeconds: number;
  seconds: number;
}
