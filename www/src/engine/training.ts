import { throwIfAborted } from "../abort.js";
import { Turn } from "./turn.js";
import type { Order } from "./engine.js";
import type { WasmTraining } from "./wasm.js";

/** Drives a training step by step, and hears orders between the steps. */
export class Training {
  #paused = false;
  #stopped = false;
  #changed = () => {};

  steer(order: Order): void {
    if (order === "stop") this.#stopped = true;
    else this.#paused = order === "pause";
    this.#changed();
  }

  /**
   * Goes on until the run has ended. `exclusive` does what it is given while nothing else uses the engine.
   *
   * Rejects with `Aborted` at most a step after the abort.
   */
  async drive(
    training: WasmTraining,
    exclusive: <T>(work: () => T | Promise<T>) => Promise<T>,
    signal: AbortSignal | undefined,
    emit: (event: unknown) => void,
  ): Promise<void> {
    const turn = new Turn();
    let told = false;
    const changed = () => this.#changed();
    signal?.addEventListener("abort", changed);
    try {
      for (;;) {
        await turn.next();
        while (this.#paused && !this.#stopped && !signal?.aborted) {
          await new Promise<void>((resolve) => (this.#changed = resolve));
        }
        throwIfAborted(signal);
        if (this.#stopped && !told) {
          await exclusive(() => training.stop());
          told = true;
        }
        const happened = await exclusive(() => training.proceed());
        if (!happened) return;
        for (const event of happened) emit(event);
      }
    } finally {
      signal?.removeEventListener("abort", changed);
      turn.close();
    }
  }
}
