import type { Gpu, GpuDevice } from "./gpu.js";
import type { LoadProgress } from "./progress.js";

/** What every call that takes time can be given. */
export interface CallOptions {
  /** Aborting it rejects the call with {@link Aborted}. */
  signal?: AbortSignal | undefined;
}

/**
 * Where computing happens: `"auto"` takes a real GPU through WebGPU and the CPU otherwise, `"webgpu"` takes any WebGPU adapter, a
 * software one included, `"cpu"` is WebAssembly on the CPU. A `GPUDevice` of your own is used as it is and never destroyed; it needs
 * the feature `timestamp-query`, and `worker: false`, since it cannot be sent to a worker.
 */
export type DeviceChoice = "auto" | "webgpu" | "cpu" | GpuDevice;

/** Where the engine runs. */
export interface EngineOptions extends CallOptions {
  /** Default: `"auto"`. */
  device?: DeviceChoice | undefined;
  /**
   * Whether the engine runs in a worker of its own, so that the page stays alive. Default: `true` where there are workers, `false`
   * elsewhere (Node).
   */
  worker?: boolean | undefined;
  /** What stands in for `navigator.gpu`, such as `create([])` of the npm package `webgpu`. Needs `worker: false`. */
  gpu?: Gpu | undefined;
}

/** Options of {@link Subtune.load}. */
export interface LoadOptions extends EngineOptions {
  /** Default: `"minilm"`, the model that comes with the package. */
  model?: ModelSource | undefined;
  /** Called as files arrive; see {@link LoadProgress}. */
  onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/**
 * A BERT in Hugging Face's layout: `config.json`, `model.safetensors` (float32, float16 or bfloat16) and `tokenizer.json`; the
 * files `tokenizer_config.json`, `special_tokens_map.json` and `vocab.txt` are taken along where they exist. What
 * {@link Tuner.export} gives is such a model.
 *
 * - `"minilm"`: all-MiniLM-L6-v2 in float16, 45 MB, part of the package
 * - a `URL` or any other string: the address of the folder; a string may be relative to the page
 * - {@link RemoteModel}: the same with pinned hashes
 * - `File`s, as from `<input type="file" multiple>` or a dropped folder
 * - contents by file name
 */
export type ModelSource = "minilm" | (string & {}) | URL | RemoteModel | Iterable<File> | Record<string, Uint8Array | Blob>;

/** A model folder at an address. */
export interface RemoteModel {
  /** The folder. A string may be relative to the page. */
  url: string | URL;
  /**
   * SHA-256 by file name, in hexadecimal; a name that is no file of a model, or another value, is refused. A file with another hash is
   * refused; one with the right hash is kept in the browser's
   * Cache API and not downloaded again. Needs a secure context (HTTPS or localhost).
   */
  sha256?: Record<string, string> | undefined;
}

/**
 * Labelled or unlabelled texts: a `File` or `Blob` (CSV, TSV or JSONL, as its name says), a string (the text of a CSV file), the bytes
 * of a file with its name, or rows as flat objects that all have the same keys.
 */
export type DataSource = Blob | string | NamedBytes | readonly Row[];

/** A file in memory. */
export interface NamedBytes {
  /** Tells the format by its ending, and stands in messages. */
  name: string;
  bytes: Uint8Array | ArrayBuffer;
}

/** A row of a table. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** A text, or a pair of texts. */
export type TextInput = string | { text: string; pair?: string | null | undefined };

/** Which columns of a data file hold what. A column is named, or numbered from 1; what is not given is guessed. */
export interface ColumnOptions {
  textColumn?: string | undefined;
  /** For tasks on pairs of texts. `null`: there is no pair, and none is guessed. */
  pairColumn?: string | null | undefined;
  labelColumn?: string | undefined;
}

/** How a data file is read, where that is not to be guessed. */
export interface ReadOptions {
  /** Whether the first row has the names of the columns. */
  hasHeader?: boolean | undefined;
  /** Of a workbook. Default: the first one that has a table. */
  sheet?: string | undefined;
}

/** What only a person can decide about labels. */
export interface LabelOptions {
  /**
   * Labels that differ in case, blanks, Unicode form or the form of a number only: `true` makes one class of each, `false` keeps them
   * apart. Default: where there are such, {@link Inspection.questions} has them, and a training is refused.
   */
  mergeLabels?: boolean | undefined;
}

/** What a model is trained for. Default: a regression where labels are many different numbers with fractions. */
export interface TaskOptions {
  task?: "classification" | "regression" | undefined;
}

/** Options of {@link Tuner.inspect}. */
export interface InspectOptions extends CallOptions, ReadOptions, ColumnOptions, LabelOptions, TaskOptions {
  /** Texts over so many tokens are reported. Default: 128. */
  maxLength?: number | undefined;
}

/**
 * How a run is kept in this browser, so that it can go on after the page was closed or loaded again. See the section "Interrupted
 * runs" of the README.
 */
export interface CheckpointOptions {
  /**
   * Keeps the run under this name in the origin private file system: a copy of the data at its start, and checkpoints as it goes.
   * Only pages of the same origin can read it. All of it is removed when the run is complete. Default: nothing is kept.
   */
  checkpoints?: string | undefined;
  /** Steps between two checkpoints. Default: one every five minutes, and one when the page is hidden. */
  saveSteps?: number | undefined;
  /** How many checkpoints are kept: the last ones. Default: 2. */
  saveTotalLimit?: number | undefined;
}

/** Options of {@link Tuner.resume}. */
export interface ResumeOptions extends CallOptions, Omit<CheckpointOptions, "checkpoints"> {
  /** The checkpoint to go on from, one of {@link StoredRun.checkpoints}. Default: the last one. */
  checkpoint?: string | undefined;
}

/** Options of {@link Tuner.train}. */
export interface TrainOptions extends CallOptions, ReadOptions, ColumnOptions, LabelOptions, TaskOptions, CheckpointOptions, TrainingArguments {
  /** What is trained on, and held out from where a part has no data of its own. */
  data: DataSource;
  /** Held out to choose the best model by, instead of a share of `data`. */
  validationData?: DataSource | undefined;
  /** Held out for the final score, instead of a share of `data`. */
  testData?: DataSource | undefined;
  /** The share of `data` that is held out to choose the best model by. Default: by {@link TrainingArguments.recipe}. */
  validationSplit?: number | undefined;
  /** The share of `data` that is held out for the final score. Default: by {@link TrainingArguments.recipe}. */
  testSplit?: number | undefined;
  /** Train on so many random examples at most. */
  maxTrainSamples?: number | undefined;
  /** Keep only the first so many layers of the model. Default: all. */
  layers?: number | undefined;
}

/**
 * The settings of a run, under Hugging Face's names where its Trainer has one. A name that is not here is refused with
 * {@link InvalidArgument}, and so is a value out of range.
 */
export interface TrainingArguments {
  /**
   * What chooses the settings that are not given. `"auto"`: the number of texts; up to 1500 of them all train, and models like the kept
   * one that are trained without a part of them tell how good it is. `"plain"`: Hugging Face's defaults, three epochs of batches of 16
   * from a fresh classifier, with a tenth held out for validation and one for the score. Default: `"auto"`.
   */
  recipe?: "auto" | "plain" | undefined;
  /** What is made of a text's tokens: their mean, or what BERT's pooler makes of the first. Default: as the model was made for. */
  pooling?: "mean" | "cls" | undefined;
  /** Models that are trained without a part of the texts to tell how good the kept one is, at most 20. Default: by the recipe. */
  crossValidationFolds?: number | undefined;
  /** What is updated. Default: `"dps-dense"`. */
  method?: Method | undefined;
  /**
   * What happens to weights that are not selected. `"reference"`: their gradient is zero, momentum and weight decay still act;
   * `"strict"`: they stay exactly as they are. Default: `"reference"`.
   */
  frozen?: "reference" | "strict" | undefined;
  /** The share of each matrix that is updated in stage II (the paper's 1 - p). Default: 0.7. */
  updateFraction?: number | undefined;
  /** The length of a stage as a share of all steps. Default: 0.05. */
  updateRatio?: number | undefined;
  /** `"balanced"` counts each class alike, however rare. Default: `"none"`. */
  classWeights?: "none" | "balanced" | undefined;
  /** The peak. Default: by the model's size, 1e-4 for the bundled one. */
  learningRate?: number | undefined;
  /** The share of all steps in which the learning rate rises from 0; then it falls linearly to 0. Default: 0.1. */
  warmupRatio?: number | undefined;
  /** On matrices and embeddings, not on biases and LayerNorm. Default: 0.01. */
  weightDecay?: number | undefined;
  /** Default: 0.9. */
  adamBeta1?: number | undefined;
  /** Default: 0.999. */
  adamBeta2?: number | undefined;
  /** Default: 1e-8. */
  adamEpsilon?: number | undefined;
  /** The gradient norm above which gradients are scaled down; 0 for none. Default: 1. */
  maxGradNorm?: number | undefined;
  /** Examples of a batch. Default: by the recipe, 8 or 16. */
  perDeviceTrainBatchSize?: number | undefined;
  /** Default: 32. */
  perDeviceEvalBatchSize?: number | undefined;
  /** Batches of one optimiser step. Default: 1. */
  gradientAccumulationSteps?: number | undefined;
  /** May have a fraction. Default: by the recipe, 3 with `"plain"`. */
  numTrainEpochs?: number | undefined;
  /** Optimiser steps; overrides the epochs. */
  maxSteps?: number | undefined;
  /** Steps between evaluations on the validation examples. Default: once an epoch. */
  evalSteps?: number | undefined;
  /** Steps between two read-backs of the loss, and so between two {@link StepEvent}s. Default: 10. */
  loggingSteps?: number | undefined;
  /** End with the model of the best evaluation rather than the last. Default: true. */
  loadBestModelAtEnd?: boolean | undefined;
  /**
   * What "best" means: `"loss"`, `"accuracy"`, `"f1"`, `"precision"`, `"recall"`, `"matthews_correlation"`; for a regression
   * `"loss"`, `"mse"`, `"mae"`, `"pearson"`, `"spearman"`. Default: `"accuracy"` and `"spearman"`.
   */
  metricForBestModel?: string | undefined;
  /** Evaluations without improvement after which the run ends. Default: never. */
  earlyStoppingPatience?: number | undefined;
  /** What counts as an improvement. Default: 0. */
  earlyStoppingThreshold?: number | undefined;
  /** Tokens beyond which a text is cut. Default: 128. */
  maxLength?: number | undefined;
  /** Batches hold texts of similar length, which pads less. Default: true. */
  groupByLength?: boolean | undefined;
  /** The same seed gives the same bits on the same device. Default: 42. */
  seed?: number | undefined;
}

/**
 * How a run chooses what to update: everything (`full`), subnetworks in stages (`dps-dense`, `dps-mix`), pretrained columns mixed in
 * (`mixout`), a random (`child-tuning-f`) or one selected subnetwork (`child-tuning-d`), biases (`bitfit`), the head (`head`); or
 * nothing of the model, with a classifier in closed form, which takes seconds (`probe`).
 */
export type Method =
  | "full"
  | "dps-dense"
  | "dps-mix"
  | "mixout"
  | "child-tuning-f"
  | "child-tuning-d"
  | "bitfit"
  | "head"
  | "probe";

/** Options of {@link Tuner.evaluate}. */
export interface EvaluateOptions extends CallOptions, ReadOptions, ColumnOptions {}

/** Options of {@link Tuner.tokenize}. */
export interface TokenizeOptions extends CallOptions {
  /** Tokens beyond which a text is cut. Default: 128. */
  maxLength?: number | undefined;
}

/** Options of {@link Tuner.export}. */
export interface ExportOptions extends CallOptions {
  /** Of the weights. Default: `"float32"`. */
  dtype?: "float32" | "float16" | undefined;
}
