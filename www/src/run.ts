import type { TrainEvent } from "./events.js";
import type { RunResult } from "./results.js";

/**
 * A training under way. Iterating it gives its events:
 *
 * ```ts
 * for await (const event of run) {
 *   if (event.type === "step") console.log(event.loss);
 * }
 * ```
 *
 * Events are kept, so every loop begins with the first, and a slow, late or absent reader holds nothing up. Leaving a loop leaves
 * the run as it is: to end it, {@link Run.stop} it or abort its signal. A run that fails throws its error in the loop as well as
 * from {@link Run.result}.
 */
export interface Run extends AsyncIterable<TrainEvent> {
  /**
   * Resolves when the trained model is in place.
   *
   * Rejects with {@link InvalidArgument}, {@link InvalidData}, {@link InvalidModel}, {@link DeviceLost}, {@link OutOfMemory},
   * {@link Diverged}, {@link EngineCrashed}, or {@link Aborted} within a step of the abort. The tuner then has the model that it had
   * before. A rejection that nobody looks at is not an unhandled one.
   */
  readonly result: Promise<RunResult>;
  /** Halts after the current step, until {@link Run.resume}. */
  pause(): void;
  resume(): void;
  /** Ends after the current step as if it were the last: what was learned so far is evaluated and kept. Also ends a pause. */
  stop(): void;
  /**
   * `report.html` of the run so far: settings, curves, subnetwork map, scores. After the end that of the whole run; after a failure
   * that of what happened until then, with the error.
   */
  report(): Promise<string>;
}
