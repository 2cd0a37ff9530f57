import type { DataArguments, TrainingArguments } from "./generated/settings.js";
import type { LoadProgress } from "./progress.js";

/** Options of every asynchronous call. */
export interface CallOptions {
  /** Aborting it rejects the call with {@link Aborted}. */
  signal?: AbortSignal | undefined;
}

/**
 * The device: `"auto"` uses a real GPU through WebGPU, and the CPU otherwise; `"webgpu"` accepts any WebGPU adapter, a software one
 * included; `"cpu"` is WebAssembly on the CPU. Your own `GPUDevice` is never destroyed; it needs the feature `timestamp-query` and
 * `worker: false`, because a device cannot be sent to a worker.
 */
export type DeviceChoice = "auto" | "webgpu" | "cpu" | GpuDevice;

// WebGPU's types are declared here because not every TypeScript has them, and Node's come from a package.

/** A `GPUDevice`. */
export interface GpuDevice {
  readonly queue: object;
  readonly limits: object;
  readonly features: object;
  readonly lost: Promise<unknown>;
  createBuffer(descriptor: never): object;
}

/** A `GPU`, as `navigator.gpu` is. */
export interface Gpu {
  requestAdapter(options?: never): Promise<unknown>;
}

/** Options that say where the engine runs. */
export interface EngineOptions extends CallOptions {
  /** Default: `"auto"`. */
  device?: DeviceChoice | undefined;
  /**
   * Whether the engine runs in its own worker, so that the page stays responsive. Default: `true` if there are workers, `false`
   * otherwise (Node).
   */
  worker?: boolean | undefined;
  /** A replacement for `navigator.gpu`, such as `create([])` of the npm package `webgpu`. Needs `worker: false`. */
  gpu?: Gpu | undefined;
}

/** Options of {@link Subtune.load}. */
export interface LoadOptions extends EngineOptions {
  /** Default: `"minilm"`, the bundled model. */
  model?: ModelSource | undefined;
  /** Called as files arrive; see {@link LoadProgress}. */
  onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/**
 * An encoder in Hugging Face's layout: `config.json`, `model.safetensors` (float32, float16 or bfloat16) and `tokenizer.json`; the
 * files `tokenizer_config.json`, `special_tokens_map.json`, `vocab.txt`, `1_Pooling/config.json` and
 * `config_sentence_transformers.json` are read if they exist. {@link Tuner.export} returns such a model.
 *
 * - `"minilm"`: all-MiniLM-L6-v2 in float16, 45 MB, part of the package
 * - a `URL` or any other string: the address of the folder; a string may be relative to the page
 * - {@link RemoteModel}: the same with pinned hashes
 * - `File`s, as from `<input type="file" webkitdirectory>` or `<input type="file" multiple>`
 * - contents by file name, or {@link NamedModel}, which also gives the model a name
 */
export type ModelSource = "minilm" | (string & {}) | URL | RemoteModel | Iterable<File> | NamedModel | Record<string, Uint8Array | Blob>;

/** A model in memory. */
export interface NamedModel {
  /** Appears in messages and reports. */
  name: string;
  /** Contents by file name. */
  files: Record<string, Uint8Array | Blob>;
}

/** A model folder at an address. */
export interface RemoteModel {
  /** The folder. A string may be relative to the page. */
  url: string | URL;
  /**
   * SHA-256 by file name, in hexadecimal. A file with another hash is refused; a file with the right hash is stored in the browser's
   * Cache API and not downloaded again. A pin for a file that is not read, or that is not a hash, is an error. Needs a secure context
   * (HTTPS or localhost).
   */
  sha256?: Record<string, string> | undefined;
}

/**
 * Labelled or unlabelled texts: a `File` or `Blob` (CSV, TSV, JSON, JSON Lines, Excel, OpenDocument or plain text), a string (the text
 * of a CSV file), the bytes of a file with its name, or rows as flat objects that all have the same keys.
 */
export type DataSource = Blob | string | NamedBytes | readonly Row[];

/** A file in memory. */
export interface NamedBytes {
  /** Its ending determines the format; the name appears in messages. */
  name: string;
  bytes: Uint8Array | ArrayBuffer;
}

/** A row of a table. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** A text, or a pair of texts. */
export type TextInput = string | { text: string; pair?: string | null | undefined };

/** Options of {@link Tuner.inspect}. */
export interface InspectOptions extends CallOptions, Omit<DataArguments, "validationSplit" | "testSplit" | "maxTrainSamples" | "layers"> {
  /** Texts with more tokens are reported. Default: 128. */
  maxLength?: number | undefined;
  /** The tokens that are read of such texts, as in training; the findings say what is left out. Default: `"head"`. */
  long?: TrainingArguments["long"];
}

/** Options of {@link Tuner.rows}. */
export interface RowsOptions extends CallOptions, Pick<DataArguments, "textColumn" | "pairColumn" | "labelColumn" | "header" | "sheet"> {}

/** Options of {@link Tuner.suggest}. */
export interface SuggestOptions extends CallOptions, Pick<DataArguments, "textColumn" | "pairColumn" | "labelColumn" | "header" | "sheet"> {
  /** The number of texts to ask for, at most 500. Default: 20. */
  n?: number | undefined;
  /** The same seed gives the same texts. Default: 42. */
  seed?: number | undefined;
}

/**
 * Stores a run in this browser, so that it can continue after the page is closed or reloaded. See "Interrupted runs" in the README.
 */
export interface CheckpointOptions {
  /**
   * Stores the run under this name in the origin private file system: a copy of the data at its start, then checkpoints. Only pages of
   * the same origin can read it. Everything is removed when the run is complete. Default: nothing is stored.
   */
  checkpoints?: string | undefined;
  /** Steps between two checkpoints. Default: one every five minutes, and one when the page is hidden. */
  saveSteps?: number | undefined;
  /** Number of checkpoints to keep, the last ones. Default: 2. */
  saveTotalLimit?: number | undefined;
}

/** Options of {@link Tuner.resume}. */
export interface ResumeOptions extends CallOptions, Omit<CheckpointOptions, "checkpoints"> {
  /** The checkpoint to continue from, one of {@link StoredRun.checkpoints}. Default: the last one. */
  checkpoint?: string | undefined;
}

/** Options of {@link Tuner.train}. */
export interface TrainOptions extends CallOptions, CheckpointOptions, DataArguments, TrainingArguments {
  /** The training data. Validation and test examples are held out of it unless they have their own data. */
  data: DataSource;
  /** Chooses the best model, instead of a share of `data`. */
  validationData?: DataSource | undefined;
  /** Gives the final score, instead of a share of `data`. */
  testData?: DataSource | undefined;
}

/** Options of {@link Tuner.evaluate}. */
export interface EvaluateOptions
  extends CallOptions,
    Pick<DataArguments, "textColumn" | "pairColumn" | "labelColumn" | "header" | "sheet"> {}

/** Options of {@link Tuner.tokenize}. */
export interface TokenizeOptions extends CallOptions {
  /** Tokens beyond which a text is cut. Default: 128. */
  maxLength?: number | undefined;
}

/** Options of {@link Tuner.export}. */
export interface ExportOptions extends CallOptions {
  /**
   * `"safetensors"`, which Python's `transformers` and {@link Subtune.load} read, or `"onnx"`, which transformers.js and ONNX Runtime
   * read, or `"delta"`, a small file of what changed of the loaded model, for {@link Tuner.use}. Default: `"safetensors"`.
   */
  format?: ExportFormat | undefined;
  /** The numbers of the weights. `"q8"` is for ONNX alone. Default: `"float32"`. */
  dtype?: ExportDtype | undefined;
}

/** See {@link ExportOptions.format}. */
export type ExportFormat = "safetensors" | "onnx" | "delta";

/** See {@link ExportOptions.dtype}. */
export type ExportDtype = "float32" | "float16" | "q8";
