import { abortable, throwIfAborted } from "./abort.js";
import { openEngine } from "./engine/open.js";
import { modelRequest } from "./model/request.js";
import type { EngineOptions, LoadOptions } from "./options.js";
import type { LoadProgress } from "./progress.js";
import type { Examination, Reproduction } from "./results.js";
import { forgetRun, listRuns } from "./storage/runs.js";
import type { StoredRun } from "./stored-run.js";
import { Tuner } from "./tuner.js";

/** Where it begins. */
export const Subtune = {
  /**
   * Loads the engine and a model onto a device, in a worker of its own unless {@link EngineOptions.worker} says otherwise. Loading
   * twice gives two tuners that know nothing of each other.
   *
   * Rejects with {@link InvalidArgument}, {@link DownloadFailed}, {@link InvalidModel}, {@link WebGpuUnavailable},
   * {@link OutOfMemory}, {@link EngineCrashed} or {@link Aborted}. Whatever it was, loading again is possible.
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
          // it is the caller's error, and not one of loading
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
   * The runs that were kept with {@link CheckpointOptions.checkpoints} and were interrupted, the latest first. Needs no engine. Empty
   * where nothing can be kept, as in Node. Another page of the same origin sees the same runs.
   */
  runs(): Promise<StoredRun[]> {
    return listRuns();
  },

  /**
   * Removes an interrupted run with its data and checkpoints. Harmless where there is none of that name.
   *
   * Rejects with {@link RunInUse} where it is under way in another tab or tuner.
   */
  forget(name: string): Promise<void> {
    return forgetRun(name);
  },

  /**
   * Diagnostics: examines the CPU and the GPU, where there is one. Does each compute rightly, how fast is a training step, which
   * one is to be used? The GPU is compared with the CPU, kernel by kernel. Takes some seconds.
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
   * Diagnostics: runs a recorded run of the project's tests (`tests/golden/*`: `run.json`, `config.json`, `init.safetensors`,
   * `batches.safetensors`, `trace.safetensors`, ...) again on this device.
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
