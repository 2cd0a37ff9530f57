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
labels: Array<string>, trainExamples: number, validationExamples: number, testExamples: number,
/** The number of layers of the model. */
layers: number,
/** The number of weights in the whole model. */
parameters: number,
/** The estimated memory on the device, in bytes. */
memoryBytes: number, learningRate: number,
/** Optimiser steps of the whole run. */
maxSteps: number,
/** Steps of one DPS stage. */
stageSteps: number,
/** The examples that train, those held out, and those that give the score, in words. */
plan: string, } | { type: "contrast",
/** From 1. */
step: number, steps: number,
/** Mean over the steps since the last event of this kind. */
loss: number, } | { type: "probe",
/** The number of examples that it was fitted to. */
examples: number,
/** The inverse of the penalty, like scikit-learn's C. */
c: number, seconds: number,
/** The cross-validated scores; `null` if no examples could be held out. */
metrics: Metrics | null, } | { type: "survey", batch: number, batches: number, } | { type: "step", step: number, epoch: number,
/** Mean over the steps since the last event of this kind. */
loss: number, gradNorm: number, learningRate: number, stepsPerSecond: number,
/** An estimate. */
secondsLeft: number, } | { type: "evaluation", part: Part, step: number, epoch: number,
/** Whether this is the best evaluation so far. */
best: boolean,
/** The mean loss of an example; 0 without examples. */
loss: number,
/** The number of examples that were evaluated. */
examples: number,
/** The likely range of the score on all such texts; `null` if there are too few examples to tell. */
interval: Interval | null, } & (Classification | MultiLabel | Regression) | { type: "subnetwork", step: number, matrices: Array<MatrixSelection>, } | { type: "fold",
/** From 1. */
fold: number, folds: number,
/** Includes the steps of a contrastive stage. */
step: number, steps: number, } | { type: "calibration", part: Part, temperature: number,
/** The expected calibration error on the examples that the temperature was fitted to. */
before: number, after: number,
/** The position of the kept weights: 0 for those that training began with, 1 for those it ended with. */
share: number, } | { type: "checkpoint", step: number,
/** The name of the checkpoint, such as `step-000120`. */
name: string, } | { type: "warning", message: string, } | { type: "recovery",
/** The step that failed. */
step: number,
/** The last step that still counts. */
from: number, message: string, } | { type: "end", steps: number, seconds: number,
/** Mean over the steps after the first, without evaluations. */
secondsPerStep: number,
/** The step of the kept model. */
bestStep: number, stoppedEarly: boolean, interrupted: boolean,
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
matrix: string, entries: number, kept: number, overlap: number, };

/** The selected share of one matrix, and its overlap with the selection before. */
export type Selected = { entries: number, kept: number, overlap: number, };

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
metric: "accuracy" | "exact_match" | "spearman", low: number, high: number,
/** `wilson` (Wilson, 1927) for a share, `fisher` for a correlation (Fisher's z with the variance of Bonett and Wright,
 * 2000). */
method: "wilson" | "fisher", };

/** A training file, and the other files of the same run. */
export type Understood = {
/** The way in which the file was read; the rows that were left out stand in `left_out`. */
reading: Reading, text: Column, pair: Column | null, label: Column,
/** The other columns. */
unused: Array<string>,
/** Rows with a text and a label. */
used: number, leftOut: Array<Omission>, labels: Labelled,
/** The labels that are written differently and were merged into one class. */
merged: Array<Variants>,
/** The files for validation and test, if there are any. */
otherFiles: Array<OtherFile>,
/** Further notes on how the files were read. */
notes: Array<string>,
/** Findings about the examples. */
findings: Array<Finding>, };

/** A column and why it was taken. */
export type Column = { column: string, why: string, };

/** The rows that were left out for one reason. */
export type Omission = {
/** Such as "rows without a label". */
reason: string, count: number,
/** The first of them, from 1. */
lines: Array<number>, };

/** The task: classes or numbers. */
export type Labelled = { "classes": Array<ClassSize> } | { "sets": { labels: Array<ClassSize>, without: number, mean: number, } } | { "numbers": { minimum: number, mean: number, maximum: number, } };

/** A file for validation or test. */
export type OtherFile = {
/** Without the folder. */
file: string, text: Column, pair: Column | null, label: Column, used: number, leftOut: Array<Omission>, };

/** The way in which a data file was read. */
export type Reading = {
/** Such as "CSV", "TSV", "JSON Lines", "JSON array", "Excel workbook", "Label Studio export". */
format: string,
/** Such as "UTF-8", "windows-1251"; `None` if the format has no text encoding. */
encoding: string | null, delimiter: string | null,
/** The line of the header, from 1; `None` if the file has no header. */
headerLine: number | null, sheet: string | null, otherSheets: Array<string>,
/** The number of data rows, including those that are left out later. */
rows: number,
/** The skipped lines, by reason: `sep=` line, title, comment, blank, empty columns, ... */
leftOut: Array<LeftOut>, };

/** The lines that were skipped for one reason. */
export type LeftOut = { reason: string,
/** All of them, from 1; faces show the first few. */
lines: Array<number>, };

/** A question. It is serialised with its kind under `role`. */
export type Question = { "role": "text", candidates: Array<Candidate>, } | { "role": "label", candidates: Array<Candidate>, } | { "role": "merge_labels", groups: Array<Variants>, };

/** A column that could be meant. */
export type Candidate = { column: string,
/** The evidence for it. */
why: string,
/** The first few different values, cut to 40 characters. */
examples: Array<string>, };

/** Labels that differ only in case, blanks, Unicode form or the form of a number. */
export type Variants = {
/** The most frequent spelling. */
label: string, written: Array<ClassSize>, };

export type ClassSize = { label: string, examples: number, };

export type Finding = { kind: FindingKind,
/** One sentence or two, with numbers. */
message: string,
/** The first lines of the file that show it, at most 10. */
lines: Array<number>,
/** The number of all lines that show it. */
lineCount: number, };

export type FindingKind = "duplicates" | "conflicting-labels" | "small-classes" | "imbalance" | "long-texts" | "unknown-tokens" | "overlap";
