import type { DataArguments, TrainingArguments } from "./generated/settings.js";
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
   * refused; one with the right hash is kept in the browser's Cache API and not downloaded again. Needs a secure context (HTTPS or
   * localhost).
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
  /** Tells the format by its ending, and stands in messages. */
  name: string;
  bytes: Uint8Array | ArrayBuffer;
}

/** A row of a table. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** A text, or a pair of texts. */
export type TextInput = string | { text: string; pair?: string | null | undefined };

/** Options of {@link Tuner.inspect}. */
export interface InspectOptions extends CallOptions, Omit<DataArguments, "validationSplit" | "testSplit" | "maxTrainSamples" | "layers"> {
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
export interface TrainOptions extends CallOptions, CheckpointOptions, DataArguments, TrainingArguments {
  /** What is trained on, and held out from where a part has no data of its own. */
  data: DataSource;
  /** Held out to choose the best model by, instead of a share of `data`. */
  validationData?: DataSource | undefined;
  /** Held out for the final score, instead of a share of `data`. */
  testData?: DataSource | undefined;
}

/** Options of {@link Tuner.evaluate}. */
export interface EvaluateOptions extends CallOptions, Pick<DataArguments, "textColumn" | "pairColumn" | "labelColumn" | "header" | "sheet"> {}

/** Options of {@link Tuner.tokenize}. */
export interface TokenizeOptions extends CallOptions {
  /** Tokens beyond which a text is cut. Default: 128. */
  maxLength?: number | undefined;
}

/** Options of {@link Tuner.export}. */
export interface ExportOptions extends CallOptions {
  /**
   * `"safetensors"`, which Python's `transformers` and {@link Subtune.load} read, or `"onnx"`, which transformers.js and ONNX Runtime
   * read. Default: `"safetensors"`.
   */
  format?: ExportFormat | undefined;
  /** The numbers of the weights. `"q8"` is for ONNX alone. Default: `"float32"`. */
  dtype?: ExportDtype | undefined;
}

/** See {@link ExportOptions.format}. */
export type ExportFormat = "safetensors" | "onnx";

/** See {@link ExportOptions.dtype}. */
export type ExportDtype = "float32" | "float16" | "q8";
