import { abortable, throwIfAborted } from "./abort.js";
import { openEngine } from "./engine/open.js";
import { modelRequest } from "./model/request.js";
import type { EngineOptions, LoadOptions } from "./options.js";
import type { LoadProgress } from "./progress.js";
import type { Examination, Reproduction } from "./results.js";
import { forgetRun, listRuns } from "./storage/runs.js";
import type { StoredRun } from "./stored-run.js";
import { Tuner } from "./tuner.js";

/** The entry point. */
export const Subtune = {
  /**
   * Loads the engine and a model onto a device, in its own worker unless {@link EngineOptions.worker} is false. Two calls give two
   * independent tuners.
   *
   * Rejects with {@link InvalidArgument}, {@link DownloadFailed}, {@link InvalidModel}, {@link WebGpuUnavailable},
   * {@link OutOfMemory}, {@link EngineCrashed} or {@link Aborted}. You can always call it again.
   */
  async load(options: LoadOptions = {}): Promise<Tuner> {
    const { model = "minilm", signal, onProgress } = options;
    throwIfAborted(signal);
    const request = modelRequest(model);
    const { engine, device } = await openEngine(options);
    try {
      const notify = (progress: LoadProgress) => {
        try {
          onProgress?.(progress);
        } catch (error) {
          // the caller's error, not one of loading
          queueMicrotask(() => {
            throw error;
          });
        }
      };
      const state = await abortable(engine.call("load", { device, model: request }, { signal, notify }), signal);
      return new Tuner(engine, state);
    } catch (error) {
      void engine.close();
      throw error;
    }
  },

  /**
   * The interrupted runs that were stored with {@link CheckpointOptions.checkpoints}, the latest first. Does not load the engine. Empty if
   * nothing can be stored, as in Node. All pages of the same origin see the same runs.
   */
  runs(): Promise<StoredRun[]> {
    return listRuns();
  },

  /**
   * Removes an interrupted run with its data and checkpoints. Does nothing if there is no run of this name.
   *
   * Rejects with {@link RunInUse} if the run is active in another tab or tuner.
   */
  forget(name: string): Promise<void> {
    return forgetRun(name);
  },

  /**
   * Diagnostics: examines the CPU, and the GPU if there is one. Compares the GPU with the CPU kernel by kernel, times a training step, and
   * recommends a device. Takes some seconds.
   */
  async doctor(options: Omit<EngineOptions, "device"> = {}): Promise<Examination> {
    const { signal } = options;
    throwIfAborted(signal);
    const { engine } = await openEngine(options);
    try {
      return await abortable(engine.call("doctor", null, { signal }), signal);
    } finally {
      void engine.close();
    }
  },

  /**
   * Diagnostics: repeats a recorded run of the project's tests (`tests/golden/*`: `run.json`, `config.json`, `init.safetensors`,
   * `batches.safetensors`, `trace.safetensors`, ...) on this device, or a recorded pass of an encoder (`tests/encoders/*`:
   * `expected.json`, `config.json`, `model.safetensors`).
   */
  async reproduce(files: Record<string, Uint8Array | Blob>, options: EngineOptions = {}): Promise<Reproduction> {
    const { signal } = options;
    throwIfAborted(signal);
    const { engine, device } = await openEngine(options);
    try {
      return await abortable(engine.call("reproduce", { files, device }, { signal }), signal);
    } finally {
      void engine.close();
    }
  },
};
