import type { EngineOptions, LoadOptions } from "./options.js";
import type { Reproduction } from "./results.js";
import type { Tuner } from "./tuner.js";

/** Where it begins. */
export const Subtune = {
  /**
   * Loads the engine and a model onto a device, in a worker of its own unless {@link EngineOptions.worker | worker} says otherwise.
   * Loading twice gives two tuners that know nothing of each other.
   *
   * Rejects with {@link InvalidArgument}, {@link DownloadFailed}, {@link InvalidModel}, {@link WebGpuUnavailable},
   * {@link OutOfMemory}, {@link EngineCrashed} or {@link Aborted}. Whatever it was, loading again is possible.
   */
  load(options: LoadOptions = {}): Promise<Tuner> {
    void options;
    throw new Error("not written yet");
  },

  /**
   * Diagnostics: runs a recorded run of the project's tests (`tests/golden/*`: `run.json`, `config.json`, `init.safetensors`,
   * `batches.safetensors`, `trace.safetensors`, ...) again on this device.
   */
  reproduce(files: Record<string, Uint8Array | Blob>, options: EngineOptions = {}): Promise<Reproduction> {
    void files;
    void options;
    throw new Error("not written yet");
  },
};
