// Made from src/spec by scripts/generate. Do not edit.

import type { TrainingArguments } from "./settings.js";

/** One event of a run. It is serialised with its kind under `type`. */
export type TrainEvent = { type: "start",
/** All settings with the values in force, including defaults. A setting without a value is `null`. */
arguments: { [Name in keyof TrainingArguments]-?: Exclude<TrainingArguments[Name], undefined> | null },
/** The device in use, for people. */
device: string,
/** The interpretation of the data files. */
data: Understood | null,
/** Class names by class id; empty for a regression. */
labels: Array<string>,
/** The number of training examples. */
trainExamples: number,
/** The number of validation examples. */
validationExamples: number,
/** The number of test examples. */
testExamples: number,
/** The number of layers of the model. */
layers: number,
/** The number of weights in the whole model. */
parameters: number,
/** The estimated memory on the device, in bytes. */
memoryBytes: number,
/** The peak learning rate. */
learningRate: number,
/** Optimiser steps of the whole run. */
maxSteps: number,
/** Steps of one DPS stage. */
stageSteps: number,
/** The examples that train, those held out, and those that give the score, in words. */
plan: string, } | { type: "contrast",
/** From 1. */
step: number,
/** The number of steps of this stage. */
steps: number,
/** Mean over the steps since the last event of this kind. */
loss: number, } | { type: "probe",
/** The number of examples that it was fitted to. */
examples: number,
/** The inverse of the penalty, like scikit-learn's C. */
c: number,
/** The time that the fit took. */
seconds: number,
/** The cross-validated scores; `null` if no examples could be held out. */
metrics: Metrics | null,
/** What texts without a label were worth; `null` if there are none, or they may not teach. */
selfTrained: SelfTrained | null, } | { type: "suspects",
/** The number of examples that were judged: all up to 1500, otherwise those that the first model was fitted to. */
examples: number,
/** The number of examples for which another label is more probable. */
count: number,
/** The most doubtful of them, at most 100, the most doubtful first. */
suspects: Array<Suspect>, } | { type: "survey",
/** The number of finished batches. */
batch: number,
/** The number of all batches. */
batches: number, } | { type: "step",
/** The number of finished steps. */
step: number,
/** The number of passes over the training examples so far. */
epoch: number,
/** Mean over the steps since the last event of this kind. */
loss: number,
/** The norm of the last gradient before clipping. */
gradNorm: number,
/** The learning rate of the last step. */
learningRate: number,
/** The mean speed of the run so far. */
stepsPerSecond: number,
/** An estimate. */
secondsLeft: number, } | { type: "evaluation",
/** The examples that were scored. */
part: Part,
/** The number of finished steps. */
step: number,
/** The number of passes over the training examples so far. */
epoch: number,
/** Whether this is the best evaluation so far. */
best: boolean,
/** The mean loss of an example; 0 without examples. */
loss: number,
/** The number of examples that were evaluated. */
examples: number,
/** The likely range of the score on all such texts; `null` if there are too few examples to tell. */
interval: Interval | null, } & (Classification | MultiLabel | Regression) | { type: "subnetwork",
/** The step in which it was selected, the first that uses it. */
step: number,
/** The share of each matrix, in the order of the parameters. */
matrices: Array<MatrixSelection>, } | { type: "fold",
/** From 1. */
fold: number,
/** The number of folds. */
folds: number,
/** Includes the steps of a contrastive stage. */
step: number,
/** The number of steps of this fold. */
steps: number, } | { type: "calibration",
/** The examples that the temperature was fitted to. */
part: Part,
/** The divisor of the logits. */
temperature: number,
/** The expected calibration error on the examples that the temperature was fitted to. */
before: number,
/** The expected calibration error with the temperature. */
after: number,
/** The position of the kept weights: 0 for those that training began with, 1 for those it ended with. */
share: number, } | { type: "checkpoint",
/** The number of finished steps. */
step: number,
/** The name of the checkpoint, such as `step-000120`. */
name: string, } | { type: "warning",
/** The warning, in a sentence. */
message: string, } | { type: "recovery",
/** The step that failed. */
step: number,
/** The last step that still counts. */
from: number,
/** The failure and the continuation, in a sentence. */
message: string, } | { type: "end",
/** The number of finished steps. */
steps: number,
/** The time of the run, without that between a stop and its resumption. */
seconds: number,
/** Mean over the steps after the first, without evaluations. */
secondsPerStep: number,
/** The step of the kept model. */
bestStep: number,
/** Whether `early_stopping_patience` ended it. */
stoppedEarly: boolean,
/** Whether the user ended it. */
interrupted: boolean,
/** The number of steps that changed nothing because a gradient was not finite. */
skippedSteps: number, };

/** The examples of an evaluation. */
export type Part = "validation" | "test" | "cross_validation";

/** The share of one matrix in the subnetwork. */
export type MatrixSelection = {
/** Hugging Face's name of the parameter. */
name: string,
/** Its layer, from 0; `null` outside the layers. */
layer: number | null,
/** Its name, the same in every layer. */
matrix: string,
/** The number of entries of the matrix. */
entries: number,
/** The number of selected entries. */
kept: number,
/** The number of entries that the previous selection had too; 0 for the first one. */
overlap: number, };

/** The selected share of one matrix, and its overlap with the selection before. */
export type Selected = {
/** The number of entries of the matrix. */
entries: number,
/** The number of selected entries. */
kept: number,
/** The number of entries that the previous selection had too; 0 for the first one. */
overlap: number, };

/** What texts without a label were worth to the first model. */
export type SelfTrained = {
/** The number of texts without a label that were read. */
unlabelled: number,
/** The number of these on whose label the models agree. */
taught: number,
/** Whether these teach the first model. */
used: boolean,
/** The cross-validated mean log-loss without them. */
lossWithout: number,
/** The cross-validated mean log-loss with them. */
lossWith: number,
/** The cross-validated accuracy without them. */
accuracyWithout: number,
/** The cross-validated accuracy with them. */
accuracyWith: number, };

/** A text whose label is probably wrong. */
export type Suspect = {
/** The line of the training file, from 1. */
line: number,
/** The text, or the beginning of a long one. */
text: string,
/** The same of the second text of a pair. */
pair: string | null,
/** The label in the file. */
label: string,
/** Its probability. */
probability: number,
/** The most probable label. */
likely: string,
/** Its probability. */
likelyProbability: number, };

/** The result of one evaluation. It serialises flat: the scores stand beside `loss` and `examples`. */
export type Metrics = {
/** The mean loss of an example; 0 without examples. */
loss: number,
/** The number of examples that were evaluated. */
examples: number,
/** The likely range of the score on all such texts; `null` if there are too few examples to tell. */
interval: Interval | null, } & (Classification | MultiLabel | Regression);

/** The scores of each kind of task. */
export type Scores = Classification | MultiLabel | Regression;

/** The scores of a classification, one label per example. A quotient with denominator 0 is 0.
 *
 * The macro averages are unweighted means over the classes that occur among the labels or the predictions, as in
 * scikit-learn without `labels=`: a class of the task that is in neither does not pull them down. */
export type Classification = {
/** The share of examples whose most probable class is their label (`sklearn.metrics.accuracy_score`). */
accuracy: number,
/** The mean of [`ClassScore::precision`] (`precision_score(average="macro")`). */
macroPrecision: number,
/** The mean of [`ClassScore::recall`] (`recall_score(average="macro")`). */
macroRecall: number,
/** The mean of [`ClassScore::f1`] (`f1_score(average="macro")`). */
macroF1: number,
/** The correlation of labels and predictions, from -1 to 1, 0 for a constant prediction: the coefficient of
 * Matthews (1975) for two classes, Gorodkin's R_K (2004) for more (`matthews_corrcoef`). */
matthewsCorrelation: number,
/** The distance of the probability of the predicted class from the share of correct predictions: their mean
 * distance over 15 bins ((m - 1) / 15, m / 15] of that probability, weighted by the bins' examples (Guo et al., On
 * Calibration of Modern Neural Networks, 2017, equation 3). */
expectedCalibrationError: number,
/** One entry for each class of the task, even without examples; empty if it was dropped. */
perClass: Array<ClassScore>,
/** The number of examples as `[true class][predicted class]` (`confusion_matrix`); empty if it was dropped. */
confusion: Array<Array<number>>, };

/** The scores where a text may have several labels. A quotient with denominator 0 is 0. The micro averages count every
 * decision about a label of a text; the macro averages are means over all labels. */
export type MultiLabel = {
/** The share of examples whose labels are all right (`sklearn.metrics.accuracy_score`). */
exactMatch: number,
/** `precision_score(average="micro")`. */
microPrecision: number,
/** `recall_score(average="micro")`. */
microRecall: number,
/** `f1_score(average="micro")`. */
microF1: number,
/** `precision_score(average="macro")`. */
macroPrecision: number,
/** `recall_score(average="macro")`. */
macroRecall: number,
/** `f1_score(average="macro")`. */
macroF1: number,
/** The distance of the probability of a label from the share of texts that have it: their mean distance over 15 bins
 * of that probability, weighted by the bins' decisions. */
expectedCalibrationError: number,
/** One entry for each label of the task; empty if it was dropped. */
perClass: Array<ClassScore>, };

/** The scores of one class against all others (`sklearn.metrics.precision_recall_fscore_support`). */
export type ClassScore = {
/** The share of the predictions of this class that are right. */
precision: number,
/** The share of the examples of this class that were found. */
recall: number,
/** The harmonic mean of precision and recall. */
f1: number,
/** The number of examples of this class. */
support: number, };

/** The scores of a regression. All are 0 without examples, and NaN if any prediction or target is NaN. */
export type Regression = {
/** The mean of the squared differences (`sklearn.metrics.mean_squared_error`). */
meanSquaredError: number,
/** The mean of the absolute differences (`sklearn.metrics.mean_absolute_error`). */
meanAbsoluteError: number,
/** The linear correlation of predictions and targets (`scipy.stats.pearsonr`), but 0 if either is constant, where
 * SciPy returns NaN. */
pearson: number,
/** The linear correlation of their ranks, where equal values share their mean rank (`scipy.stats.spearmanr`), but 0
 * if either is constant. */
spearman: number, };

/** The range that contains the score on all texts like these, in 95 of 100 samples. */
export type Interval = {
/** The name of the score: `accuracy`, `exact_match` or `spearman`. */
metric: "accuracy" | "exact_match" | "spearman",
/** The lower end. */
low: number,
/** The upper end. */
high: number,
/** `wilson` (Wilson, 1927) for a share, `fisher` for a correlation (Fisher's z with the variance of Bonett and Wright,
 * 2000). */
method: "wilson" | "fisher", };

/** A training file, and the other files of the same run. */
export type Understood = {
/** The way in which the file was read; the rows that were left out stand in `left_out`. */
reading: Reading,
/** The text column. */
text: Column,
/** The column of second texts, if there are pairs. */
pair: Column | null,
/** The label column. */
label: Column,
/** The other columns. */
unused: Array<string>,
/** Rows with a text and a label. */
used: number,
/** The rows that were left out, by reason. */
leftOut: Array<Omission>,
/** The labels of the used rows. */
labels: Labelled,
/** The labels that are written differently and were merged into one class. */
merged: Array<Variants>,
/** The files for validation and test, if there are any. */
otherFiles: Array<OtherFile>,
/** Further notes on how the files were read. */
notes: Array<string>,
/** Findings about the examples. */
findings: Array<Finding>, };

/** A column and why it was taken. */
export type Column = {
/** The name of the column. */
column: string,
/** The reason, such as "by its name". */
why: string, };

/** The rows that were left out for one reason. */
export type Omission = {
/** Such as "rows without a label". */
reason: string,
/** The number of these rows. */
count: number,
/** The first of them, from 1. */
lines: Array<number>, };

/** The task: classes or numbers. */
export type Labelled = { "classes": Array<ClassSize> } | { "sets": {
/** The texts with each label. */
labels: Array<ClassSize>,
/** The texts without a label. */
without: number,
/** The labels of a text on average. */
mean: number, } } | { "numbers": {
/** The smallest number. */
minimum: number,
/** The mean. */
mean: number,
/** The largest number. */
maximum: number, } };

/** A file for validation or test. */
export type OtherFile = {
/** Without the folder. */
file: string,
/** The text column. */
text: Column,
/** The column of second texts, if there are pairs. */
pair: Column | null,
/** The label column. */
label: Column,
/** Rows with a text and a label. */
used: number,
/** The rows that were left out, by reason. */
leftOut: Array<Omission>, };

/** The way in which a data file was read. */
export type Reading = {
/** Such as "CSV", "TSV", "JSON Lines", "JSON array", "Excel workbook", "Label Studio export". */
format: string,
/** Such as "UTF-8", "windows-1251"; `None` if the format has no text encoding. */
encoding: string | null,
/** The character between the fields; `null` for other formats. */
delimiter: string | null,
/** The line of the header, from 1; `None` if the file has no header. */
headerLine: number | null,
/** The sheet that was read; `null` for other formats than a workbook. */
sheet: string | null,
/** The other sheets of the workbook. */
otherSheets: Array<string>,
/** The number of data rows, including those that are left out later. */
rows: number,
/** The skipped lines, by reason: `sep=` line, title, comment, blank, empty columns, ... */
leftOut: Array<LeftOut>, };

/** The lines that were skipped for one reason. */
export type LeftOut = {
/** Such as "is empty". */
reason: string,
/** All of them, from 1; faces show the first few. */
lines: Array<number>, };

/** A question. It is serialised with its kind under `role`. */
export type Question = { "role": "text",
/** The columns to choose from. */
candidates: Array<Candidate>, } | { "role": "label",
/** The columns to choose from. */
candidates: Array<Candidate>, } | { "role": "merge_labels",
/** The labels that would become one class each. */
groups: Array<Variants>, };

/** A column that could be meant. */
export type Candidate = {
/** The name of the column. */
column: string,
/** The evidence for it. */
why: string,
/** The first few different values, cut to 40 characters. */
examples: Array<string>, };

/** Labels that differ only in case, blanks, Unicode form or the form of a number. */
export type Variants = {
/** The most frequent spelling. */
label: string,
/** All spellings, with the number of examples of each. */
written: Array<ClassSize>, };

/** A label with its number of examples. */
export type ClassSize = {
/** The label, as the file writes it. */
label: string,
/** The number of examples with this label. */
examples: number, };

/** A remark about the examples that the user should see before training. */
export type Finding = {
/** The kind of the finding. */
kind: FindingKind,
/** One sentence or two, with numbers. */
message: string,
/** The first lines of the file that show it, at most 10. */
lines: Array<number>,
/** The number of all lines that show it. */
lineCount: number, };

/** The kinds of findings. */
export type FindingKind = "duplicates" | "conflicting-labels" | "small-classes" | "imbalance" | "long-texts" | "unknown-tokens" | "overlap";
