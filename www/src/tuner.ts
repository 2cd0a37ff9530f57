/// <reference lib="esnext.disposable" preserve="true" />

import { abortable, throwIfAborted } from "./abort.js";
import { readData, texts } from "./inputs.js";
import type { CallName, Calls, Engine, TunerState } from "./engine/engine.js";
import { Aborted, InvalidArgument } from "./errors.js";
import type {
  CallOptions,
  DataSource,
  EvaluateOptions,
  ExportOptions,
  InspectOptions,
  ResumeOptions,
  RowsOptions,
  SuggestOptions,
  TextInput,
  TokenizeOptions,
  TrainOptions,
} from "./options.js";
import type { DataRows, DeviceInfo, Evaluation, Inspection, ModelInfo, Prediction, Suggestions, Tokens, TunedInfo } from "./results.js";
import { Run } from "./run.js";
import { newRun, type RunRequest, storedRun } from "./run-request.js";
import { settings } from "./settings.js";

/**
 * A model on a device, to train and to use; made by {@link Subtune.load}.
 *
 * Calls may overlap; the engine runs them one after the other, between the steps of a training. Every call can reject with
 * {@link Aborted}, {@link DeviceLost}, {@link OutOfMemory}, {@link EngineCrashed}, and with {@link InvalidArgument} after
 * {@link Tuner.dispose}.
 */
export class Tuner {
  readonly #engine: Engine;
  readonly #disposal = new AbortController();
  #disposed: Promise<void> | undefined;
  #state: TunerState;
  #run: Run | undefined;

  /** @internal */
  constructor(engine: Engine, state: TunerState) {
    this.#engine = engine;
    this.#state = state;
  }

  /** The device in use, and the reason. */
  get device(): DeviceInfo {
    return this.#state.device;
  }

  /** The loaded model. Every training starts from it. */
  get model(): ModelInfo {
    return this.#state.model;
  }

  /**
   * The task of the model that predicts: that of the last training, or of the loaded model. `null` if there is none, as with the bundled
   * model before its first training.
   */
  get tuned(): TunedInfo | null {
    return this.#state.tuned;
  }

  /**
   * Reads a data file: preview, columns, classes, and findings to know before training. Does not use the device.
   *
   * Rejects with {@link InvalidData} if the file is not a table. A table that cannot be trained on as it is has a
   * {@link Inspection.problem}.
   */
  async inspect(data: DataSource, options: InspectOptions = {}): Promise<Inspection> {
    return this.#call("inspect", { file: await readData(data), settings: settings(options) }, options);
  }

  /**
   * Reads all rows of a data file, and finds the columns of texts and labels as far as they are clear. Does not use the device.
   *
   * Rejects with {@link InvalidData} if the file is not a table.
   */
  async rows(data: DataSource, options: RowsOptions = {}): Promise<DataRows> {
    return this.#call("rows", { file: await readData(data), settings: settings(options) }, options);
  }

  /**
   * Names the texts to label next, so that each label teaches the most, and proposes labels for the texts without one. The table may
   * have labels or none: a text is labelled if its cell in the label column is filled. Texts are embedded by the loaded model once, so
   * that a call after some more labels is fast.
   *
   * Rejects with {@link InvalidData} if the file is not a table or has no texts.
   */
  async suggest(data: DataSource, options: SuggestOptions = {}): Promise<Suggestions> {
    const { n = 20, ...rest } = options;
    return this.#call("suggest", { file: await readData(data), settings: settings(rest), count: n }, options);
  }

  /**
   * Fine-tunes the loaded model. Starts at once; {@link Run.result} rejects if the data or the options are wrong.
   *
   * A tuner trains one run at a time: throws {@link InvalidArgument} during another run, unless that was stopped or aborted; then the
   * new run starts when the old one has ended.
   */
  train(options: TrainOptions): Run {
    return this.#begin(newRun(options), options);
  }

  /**
   * Continues an interrupted run, as listed by {@link Subtune.runs}, with its own data and settings and the model it started with. On
   * the same device the result has the same bits as if the run had never stopped. Its events begin with those from before the
   * checkpoint.
   *
   * {@link Run.result} rejects with {@link NoSuchRun}, with {@link RunInUse} if the run is active in another tab or tuner, and with
   * {@link InvalidCheckpoint} if it is damaged or another model is loaded. The stored run stays in all these cases.
   *
   * A tuner trains one run at a time, see {@link Tuner.train}.
   */
  resume(name: string, options: ResumeOptions = {}): Run {
    return this.#begin(storedRun(name, options), options);
  }

  /**
   * Makes a fine-tuned model the one that predicts: the one that a delta of the loaded model describes (`export({ format: "delta" })`, or
   * `subtune export --format delta`). Without a delta, it is the loaded model again. Deltas share what they leave as it is, and the last
   * 16 stay on the device, so that to use one again takes milliseconds. A training still starts from the loaded model.
   *
   * Rejects with {@link InvalidModel} if it is no delta, or one of another model.
   */
  async use(delta: Uint8Array | ArrayBuffer | Blob | null = null, options: CallOptions = {}): Promise<void> {
    const bytes = delta instanceof ArrayBuffer ? new Uint8Array(delta) : delta;
    this.#state = await this.#call("use", { delta: bytes }, options);
  }

  /**
   * Predicts a class or a value for each text. Texts are cut as in the model's training.
   *
   * Rejects with {@link InvalidArgument} if there is no {@link Tuner.tuned} model yet.
   */
  async predict(inputs: readonly TextInput[], options: CallOptions = {}): Promise<Prediction[]> {
    return this.#call("predict", { texts: texts(inputs) }, options);
  }

  /**
   * Scores the model on labelled data.
   *
   * Rejects with {@link InvalidData}, and with {@link InvalidArgument} if there is no {@link Tuner.tuned} model yet.
   */
  async evaluate(data: DataSource, options: EvaluateOptions = {}): Promise<Evaluation> {
    return this.#call("evaluate", { file: await readData(data), settings: settings(options) }, options);
  }

  /** Token ids as the model reads them, special tokens included, without padding. */
  async tokenize(inputs: readonly TextInput[], options: TokenizeOptions = {}): Promise<Tokens[]> {
    const { maxLength = 128 } = options;
    return this.#call("tokenize", { texts: texts(inputs), maxLength }, options);
  }

  /**
   * The model as a Hugging Face folder, file contents by name. Python's `transformers` and {@link Subtune.load} read it. After a training
   * it also has `README.md` (a model card) and `report.html`.
   *
   * With `format: "onnx"`, the folder that transformers.js loads: `onnx/model.onnx` (`onnx/model_fp16.onnx` in float16,
   * `onnx/model_quantized.onnx` in q8), `config.json` and the tokenizer's files. With `format: "delta"`, `delta.safetensors` alone.
   *
   * Rejects with {@link InvalidArgument} if there is no {@link Tuner.tuned} model yet, or if the format has no such `dtype`.
   */
  async export(options: ExportOptions = {}): Promise<Record<string, Uint8Array>> {
    const { format = "safetensors", dtype = "float32" } = options;
    return this.#call("export", { format, dtype }, options);
  }

  /**
   * Frees all memory, also on the GPU, then resolves. Calls in progress reject with {@link Aborted}. May be called again. `await using`
   * calls it at the end of a block.
   */
  dispose(): Promise<void> {
    if (!this.#disposed) {
      this.#disposal.abort(new Aborted("the tuner was disposed"));
      this.#disposed = this.#engine.close();
    }
    return this.#disposed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #begin(request: RunRequest, options: CallOptions): Run {
    this.#throwIfDisposed();
    if (this.#run && !this.#run.ending) {
      throw new InvalidArgument("this tuner is training already; stop or abort that run first, or load another tuner");
    }
    const before = this.#run?.result.catch(() => undefined) ?? Promise.resolve();
    this.#run = new Run(this.#engine, request, this.#signal(options), before, (state) => (this.#state = state));
    return this.#run;
  }

  async #call<K extends CallName>(name: K, request: Calls[K]["request"], options: CallOptions): Promise<Calls[K]["answer"]> {
    this.#throwIfDisposed();
    const signal = this.#signal(options);
    throwIfAborted(signal);
    return abortable(this.#engine.call(name, request, { signal }), signal);
  }

  /** Aborts with the call's signal or with the tuner. Each call has its own, because Node warns about many listeners on one signal. */
  #signal({ signal }: CallOptions): AbortSignal {
    return AbortSignal.any(signal ? [signal, this.#disposal.signal] : [this.#disposal.signal]);
  }

  #throwIfDisposed(): void {
    if (this.#disposed) throw new InvalidArgument("the tuner has been disposed; load another one");
  }
}
