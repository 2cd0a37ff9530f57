import type { TrainEvent } from "./generated/events.js";

export type { MatrixSelection, Part, SelfTrained, Suspect, TrainEvent } from "./generated/events.js";

/** The data and settings were read and checked; the first step comes next. */
export type StartEvent = Extract<TrainEvent, { type: "start" }>;
/** The encoder is trained on pairs of texts before the first model (`stage: "contrastive"`). */
export type ContrastEvent = Extract<TrainEvent, { type: "contrast" }>;
/** The first model is ready: a classifier fitted to the loaded model's embeddings, in closed form. Fine-tuning starts from it. */
export type ProbeEvent = Extract<TrainEvent, { type: "probe" }>;
/** The labels of the examples were judged; some may be wrong. */
export type SuspectsEvent = Extract<TrainEvent, { type: "suspects" }>;
/** Gradients are gathered before training, for the selection (`method: "child-tuning-d"`). */
export type SurveyEvent = Extract<TrainEvent, { type: "survey" }>;
/** A step whose loss was read back: the first, the last and every `loggingSteps`-th. */
export type StepEvent = Extract<TrainEvent, { type: "step" }>;
/** The model was scored on held-out examples. */
export type EvaluationEvent = Extract<TrainEvent, { type: "evaluation" }>;
/** A further model trains without some of the examples, to estimate how good the kept model is. */
export type FoldEvent = Extract<TrainEvent, { type: "fold" }>;
/** The classifier was divided by a temperature, so that its probabilities are calibrated. */
export type CalibrationEvent = Extract<TrainEvent, { type: "calibration" }>;
/** A subnetwork was selected. */
export type SubnetworkEvent = Extract<TrainEvent, { type: "subnetwork" }>;
/** The run was stored and can be resumed from here. */
export type CheckpointEvent = Extract<TrainEvent, { type: "checkpoint" }>;
/** Something about the data or the run that a person should know. */
export type WarningEvent = Extract<TrainEvent, { type: "warning" }>;
/** The device failed, and the run continues from an earlier step. Events of later steps no longer count. */
export type RecoveryEvent = Extract<TrainEvent, { type: "recovery" }>;
/** The last event of a run that was not aborted. */
export type EndEvent = Extract<TrainEvent, { type: "end" }>;
