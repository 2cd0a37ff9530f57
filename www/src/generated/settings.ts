// Made from src/spec by scripts/generate. Do not edit.

/** The parameters to update; docs/settings.md explains the values. */
export type Method =
  | "full"
  | "dps-dense"
  | "dps-mix"
  | "mixout"
  | "lnsr"
  | "child-tuning-f"
  | "child-tuning-d"
  | "sift"
  | "random"
  | "magnitude"
  | "lora"
  | "dsee"
  | "bitfit"
  | "head"
  | "probe";

/** The kind of error that the engine found; docs/settings.md explains the values. */
export type ErrorCode =
  | "usage"
  | "data"
  | "unclear"
  | "model"
  | "checkpoint"
  | "device"
  | "lost"
  | "memory"
  | "io"
  | "unwritten"
  | "output"
  | "diverged";

/**
 * The settings of training, under Hugging Face's names where its Trainer has one. An unknown name or a value out of
 * range is refused with InvalidArgument.
 */
export interface TrainingArguments {
  /** The parameters to update. Default: `"dps-dense"`. */
  method?: Method | undefined;
  /**
   * Share of each weight matrix to update in stage II (the paper's 1 - p). Default: 0.7; 0.01 for sift. Expected: a
   * number above 0 and at most 1.
   */
  updateFraction?: number | undefined;
  /** Length of a stage as a share of all steps. Default: `0.05`. Expected: a number above 0 and at most 1. */
  updateRatio?: number | undefined;
  /**
   * Treatment of entries outside the subnetwork. `"reference"`: Their gradient is zero; momentum and weight decay still
   * act, as in the paper's released code. `"strict"`: Weight and both moments stay exactly as they are. Default:
   * `"reference"`.
   */
  frozen?: "reference" | "strict" | undefined;
  /** Weight of lnsr's regularisation. Default: `1.0`. */
  lnsrWeight?: number | undefined;
  /** Standard deviation of lnsr's noise. Default: `0.05`. */
  lnsrStd?: number | undefined;
  /** Rank of the product of lora and dsee. Default: `8`. Expected: a whole number from 1 to 1024. */
  loraRank?: number | undefined;
  /** The factor on the product of lora and dsee, times the rank. Default: `16.0`. */
  loraAlpha?: number | undefined;
  /**
   * Entries of each matrix that dsee trains beside the product. Default: `64`. Expected: a whole number from 1 to
   * 65536.
   */
  dseeEntries?: number | undefined;
  /**
   * The rule that chooses settings you do not give. `"auto"`: By the number of texts. Up to 1500 texts, all of them
   * train, and further models that are trained without a part of the texts estimate how good the kept one is.
   * `"plain"`: Hugging Face's defaults for any data: three epochs of batches of 16 from a fresh classifier, with a
   * tenth held out for validation and a tenth for the score. Default: `"auto"`.
   */
  recipe?: "auto" | "plain" | undefined;
  /**
   * The rule that makes one vector from a text's tokens. `"mean"`: The normalised mean of all tokens, for which a
   * sentence model was trained. `"cls"`: The encoder's own head: in BERT, tanh of a linear map of the first token,
   * [CLS]. Default: as the model was made for.
   */
  pooling?: "mean" | "cls" | undefined;
  /** Most tokens of a text that the model reads at once. Default: `128`. */
  maxLength?: number | undefined;
  /**
   * The tokens that are read of a longer text. `"head"`: The first ones. `"head-tail"`: The first quarter of the length
   * from the beginning of the text and the rest from its end: 128 and 382 of 510 tokens as in Sun et al., "How to
   * Fine-Tune BERT for Text Classification?", 2019. `"windows"`: All, in up to 16 windows of the length, each of which
   * shares a quarter with the one before. The text's scores are the mean of those of its windows, in training too. A
   * text takes as much time as its number of windows. Default: `"head"`.
   */
  long?: "head" | "head-tail" | "windows" | undefined;
  /**
   * A stage of training before the classifier is fitted. `"none"`: Nothing. `"contrastive"`: The whole encoder, in 40
   * steps on pairs of texts, as SetFit does: texts of one class are drawn together, and texts of different classes
   * apart. Not for a regression. Default: `"none"`.
   */
  stage?: "none" | "contrastive" | undefined;
  /**
   * Whether the names of the labels serve as further examples when the classifier is first fitted. For names that are
   * words; codes, pairs of texts and a regression are refused. Default: `false`.
   */
  labelNames?: boolean | undefined;
  /**
   * Whether rows of the training file that have a text but no label teach the first model. `"auto"`: If the
   * cross-validated log-loss is smaller with them, and the accuracy not lower. For one class a text, and the recipe
   * auto. `"off"`: Never. Default: `"auto"`.
   */
  selfTraining?: "auto" | "off" | undefined;
  /**
   * Weights of the examples of each class. `"none"`: Every example counts the same. `"balanced"`: scikit-learn's
   * "balanced": examples / (classes * examples of the class), over the training examples. The rarer a class, the more
   * its examples count, so that all classes together count the same. With several labels a text: examples without the
   * label / examples with it. Default: `"none"`.
   */
  classWeights?: "none" | "balanced" | undefined;
  /**
   * Peak learning rate. Default: 1e-4 up to hidden size 512, 3e-5 up to 768, 2e-5 above. Expected: a number above 0 and
   * at most 1.
   */
  learningRate?: number | undefined;
  /**
   * Share of all steps in which the learning rate rises from 0; afterwards it falls linearly to 0. Default: `0.1`.
   * Expected: a number from 0 to 1.
   */
  warmupRatio?: number | undefined;
  /** Weight decay of matrices and embeddings; biases and LayerNorm have none. Default: `0.01`. */
  weightDecay?: number | undefined;
  /** Global gradient norm above which gradients are scaled down; 0 for no limit. Default: `1.0`. */
  maxGradNorm?: number | undefined;
  /** AdamW's decay of the mean of gradients. Default: `0.9`. Expected: a number from 0 to below 1. */
  adamBeta1?: number | undefined;
  /** AdamW's decay of the mean of squared gradients. Default: `0.999`. Expected: a number from 0 to below 1. */
  adamBeta2?: number | undefined;
  /** AdamW's term in the denominator. Default: `1e-8`. Expected: a number between 0 and 1. */
  adamEpsilon?: number | undefined;
  /**
   * How far beyond the weights each gradient is taken, in lengths of the last update; 0 for at the weights. Default:
   * `0.0`. Expected: a number from 0 to 100.
   */
  extrapolation?: number | undefined;
  /**
   * Texts in a training batch. They are on the device at the same time. Default: by the recipe: 8 up to 200 texts,
   * otherwise 16. Expected: a whole number from 1 to 4096.
   */
  perDeviceTrainBatchSize?: number | undefined;
  /** Texts in an evaluation batch. Default: `32`. Expected: a whole number from 1 to 4096. */
  perDeviceEvalBatchSize?: number | undefined;
  /** Batches in one optimiser step. Default: `1`. Expected: a whole number from 1 to 4096. */
  gradientAccumulationSteps?: number | undefined;
  /**
   * Passes over the training examples; may have a fraction. Default: by the recipe: at least 80 steps, 1 to 3 epochs
   * for many texts. Expected: a number above 0 and at most 10000.
   */
  numTrainEpochs?: number | undefined;
  /** Optimiser steps; overrides the epochs. Default: by the epochs. Expected: a whole number from 1 to 100000000. */
  maxSteps?: number | undefined;
  /** Whether batches hold texts of similar length, which need less padding (Hugging Face: no). Default: `true`. */
  groupByLength?: boolean | undefined;
  /** Seed of everything random. The same seed gives the same bits on the same device. Default: `42`. */
  seed?: number | undefined;
  /**
   * Further models, each trained without a part of the texts and scored on it, to estimate how good the kept model is:
   * 0 for none, 1 for one model without a fifth of the texts, otherwise a model for each of this many parts. Default:
   * by the recipe. Expected: a whole number from 0 to 20.
   */
  crossValidationFolds?: number | undefined;
  /** Steps between evaluations on the validation examples. Default: once an epoch. */
  evalSteps?: number | undefined;
  /** Steps between two reports of the loss. Default: `10`. */
  loggingSteps?: number | undefined;
  /** Whether the kept model is that of the best evaluation rather than the last (Hugging Face: no). Default: `true`. */
  loadBestModelAtEnd?: boolean | undefined;
  /**
   * Metric that decides which evaluation is best: accuracy, f1, precision, recall, matthews_correlation or loss for
   * classes; micro_f1, macro_f1, exact_match, precision, recall or loss for several labels a text; pearson, spearman,
   * mse, mae or loss for numbers. Default: accuracy for classes, micro_f1 for several labels, spearman for numbers.
   */
  metricForBestModel?: string | undefined;
  /** Evaluations without improvement after which the run ends. Default: never. */
  earlyStoppingPatience?: number | undefined;
  /** Gain from which on an evaluation counts as an improvement. Default: `0.0`. */
  earlyStoppingThreshold?: number | undefined;
}

/**
 * The interpretation of data files, the held-out shares, and the layers of the model to use. `null` as pair column
 * means that there is no pair, and none is guessed.
 */
export interface DataArguments {
  /** Column of the text, by name or by number from 1. Default: by its name or content; asked if that is not clear. */
  textColumn?: string | undefined;
  /** Column of the second text of a pair; "" for none. Default: by a well-known name only, such as sentence2. */
  pairColumn?: string | null | undefined;
  /**
   * Column of the label, by name or by number from 1; or the names of several columns of 0 and 1, separated by commas,
   * a label each. Default: by its name or content; asked if that is not clear.
   */
  labelColumn?: string | undefined;
  /** Whether the first row of a table holds the names of its columns. Default: by the rows. */
  header?: boolean | undefined;
  /** Sheet of a workbook, by its name or by its number from 1. Default: the first with rows. */
  sheet?: string | undefined;
  /**
   * The kind of label. `"classification"`: Each text has one of a set of labels. `"multi-label"`: Each text has any
   * number of a set of labels. `"regression"`: Each text has a number. Default: by the labels: several in a cell are
   * multi-label, numbers with fractions a regression.
   */
  task?: "classification" | "multi-label" | "regression" | undefined;
  /**
   * Whether labels that differ only in case, blanks, Unicode form, or like 1 and 1.0, are one class. Default: asked in
   * a terminal and on the page, refused elsewhere.
   */
  mergeLabels?: boolean | undefined;
  /**
   * Share of the training data to hold out for choosing the best step, if you give no data for that; 0 for none.
   * Default: by the recipe. Expected: a number from 0 to 0.9.
   */
  validationSplit?: number | undefined;
  /**
   * Share of the training data to hold out for the final score, if you give no data for that; 0 for none. Default: by
   * the recipe. Expected: a number from 0 to 0.9.
   */
  testSplit?: number | undefined;
  /** Largest number of examples to train on, chosen at random. Default: all. */
  maxTrainSamples?: number | undefined;
  /** Number of first layers of the model to keep. Default: all. */
  layers?: number | undefined;
}

/** The names of {@link DataArguments}. */
export const DATA_ARGUMENTS: readonly (keyof DataArguments)[] = [
  "textColumn",
  "pairColumn",
  "labelColumn",
  "header",
  "sheet",
  "task",
  "mergeLabels",
  "validationSplit",
  "testSplit",
  "maxTrainSamples",
  "layers",
];
