import type { Classification, Metrics, Regression } from "./generated/events.js";

export type { Classification, ClassScore, Interval, Metrics, Regression, Scores } from "./generated/events.js";

/** The scores of a classification, as scikit-learn defines them with `zero_division=0`. */
export type ClassificationMetrics = Extract<Metrics, Classification>;

/** The scores of a regression. All are 0 without examples, and NaN if a prediction is NaN. */
export type RegressionMetrics = Extract<Metrics, Regression>;
