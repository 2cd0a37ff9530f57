import type { TrainEvent } from "./generated/events.js";

export type { MatrixSelection, Part, TrainEvent } from "./generated/events.js";

/** Everything was read and checked; the first step comes next. */
export type StartEvent = Extract<TrainEvent, { type: "start" }>;
/** The encoder is trained on pairs of texts before the first model (`stage: "contrastive"`). */
export type ContrastEvent = Extract<TrainEvent, { type: "contrast" }>;
/** A first model is there: a classifier on what the loaded model makes of the texts, in closed form. Fine-tuning starts from it. */
export type ProbeEvent = Extract<TrainEvent, { type: "probe" }>;
/** Gradients are gathered before training, to select by (`method: "child-tuning-d"`). */
export type SurveyEvent = Extract<TrainEvent, { type: "survey" }>;
/** A step whose loss was read back: the first, the last and every `loggingSteps`-th. */
export type StepEvent = Extract<TrainEvent, { type: "step" }>;
/** The model was scored on held-out examples. */
export type EvaluationEvent = Extract<TrainEvent, { type: "evaluation" }>;
/** A model like the one that was trained is trained without some of the examples, to tell how good that one is. */
export type FoldEvent = Extract<TrainEvent, { type: "fold" }>;
/** The classifier was divided by a temperature, so that its probabilities are what they say. */
export type CalibrationEvent = Extract<TrainEvent, { type: "calibration" }>;
/** A subnetwork was selected. */
export type SubnetworkEvent = Extract<TrainEvent, { type: "subnetwork" }>;
/** The run was stored and can be resumed from here. */
export type CheckpointEvent = Extract<TrainEvent, { type: "checkpoint" }>;
/** Something that a person should know: about the data, or about the run. */
export type WarningEvent = Extract<TrainEvent, { type: "warning" }>;
/** The device failed, and the run goes on from an earlier step. What was told of later steps is void. */
export type RecoveryEvent = Extract<TrainEvent, { type: "recovery" }>;
/** The last event of a run that was not aborted. */
export type EndEvent = Extract<TrainEvent, { type: "end" }>;
