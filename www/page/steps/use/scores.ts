import type { Metrics, Part, RunResult } from "subtune";

/** A score, and the examples that it is of. */
export interface Scored {
  metrics: Metrics;
  part: Part;
}

/** How good the model of a run is, by what says it best. */
export function scoreOf({ test, crossValidation, validation, probe, end }: RunResult): Scored | null {
  const evaluation = test ?? crossValidation ?? validation;
  if (evaluation) return { metrics: evaluation, part: evaluation.part };
  // nothing was trained after it
  return end.steps === 0 && probe?.metrics ? { metrics: probe.metrics, part: "cross_validation" } : null;
}
