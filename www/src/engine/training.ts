import { throwIfAborted } from "../abort.js";
import type { Saver, UnderWay } from "../storage/saver.js";
import { Turn } from "./turn.js";
import type { Order } from "./engine.js";

/**
 * Pulls a training step by step, and hears orders between the steps. When it is stored and how it recovers is decided in the engine. To
 * pause is to stop pulling, and to abort is to let go of the training, so both are here.
 */
export class Training {
  #paused = false;
  #stopped = false;
  /** To be stored before the next step. */
  #hurried = false;
  /** To be stored after the next step, as there was nothing to store yet. */
  #postponed = false;
  #changed = () => {};

  steer(order: Order): void {
    if (order === "stop") this.#stopped = true;
    else if (order === "save") this.#hurried = true;
    else this.#paused = order === "pause";
    this.#changed();
  }

  /**
   * Continues until the run has ended, also after the device was lost.
   *
   * Rejects with `Aborted` at most a step after the abort.
   */
  async drive(run: UnderWay, saver: Saver | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { training, exclusive, emit } = run;
    const turn = new Turn();
    let told = false;
    await saver?.begin();
    const changed = () => this.#changed();
    signal?.addEventListener("abort", changed);
    try {
      for (;;) {
        await turn.next();
        while (this.#paused && !this.#stopped && !this.#hurried && !signal?.aborted) {
          await new Promise<void>((resolve) => (this.#changed = resolve));
        }
        throwIfAborted(signal);
        if (this.#stopped && !told) {
          await exclusive(() => training.stop());
          told = true;
        }
        try {
          if (!(await this.#advance(run, saver))) return;
        } catch (error) {
          if (!(await exclusive(() => training.can_recover()))) throw error;
          // here and not within the step: what opens a device must do so on the host's behalf
          emit(await exclusive((opening) => opening(() => training.recover())));
        }
      }
    } finally {
      signal?.removeEventListener("abort", changed);
      turn.close();
    }
  }

  /** Stores the run or does a step of it, and says whether there is more. */
  async #advance({ training, exclusive, emit }: UnderWay, saver: Saver | undefined): Promise<boolean> {
    if (this.#hurried) {
      this.#hurried = false;
      this.#postponed = saver !== undefined && !(await saver.saveNow());
      return true;
    }
    const happened = await exclusive(() => training.proceed());
    if (!happened) return false;
    for (const event of happened) emit(event);
    await saver?.heard(happened);
    if (this.#postponed) [this.#postponed, this.#hurried] = [false, true];
    return true;
  }
}
