import { aborted, throwIfAborted } from "./abort.js";
import type { Calls, Engine, Order, TunerState, Trained } from "./engine/engine.js";
import { Aborted, InvalidArgument } from "./errors.js";
import type { TrainEvent } from "./events.js";
import type { RunResult } from "./results.js";
import type { RunRequest } from "./run-request.js";

/**
 * A training under way. Iterating it gives its events:
 *
 * ```ts
 * for await (const event of run) {
 *   if (event.type === "step") console.log(event.loss);
 * }
 * ```
 *
 * Events are kept: every loop begins with the first one, and a slow, late or missing reader does not delay the run. Leaving a loop does
 * not end the run; {@link Run.stop} or its signal does. If a run fails, both the loop and {@link Run.result} throw its error.
 */
export class Run implements AsyncIterable<TrainEvent> {
  /**
   * Resolves when the trained model is in place.
   *
   * Rejects with {@link InvalidArgument}, {@link InvalidData}, {@link InvalidModel}, {@link DeviceLost}, {@link OutOfMemory},
   * {@link Diverged}, {@link EngineCrashed}, or {@link Aborted} within a step of the abort. The tuner then keeps its previous model.
   * If nobody handles the rejection, it does not count as unhandled.
   */
  readonly result: Promise<RunResult>;

  readonly #engine: Engine;
  readonly #signal: AbortSignal;
  readonly #events: TrainEvent[] = [];
  #phase: "waiting" | "running" | "ended" = "waiting";
  #stopped = false;
  /** Orders from before the run reached the engine. */
  readonly #orders: Order[] = [];
  #report: string | undefined;
  #changed = () => {};
  #change = this.#nextChange();

  /**
   * @internal
   * @param after - settles before the run starts
   */
  constructor(engine: Engine, course: RunRequest, signal: AbortSignal, after: Promise<unknown>, onTrained: (state: TunerState) => void) {
    this.#engine = engine;
    this.#signal = signal;
    const forget = course.kept ? whenHidden(() => this.#steer("save")) : () => undefined;
    this.result = this.#go(course, after, onTrained).finally(() => {
      forget();
      this.#phase = "ended";
      this.#changed();
    });
    // a caller learns of the failure from the result or the events
    this.result.catch(() => undefined);
  }

  /** Pauses after the current step, until {@link Run.resume}. */
  pause(): void {
    this.#steer("pause");
  }

  /** Continues after {@link Run.pause}. */
  resume(): void {
    this.#steer("resume");
  }

  /**
   * Ends the run after the current step, evaluates the model on the held-out examples, if there are any, and keeps it. Skips the
   * cross-validation. Also ends a pause.
   */
  stop(): void {
    this.#stopped = true;
    this.#steer("stop");
  }

  /**
   * `report.html` of the run so far: settings, curves, subnetwork map, scores. After a failure it covers the run up to the error.
   *
   * Rejects with {@link InvalidArgument} before the first step, and with the run's error if it left no report.
   */
  async report(): Promise<string> {
    if (this.#phase === "ended" && this.#report === undefined) await this.result;
    if (this.#report !== undefined) return this.#report;
    if (this.#phase === "waiting") throw new InvalidArgument("there is no report before the first step");
    return this.#engine.call("report", null);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrainEvent, void, undefined> {
    let seen = 0;
    for (;;) {
      const change = this.#change;
      while (seen < this.#events.length) yield this.#events[seen++]!;
      if (this.#phase === "ended") break;
      await change;
    }
    await this.result;
  }

  /** @internal Whether the run has ended or is about to end. */
  get ending(): boolean {
    return this.#stopped || this.#signal.aborted || this.#phase === "ended";
  }

  async #go({ prepare }: RunRequest, after: Promise<unknown>, onTrained: (state: TunerState) => void): Promise<RunResult> {
    const call = await prepare();
    await after;
    throwIfAborted(this.#signal);
    const answer = call(this.#engine, { signal: this.#signal, notify: (notice) => this.#heard(notice) });
    this.#phase = "running";
    for (const order of this.#orders) this.#engine.steer(order);
    try {
      const { state, heldOut } = await answer;
      onTrained(state);
      return resultOf(this.#events, heldOut);
    } catch (error) {
      throw error instanceof Aborted && this.#signal.aborted ? aborted(this.#signal) : error;
    }
  }

  #steer(order: Order): void {
    if (this.#phase === "waiting") this.#orders.push(order);
    if (this.#phase === "running") this.#engine.steer(order);
  }

  #heard(notice: Calls["train"]["notice"]): void {
    if (notice.type === "report") {
      this.#report = notice.html;
      return;
    }
    this.#events.push(notice);
    const changed = this.#changed;
    this.#change = this.#nextChange();
    changed();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => (this.#changed = resolve));
  }
}

/** Calls `hidden` whenever the page is hidden, which may be its last event before it closes. The returned function stops that. */
function whenHidden(hidden: () => void): () => void {
  const { document } = globalThis;
  const changed = () => document.visibilityState === "hidden" && hidden();
  document?.addEventListener("visibilitychange", changed);
  return () => document?.removeEventListener("visibilitychange", changed);
}

function resultOf(events: readonly TrainEvent[], heldOut: Trained["heldOut"]): RunResult {
  const end = events.find((event) => event.type === "end")!;
  // a recovery repeats evaluations: look at the latest first
  const evaluations = events.filter((event) => event.type === "evaluation").reverse();
  return {
    end,
    probe: events.find((event) => event.type === "probe") ?? null,
    suspects: events.find((event) => event.type === "suspects") ?? null,
    validation: evaluations.find(({ part, step }) => part === "validation" && step === end.bestStep) ?? null,
    test: evaluations.find(({ part }) => part === "test") ?? null,
    crossValidation: evaluations.find(({ part }) => part === "cross_validation") ?? null,
    heldOut,
  };
}
