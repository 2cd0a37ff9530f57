import type { Metrics } from "./metrics.js";
import type { TrainingArguments } from "./generated/settings.js";

/** Something that happened in a run. `type` tells which. */
export type TrainEvent =
  | StartEvent
  | ContrastEvent
  | ProbeEvent
  | SurveyEvent
  | StepEvent
  | EvaluationEvent
  | FoldEvent
  | CalibrationEvent
  | SubnetworkEvent
  | CheckpointEvent
  | WarningEvent
  | RecoveryEvent
  | EndEvent;

/** Everything was read and checked; the first step comes next. */
export interface StartEvent {
  type: "start";
  /** All settings with the values in force, defaults included. `null` where a setting has no value. */
  arguments: { [Name in keyof TrainingArguments]-?: Exclude<TrainingArguments[Name], undefined> | null };
  /** The device in use, for people. */
  device: string;
  /** Class names by class id; empty for a regression. */
  labels: string[];
  trainExamples: number;
  validationExamples: number;
  testExamples: number;
  /** The number of weights in the model. */
  parameters: number;
  /** Estimated need of the device. */
  memoryBytes: number;
  /** The peak learning rate. */
  learningRate: number;
  /** Optimiser steps of the whole run. */
  maxSteps: number;
  /** Steps of one DPS stage. */
  stageSteps: number;
  /** What trains, what is held out and how good the model is told from, in words. */
  plan: string;
}

/** A step of the contrastive stage, which comes before the first model (`stage: "contrastive"`): the first, the last and every `loggingSteps`-th. */
export interface ContrastEvent {
  type: "contrast";
  /** From 1. */
  step: number;
  steps: number;
  /** Mean over the steps since the last event of this kind. */
  loss: number;
}

/** A first model is there: a classifier on what the model makes of the texts, in closed form. Fine-tuning starts from it. */
export interface ProbeEvent {
  type: "probe";
  /** Examples that it was fitted to. */
  examples: number;
  /** The inverse of its penalty, as scikit-learn's C. */
  c: number;
  seconds: number;
  /** Of a cross-validation; `null` where nothing could be held out. */
  metrics: Metrics | null;
}

/** Gradients are gathered before training, to select by (`method: "child-tuning-d"`). */
export interface SurveyEvent {
  type: "survey";
  batch: number;
  batches: number;
}

/** A step whose loss was read back: the first, the last and every `loggingSteps`-th. */
export interface StepEvent {
  type: "step";
  /** From 1. */
  step: number;
  /** How many times the training examples have been passed, with a fraction. */
  epoch: number;
  /** Mean over the steps since the last event of this kind. */
  loss: number;
  gradNorm: number;
  learningRate: number;
  stepsPerSecond: number;
  /** An estimate. */
  secondsLeft: number;
}

/** The model was scored on held-out examples. */
export type EvaluationEvent = Metrics & {
  type: "evaluation";
  part: Part;
  step: number;
  epoch: number;
  /** Whether this is the best evaluation so far. */
  best: boolean;
};

/**
 * `"validation"` examples choose the best model; `"test"` examples are used for nothing but the final score; `"cross_validation"`: all
 * examples train, and each is scored by another model like the kept one, which was trained without it.
 */
export type Part = "validation" | "test" | "cross_validation";

/** A model like the one that was trained is trained without some of the examples, to tell how good that one is. */
export interface FoldEvent {
  type: "fold";
  /** From 1. */
  fold: number;
  folds: number;
  /** Steps of a contrastive stage are counted too. */
  step: number;
  steps: number;
}

/** The classifier was divided by a temperature, so that its probabilities are what they say. */
export interface CalibrationEvent {
  type: "calibration";
  /** The examples that it was fitted to. */
  part: Part;
  temperature: number;
  /** Expected calibration error on them. */
  before: number;
  after: number;
  /** How far the kept weights are from the start: 0 for those that training began with, 1 for those it ended with. */
  share: number;
}

/** A subnetwork was selected. */
export interface SubnetworkEvent {
  type: "subnetwork";
  step: number;
  matrices: MatrixSelection[];
}

/** How much of one weight matrix is in the subnetwork. */
export interface MatrixSelection {
  /** Hugging Face's name of the parameter, such as `bert.encoder.layer.0.attention.self.query.weight`. */
  name: string;
  /** Weights in the matrix. */
  entries: number;
  /** Weights that were selected. */
  kept: number;
  /** Weights that are in this selection and were in the one before. */
  overlap: number;
}

/** The run was stored and can be resumed from here. */
export interface CheckpointEvent {
  type: "checkpoint";
  step: number;
  /** Where it was stored, such as `step-000120`. */
  name: string;
}

/** Something that a person should know: about the data, or about the run. */
export interface WarningEvent {
  type: "warning";
  message: string;
}

/** The device failed, and the run goes on from an earlier step. What was told of later steps is void. */
export interface RecoveryEvent {
  type: "recovery";
  /** The step that failed. */
  step: number;
  /** The last step that still counts. If it is 0, another {@link StartEvent} follows. */
  from: number;
  message: string;
}

/** The last event of a run that was not aborted. */
export interface EndEvent {
  type: "end";
  /** Optimiser steps that were made. */
  steps: number;
  seconds: number;
  /** Mean over the steps after the first, without evaluations. */
  secondsPerStep: number;
  /** The step that the kept model comes from. */
  bestStep: number;
  /** Ended by `earlyStoppingPatience`. */
  stoppedEarly: boolean;
  /** Ended by {@link Run.stop}. */
  interrupted: boolean;
  /** Steps that changed nothing because a gradient was no number. */
  skippedSteps: number;
}
