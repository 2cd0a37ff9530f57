import type {
  CallOptions,
  DataSource,
  EvaluateOptions,
  ExportOptions,
  InspectOptions,
  TextInput,
  TokenizeOptions,
  TrainOptions,
} from "./options.js";
import type { Metrics } from "./metrics.js";
import type { DeviceInfo, Inspection, ModelInfo, Prediction, Tokens } from "./results.js";
import type { Run } from "./run.js";

/**
 * A model on a device, to train and to use; made by {@link Subtune.load}.
 *
 * Calls may overlap; the engine does them one after the other, between the steps of a training. Every call can reject with
 * {@link Aborted}, {@link DeviceLost}, {@link OutOfMemory}, {@link EngineCrashed}, and with {@link InvalidArgument} after
 * {@link Tuner.dispose}.
 */
export interface Tuner {
  /** The device in use, and why. */
  readonly device: DeviceInfo;
  /** The model in use; another object after each training. */
  readonly model: ModelInfo;

  /**
   * Reads a data file: preview, columns, classes, and what is wrong with it. Uses no device.
   *
   * Rejects with {@link InvalidData}.
   */
  inspect(data: DataSource, options?: InspectOptions): Promise<Inspection>;

  /**
   * Fine-tunes the model. Starts at once; what is wrong with the data or the options comes from {@link Run.result}.
   *
   * One run at a time: throws {@link InvalidArgument} while another is under way, unless that one was stopped or aborted; then
   * the new one begins when the old one has ended.
   */
  train(options: TrainOptions): Run;

  /**
   * What the model says of each text. Needs a model with a classifier: trained here, or loaded with one.
   *
   * Rejects with {@link InvalidModel} where there is none.
   */
  predict(texts: readonly TextInput[], options?: CallOptions): Promise<Prediction[]>;

  /**
   * Scores the model on labelled data.
   *
   * Rejects with {@link InvalidData}, and {@link InvalidModel} where the model has no classifier.
   */
  evaluate(data: DataSource, options?: EvaluateOptions): Promise<Metrics>;

  /** Token ids as the model reads them, special tokens included, without padding. */
  tokenize(texts: readonly TextInput[], options?: TokenizeOptions): Promise<Tokens[]>;

  /**
   * The model as a Hugging Face folder, file contents by name: what Python's `transformers` loads and {@link Subtune.load} takes.
   * After a training also `README.md` (a model card) and `report.html`.
   *
   * Rejects with {@link InvalidModel} where the model has no classifier.
   */
  export(options?: ExportOptions): Promise<Record<string, Uint8Array>>;

  /**
   * Gives back all memory, of the GPU too. What is under way rejects with {@link Aborted}. Harmless when repeated. `using` and
   * `await using` do it.
   */
  dispose(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}
