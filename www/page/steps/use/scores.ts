import type { Metrics, Part, RunResult } from "subtune";

/** A score, and the examples it was measured on. */
export interface Scored {
  metrics: Metrics;
  part: Part;
}

/** The most reliable score of a run. */
export function scoreOf({ test, crossValidation, validation, probe, end }: RunResult): Scored | null {
  const evaluation = test ?? crossValidation ?? validation;
  if (evaluation) return { metrics: evaluation, part: evaluation.part };
  // no step was trained after it
  return end.steps === 0 && probe?.metrics ? { metrics: probe.metrics, part: "cross_validation" } : null;
}
