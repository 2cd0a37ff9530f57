/** The scores of an evaluation. `"accuracy" in metrics` tells the two kinds apart. */
export type Metrics = ClassificationMetrics | RegressionMetrics;

/** What the score would be on endlessly many texts like these, in 95 of 100 samples. */
export interface Interval {
  metric: "accuracy" | "spearman";
  low: number;
  high: number;
  /** Wilson's for a share; Fisher's z for a correlation. */
  method: "wilson" | "fisher";
}

/** The definitions are those of scikit-learn with `zero_division=0`. */
export interface ClassificationMetrics {
  /** The mean loss of an example; 0 without examples. */
  loss: number;
  /** The number of examples that were evaluated. */
  examples: number;
  /** `null` where there are too few examples to tell. */
  interval: Interval | null;
  /** The share of examples whose most probable class is their label. */
  accuracy: number;
  /** Macro averages are unweighted means over the classes that occur among the labels or the predictions. */
  macroPrecision: number;
  macroRecall: number;
  macroF1: number;
  /** From -1 to 1; 0 for a constant prediction. */
  matthewsCorrelation: number;
  /** How far the probability of the predicted class is from the share of correct predictions (15 bins). */
  expectedCalibrationError: number;
  /** By class id, also for classes without examples. */
  perClass: ClassScore[];
  /** The number of examples as `[true class][predicted class]`. */
  confusion: number[][];
}

/** The scores of one class against all others. */
export interface ClassScore {
  /** The share of the predictions of this class that are right. */
  precision: number;
  /** The share of the examples of this class that were found. */
  recall: number;
  /** The harmonic mean of precision and recall. */
  f1: number;
  /** The number of examples of this class. */
  support: number;
}

/** All are 0 without examples, and NaN if a prediction is NaN. */
export interface RegressionMetrics {
  loss: number;
  examples: number;
  /** `null` where there are too few examples to tell. */
  interval: Interval | null;
  meanSquaredError: number;
  meanAbsoluteError: number;
  /** Linear correlation of predictions and targets; 0 where either is constant. */
  pearson: number;
  /** Linear correlation of their ranks. */
  spearman: number;
}
