import type { Event } from "./generated/events.js";

export type { MatrixSelection, Part } from "./generated/events.js";

/** Something that happened in a run. `type` tells which. */
export type TrainEvent = Event;

type Of<Type extends Event["type"]> = Extract<Event, { type: Type }>;

/** Everything was read and checked; the first step comes next. */
export type StartEvent = Of<"start">;
/** The encoder is trained on pairs of texts before the first model (`stage: "contrastive"`). */
export type ContrastEvent = Of<"contrast">;
/** A first model is there: a classifier on what the loaded model makes of the texts, in closed form. Fine-tuning starts from it. */
export type ProbeEvent = Of<"probe">;
/** Gradients are gathered before training, to select by (`method: "child-tuning-d"`). */
export type SurveyEvent = Of<"survey">;
/** A step whose loss was read back: the first, the last and every `loggingSteps`-th. */
export type StepEvent = Of<"step">;
/** The model was scored on held-out examples. */
export type EvaluationEvent = Of<"evaluation">;
/** A model like the one that was trained is trained without some of the examples, to tell how good that one is. */
export type FoldEvent = Of<"fold">;
/** The classifier was divided by a temperature, so that its probabilities are what they say. */
export type CalibrationEvent = Of<"calibration">;
/** A subnetwork was selected. */
export type SubnetworkEvent = Of<"subnetwork">;
/** The run was stored and can be resumed from here. */
export type CheckpointEvent = Of<"checkpoint">;
/** Something that a person should know: about the data, or about the run. */
export type WarningEvent = Of<"warning">;
/** The device failed, and the run goes on from an earlier step. What was told of later steps is void. */
export type RecoveryEvent = Of<"recovery">;
/** The last event of a run that was not aborted. */
export type EndEvent = Of<"end">;
