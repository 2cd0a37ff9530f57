import type { EndEvent, EvaluationEvent, Part, ProbeEvent, SuspectsEvent } from "./events.js";
import type {
  Classification,
  ClassSize,
  Finding,
  Metrics,
  MultiLabel,
  Question,
  Reading,
  Regression,
  Understood,
} from "./generated/events.js";

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
  MultiLabel,
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

/** The scores where a text may have several labels, as scikit-learn defines them with `zero_division=0`. */
export type MultiLabelMetrics = Extract<Metrics, MultiLabel>;

/** The scores of a regression. All are 0 without examples, and NaN if a prediction is NaN. */
export type RegressionMetrics = Extract<Metrics, Regression>;

/** The device in use. */
export interface DeviceInfo {
  kind: "webgpu" | "cpu";
  /** A name for people. */
  name: string;
  /** A GPU emulated on the CPU: correct, but slower than the CPU itself. */
  software: boolean;
  /** Why this device was chosen, in words. */
  reason: string;
}

/** The loaded model. Every training starts from it. */
export interface ModelInfo {
  /** Its name in errors. */
  name: string;
  layers: number;
  hiddenSize: number;
  vocabSize: number;
  /** The most tokens that it reads. */
  maxLength: number;
  /** The number of weights. */
  parameters: number;
}

/** The task of the model that predicts. */
export interface TunedInfo {
  task: "classification" | "multi-label" | "regression";
  /** Class names by class id; empty for a regression. */
  labels: string[];
  /** Texts are cut after this many tokens, as in the model's training if it says so. */
  maxLength: number;
}

/** The prediction for one text. Of `label`, `labels` and `value`, the one that is not `undefined` tells the kind. */
export type Prediction = ClassPrediction | LabelsPrediction | ValuePrediction;

/** A prediction of a classification. */
export interface ClassPrediction {
  /** The most probable class. */
  label: string;
  /** Its probability. */
  probability: number;
  /** All classes, in the order of {@link TunedInfo.labels}. */
  probabilities: ClassProbability[];
  labels?: undefined;
  value?: undefined;
}

/** A prediction where a text may have several labels. */
export interface LabelsPrediction {
  /** The labels whose probability reaches their threshold. */
  labels: string[];
  /** All labels, in the order of {@link TunedInfo.labels}. Each probability is by itself. */
  probabilities: ClassProbability[];
  label?: undefined;
  value?: undefined;
}

export interface ClassProbability {
  label: string;
  probability: number;
}

/** A prediction of a regression. */
export interface ValuePrediction {
  value: number;
  label?: undefined;
  labels?: undefined;
}

/** An example with a known answer, and its prediction. */
export interface JudgedExample {
  /** Line of its file, from 1. */
  line: number;
  text: string;
  pair: string | null;
  /** The right answer: a class name, the names of several labels, or a number. */
  target: string | string[] | number;
  prediction: Prediction;
}

/** The model's scores on labelled data. */
export interface Evaluation {
  metrics: Metrics;
  examples: JudgedExample[];
  /** Notes on how the data was read. */
  notes: string[];
}

/** The contents of a data file. */
export interface Inspection {
  /** Names in the header, or "1", "2", ... without a header. */
  columns: string[];
  hasHeader: boolean;
  rows: number;
  reading: Reading;
  /** The first rows, a field for each column. */
  preview: string[][];
  /** The labelled texts; `null` if they cannot be determined, see {@link Inspection.problem}. */
  content: InspectedContent | null;
  /** Why the file cannot be trained on as it is; for example, a column must be named. */
  problem: string | null;
  /** Questions that only a person can answer. A training is refused until the options answer all of them. */
  questions: Question[];
}

/** The labelled texts of a data file. */
export interface InspectedContent {
  /** From the options, or guessed. */
  textColumn: string;
  pairColumn: string | null;
  /** Empty if there is none. */
  labelColumn: string;
  task: InspectedTask;
  /** Rows with a text and a label. */
  examples: number;
  /** Notes on how the file was read. */
  notes: string[];
  /** Findings about the examples to know before training. */
  findings: Finding[];
  tokens: {
    /** Tokens of a text, special tokens included, before it is cut. */
    mean: number;
    most: number | null;
    /** Texts over `maxLength`. */
    cutTexts: number;
  };
  /** How the file was read and why: a few lines, each with its subject and a colon first. */
  lines: string[];
  understood: Understood;
}

/** All rows of a data file. */
export interface DataRows {
  /** Names in the header, or "1", "2", ... without a header. */
  columns: string[];
  hasHeader: boolean;
  /** A field for each column. */
  rows: string[][];
  /** The line of its file on which each row begins, from 1. */
  lines: number[];
  /** `null` if it is unclear. */
  textColumn: string | null;
  /** `null` if there are no pairs of texts. */
  pairColumn: string | null;
  /** `null` if there is none, or it is unclear. */
  labelColumn: string | null;
}

/** The texts to label next, and what the labels so far say of the others. Rows are those of the table, from 0. */
export interface Suggestions {
  /**
   * How often a linear model on the texts' vectors is right, by cross-validation on the labelled texts, with the range in which that is
   * likely to be for all such texts; `null` while there are too few labels.
   */
  accuracy: { value: number; low: number; high: number } | null;
  /** The most probable label of each text without one; empty before two different labels are known. */
  proposals: { row: number; label: string; probability: number }[];
  /** The rows to label next, the most useful first. */
  ask: number[];
}

/** The task that a data file is suited for. */
export type InspectedTask =
  | { kind: "classification" | "multi-label"; classes: ClassSize[] }
  | { kind: "regression"; minimum: number; mean: number; maximum: number };

/** A text as the model reads it. */
export interface Tokens {
  inputIds: number[];
  /** 0 for the first text and 1 for the second of a pair. */
  tokenTypeIds: number[];
  /** Tokens that were cut off. */
  truncated: number;
}

/** The result of a run. Its model is now the tuner's. */
export interface RunResult {
  /** The last event. */
  end: EndEvent;
  /** The first model, from which training started; `null` if it started from a fresh classifier. */
  probe: ProbeEvent | null;
  /** The labels that are probably wrong; `null` if they were not judged. */
  suspects: SuspectsEvent | null;
  /** The evaluation by which the kept model was chosen; `null` if there was none. */
  validation: EvaluationEvent | null;
  /** The final score; `null` without test examples. */
  test: EvaluationEvent | null;
  /** The score of further models, each on the examples it trained without; `null` if there were none. */
  crossValidation: EvaluationEvent | null;
  /** Predictions for the test examples, or the cross-validated ones, or the validation examples; `null` if there are none. */
  heldOut: HeldOut | null;
}

/** Examples that the model was not trained on. */
export interface HeldOut {
  part: Part;
  /** The step of the model. */
  step: number;
  examples: JudgedExample[];
}

/** How far a repetition deviates from the recorded run. */
export interface Reproduction {
  /** Name of the recorded run. */
  name: string;
  /** For people. */
  device: string;
  steps: number;
  deviations: Deviation[];
}

/** The largest deviation of one quantity. */
export interface Deviation {
  quantity: string;
  /** The deviation as a share of its tolerance: up to 1 is good. */
  share: number;
  /** Step and entry. */
  place: string;
}

/** The result of {@link Subtune.doctor}. */
export interface Examination {
  devices: DeviceReport[];
  /** The recommended device, in words. */
  verdict: string;
}

export interface DeviceReport {
  name: string;
  /** `null` for the CPU. */
  adapter: Adapter | null;
  /** The self-test: each kernel and each part of a step, compared with the CPU. None for the CPU itself. */
  checks: Check[];
  selfTestSeconds: number;
  /** Why the device cannot be used; `null` if it can. */
  fault: string | null;
  /** One training step with the bundled model's shape; `null` if it was not timed, as on an emulated GPU. */
  step: StepTime | null;
  /** Estimate, in bytes, for such a step. */
  memory: { weights: number; gradients: number; moments: number; subnetwork: number; activations: number };
}

export interface Check {
  /** The kernel, or the part of a training step. */
  name: string;
  /** Where the device differs from the CPU; `null` if it agrees. */
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
