import { throwIfAborted } from "../abort.js";
import type { Saver, UnderWay } from "../storage/saver.js";
import { Turn } from "./turn.js";
import type { Order } from "./engine.js";

/**
 * Drives a run step by step, and obeys orders between the steps. The engine decides when to store the run and how it recovers. To pause is
 * to stop pulling, and to abort is to drop the run, so both are here.
 */
export class Driver {
  #paused = false;
  #stopped = false;
  /** Whether to store the run before the next step. */
  #hurried = false;
  /** Whether to store the run after the next step, because there was nothing to store yet. */
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
    let stopping = false;
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
        if (this.#stopped && !stopping) {
          await exclusive(() => training.stop());
          stopping = true;
        }
        try {
          if (!(await this.#advance(run, saver))) return;
        } catch (error) {
          if (!(await exclusive(() => training.can_recover()))) throw error;
          // not within the step, because a device is opened through `opening`
          emit(await exclusive((opening) => opening(() => training.recover())));
        }
      }
    } finally {
      signal?.removeEventListener("abort", changed);
      turn.close();
    }
  }

  /** Stores the run or does one step. Returns whether there is more to do. */
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
