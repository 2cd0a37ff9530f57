/// <reference lib="esnext.disposable" preserve="true" />

import { abortable, throwIfAborted } from "./abort.js";
import { readData } from "./data.js";
import type { CallName, Calls, Engine, TunerState } from "./engine/engine.js";
import { Aborted, InvalidArgument } from "./errors.js";
import type {
  CallOptions,
  DataSource,
  EvaluateOptions,
  ExportOptions,
  InspectOptions,
  ResumeOptions,
  TextInput,
  TokenizeOptions,
  TrainOptions,
} from "./options.js";
import type { DeviceInfo, Evaluation, Inspection, ModelInfo, Prediction, Tokens, TunedInfo } from "./results.js";
import { Run } from "./run.js";
import { newRun, type RunRequest, storedRun } from "./run-request.js";
import { settings } from "./settings.js";
import { texts } from "./texts.js";

/**
 * A model on a device, to train and to use; made by {@link Subtune.load}.
 *
 * Calls may overlap; the engine does them one after the other, between the steps of a training. Every call can reject with
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

  /** The device in use, and why. */
  get device(): DeviceInfo {
    return this.#state.device;
  }

  /** The model that was loaded, which every training starts from. */
  get model(): ModelInfo {
    return this.#state.model;
  }

  /**
   * What the model that predicts was trained for: the last training's, or the loaded one's. `null` while there is none, as with the
   * bundled model before its first training.
   */
  get tuned(): TunedInfo | null {
    return this.#state.tuned;
  }

  /**
   * Reads a data file: preview, columns, classes, and what should be known about it before training. Uses no device.
   *
   * Rejects with {@link InvalidData} where it is no table; a table that cannot be trained on as it is has a
   * {@link Inspection.problem}.
   */
  async inspect(data: DataSource, options: InspectOptions = {}): Promise<Inspection> {
    return this.#call("inspect", { file: await readData(data), settings: settings(options) }, options);
  }

  /**
   * Fine-tunes the model that was loaded. Starts at once; what is wrong with the data or the options comes from {@link Run.result}.
   *
   * One run at a time: throws {@link InvalidArgument} while another is under way, unless that one was stopped or aborted; then the
   * new one begins when the old one has ended.
   */
  train(options: TrainOptions): Run {
    return this.#begin(newRun(options), options);
  }

  /**
   * Goes on with a run that was interrupted, as {@link Subtune.runs} lists them, on the model that it was started with: to the same
   * bits as if it had never stopped, on the same device. All its settings and its data are those that it was started with. Its
   * events begin with what happened before the checkpoint.
   *
   * {@link Run.result} rejects with {@link NoSuchRun}, with {@link RunInUse} where another tab or tuner has it under way, and with
   * {@link InvalidCheckpoint} where it is damaged or another model is loaded. What is kept of it stays then.
   *
   * One run at a time, as for {@link Tuner.train}.
   */
  resume(name: string, options: ResumeOptions = {}): Run {
    return this.#begin(storedRun(name, options), options);
  }

  /**
   * What the model says of each text. Texts are cut after 128 tokens.
   *
   * Rejects with {@link InvalidArgument} where there is no {@link Tuner.tuned} model yet.
   */
  async predict(inputs: readonly TextInput[], options: CallOptions = {}): Promise<Prediction[]> {
    return this.#call("predict", { texts: texts(inputs) }, options);
  }

  /**
   * Scores the model on labelled data.
   *
   * Rejects with {@link InvalidData}, and with {@link InvalidArgument} where there is no {@link Tuner.tuned} model yet.
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
   * The model as a Hugging Face folder, file contents by name: what Python's `transformers` loads and {@link Subtune.load} takes.
   * After a training also `README.md` (a model card) and `report.html`.
   *
   * With `format: "onnx"`, the folder that transformers.js loads: `onnx/model.onnx` (`onnx/model_fp16.onnx` in float16,
   * `onnx/model_quantized.onnx` in q8), `config.json` and the tokenizer's files.
   *
   * Rejects with {@link InvalidArgument} where there is no {@link Tuner.tuned} model yet, or the format has no such `dtype`.
   */
  async export(options: ExportOptions = {}): Promise<Record<string, Uint8Array>> {
    const { format = "safetensors", dtype = "float32" } = options;
    return this.#call("export", { format, dtype }, options);
  }

  /**
   * Gives back all memory, of the GPU too, and resolves when that is done. What is under way rejects with {@link Aborted}. Harmless
   * when repeated. `await using` does it at the end of a block.
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

  /** Of the call, or of the tuner's end. One for each call, as Node warns of many listeners to one signal. */
  #signal({ signal }: CallOptions): AbortSignal {
    return AbortSignal.any(signal ? [signal, this.#disposal.signal] : [this.#disposal.signal]);
  }

  #throwIfDisposed(): void {
    if (this.#disposed) throw new InvalidArgument("the tuner has been disposed; load another one");
  }
}
