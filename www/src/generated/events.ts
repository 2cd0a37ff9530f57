// Made from src/spec by scripts/generate. Do not edit.

import type { TrainingArguments } from "./settings.js";

/** Something that happened in a run. Serialised with its kind under `type`. */
export type TrainEvent = { type: "start",
/** All settings with the values in force, defaults included. `null` where a setting has no value. */
arguments: { [Name in keyof TrainingArguments]-?: Exclude<TrainingArguments[Name], undefined> | null },
/** The device in use, for people. */
device: string,
/** How the data files were read. */
data: Understood | null,
/** Class names by class id; empty for a regression. */
labels: Array<string>, trainExamples: number, validationExamples: number, testExamples: number,
/** The layers of the model. */
layers: number,
/** The number of weights in the whole model. */
parameters: number,
/** Estimated need of the device. */
memoryBytes: number, learningRate: number,
/** Optimiser steps of the whole run. */
maxSteps: number,
/** Steps of one DPS stage. */
stageSteps: number,
/** What trains, what is held out and how good the model is told from, in words. */
plan: string, } | { type: "contrast",
/** From 1. */
step: number, steps: number,
/** Mean over the steps since the last event of this kind. */
loss: number, } | { type: "probe",
/** That it was fitted to. */
examples: number,
/** The inverse of the penalty, as scikit-learn's C. */
c: number, seconds: number,
/** Of a cross-validation; none where nothing could be held out. */
metrics: Metrics | null, } | { type: "survey", batch: number, batches: number, } | { type: "step", step: number, epoch: number,
/** Mean over the steps since the last event of this kind. */
loss: number, gradNorm: number, learningRate: number, stepsPerSecond: number,
/** Estimate. */
secondsLeft: number, } | { type: "evaluation", part: Part, step: number, epoch: number,
/** Whether this is the best evaluation so far. */
best: boolean,
/** The mean loss of an example; 0 without examples. */
loss: number,
/** The number of examples that were evaluated. */
examples: number,
/** Where the score is likely to be on all such texts; none where there are too few examples to tell. */
interval: Interval | null, } & (Classification | Regression) | { type: "subnetwork", step: number, matrices: Array<MatrixSelection>, } | { type: "fold",
/** From 1. */
fold: number, folds: number,
/** Steps of a contrastive stage are counted too. */
step: number, steps: number, } | { type: "calibration", part: Part, temperature: number,
/** Expected calibration error on the examples that it was fitted to. */
before: number, after: number,
/** How far the kept weights are from the start: 0 for those that training began with, 1 for those it ended with. */
share: number, } | { type: "checkpoint", step: number,
/** Where it was stored, such as `step-000120`. */
name: string, } | { type: "warning", message: string, } | { type: "recovery",
/** The step that failed. */
step: number,
/** The last step that still counts. */
from: number, message: string, } | { type: "end", steps: number, seconds: number,
/** Mean over the steps after the first, without evaluations. */
secondsPerStep: number,
/** Where the kept model comes from. */
bestStep: number, stoppedEarly: boolean, interrupted: boolean,
/** Steps that changed nothing because a gradient was no number. */
skippedSteps: number, };

/** Which examples an evaluation was made on. */
export type Part = "validation" | "test" | "cross_validation";

/** How much of one matrix is in the subnetwork. */
export type MatrixSelection = {
/** Hugging Face's name of the parameter. */
name: string,
/** The layer that it is in, from 0; `null` outside the layers. */
layer: number | null,
/** What it is called, the same in every layer. */
matrix: string, entries: number, kept: number, overlap: number, };

/** How much of one matrix is selected, and how much of that was selected in the cycle before. */
export type Selected = { entries: number, kept: number, overlap: number, };

/** What one evaluation found. Serialises flat: the scores stand beside `loss` and `examples`. */
export type Metrics = {
/** The mean loss of an example; 0 without examples. */
loss: number,
/** The number of examples that were evaluated. */
examples: number,
/** Where the score is likely to be on all such texts; none where there are too few examples to tell. */
interval: Interval | null, } & (Classification | Regression);

/** The scores of either kind of task. */
export type Scores = Classification | Regression;

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
/** How far the probability of the predicted class is from the share of correct predictions: the mean distance
 * of the two over 15 bins ((m - 1) / 15, m / 15] of that probability, weighted by the bins' examples (Guo et
 * al., On Calibration of Modern Neural Networks, 2017, equation 3). */
expectedCalibrationError: number,
/** One entry for each class of the task, also for those without examples; nothing once it was forgotten. */
perClass: Array<ClassScore>,
/** The number of examples as `[true class][predicted class]` (`confusion_matrix`); nothing once it was forgotten. */
confusion: Array<Array<number>>, };

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
/** The linear correlation of predictions and targets (`scipy.stats.pearsonr`), but 0 where either is constant
 * and SciPy has no number. */
pearson: number,
/** The linear correlation of their ranks, equal values sharing their mean rank (`scipy.stats.spearmanr`), but 0
 * where either is constant. */
spearman: number, };

/** What the score would be on endlessly many texts like these, in 95 of 100 samples. */
export type Interval = {
/** Of which score: `accuracy` or `spearman`. */
metric: "accuracy" | "spearman", low: number, high: number,
/** `wilson` (Wilson, 1927) for a share, `fisher` for a correlation (Fisher's z with the variance of Bonett and Wright,
 * 2000). */
method: "wilson" | "fisher", };

/** A training file, and the other files of the same run. */
export type Understood = {
/** How the file was read; what was left out stands in `left_out`. */
reading: Reading, text: Column, pair: Column | null, label: Column,
/** The other columns. */
unused: Array<string>,
/** Rows with a text and a label. */
used: number, leftOut: Array<Omission>, labels: Labelled,
/** Labels that are written differently and were made one class. */
merged: Array<Variants>,
/** Validation and test, where they have files. */
otherFiles: Array<OtherFile>,
/** How the files were read, in further words. */
notes: Array<string>,
/** What a person should know about the examples. */
findings: Array<Finding>, };

/** A column and why it was taken. */
export type Column = { column: string, why: string, };

/** What was left out for one reason. */
export type Omission = {
/** Such as "rows without a label". */
reason: string, count: number,
/** The first of them, from 1. */
lines: Array<number>, };

/** What is learned: classes, or numbers. */
export type Labelled = { "classes": Array<ClassSize> } | { "numbers": { minimum: number, mean: number, maximum: number, } };

/** A file for validation or test. */
export type OtherFile = {
/** Without the folder. */
file: string, text: Column, pair: Column | null, label: Column, used: number, leftOut: Array<Omission>, };

/** How a data file was read. */
export type Reading = {
/** Such as "CSV", "TSV", "JSON Lines", "JSON array", "Excel workbook", "Label Studio export". */
format: string,
/** Such as "UTF-8", "windows-1251"; none where the format has no text encoding. */
encoding: string | null, delimiter: string | null,
/** The line of the header, from 1; none where the file has none. */
headerLine: number | null, sheet: string | null, otherSheets: Array<string>,
/** Data rows found, before any is left out. */
rows: number,
/** Lines that were passed over, and why: `sep=` line, title, comment, blank, empty columns, ... */
leftOut: Array<LeftOut>, };

/** Lines that were passed over for one reason. */
export type LeftOut = { reason: string,
/** All of them, from 1; faces show the first few. */
lines: Array<number>, };

/** Serialised with its kind under `role`. */
export type Question = { "role": "text", candidates: Array<Candidate>, } | { "role": "label", candidates: Array<Candidate>, } | { "role": "merge_labels", groups: Array<Variants>, };

/** A column that could be meant. */
export type Candidate = { column: string,
/** What speaks for it. */
why: string,
/** The first few different values, cut to 40 characters. */
examples: Array<string>, };

/** Labels that differ in case, blanks, Unicode form or the form of a number only. */
export type Variants = {
/** How most of them are written. */
label: string, written: Array<ClassSize>, };

export type ClassSize = { label: string, examples: number, };

export type Finding = { kind: FindingKind,
/** One sentence or two, with numbers. */
message: string,
/** Lines of the file where it can be seen, at most 10. */
lines: Array<number>,
/** On how many lines it can be seen. */
lineCount: number, };

export type FindingKind = "duplicates" | "conflicting-labels" | "small-classes" | "imbalance" | "long-texts" | "unknown-tokens" | "overlap";
