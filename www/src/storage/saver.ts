import { camel } from "../case.js";
import type { Opening } from "../engine/host-gpu.js";
import type { CheckpointKeeper, WasmTraining } from "../engine/wasm.js";
import type { StartEvent, TrainEvent } from "../events.js";
import { here } from "../program/program.js";
import type { RunStore } from "./run-store.js";

/** The settings of storing a run. */
export interface Saving {
  /** The name of the run in errors. */
  name: string;
  /** Steps between two checkpoints; `undefined` for one every five minutes. */
  steps: number | undefined;
  /** The number of checkpoints to keep. */
  limit: number;
}

/** The shortest time between two early checkpoints, in milliseconds, because a page may be hidden and shown many times. */
const SOON = 30_000;

/** Does `work` while nothing else uses the engine. Work that opens a device must do so through the function it receives. */
export type Exclusive = <T>(work: (opening: Opening) => T | Promise<T>) => Promise<T>;

/** A run under way. `emit` takes the engine's events. */
export interface UnderWay {
  training: WasmTraining;
  exclusive: Exclusive;
  emit: (event: unknown) => void;
}

/**
 * Gives the engine a place to store a run in. The engine decides when to store, how many checkpoints to keep, and which events to send.
 * Two things stay here, because the engine does not know of them: the record from which a page can start the run again, and pages that
 * are hidden.
 */
export class Saver {
  readonly #saving: Saving;
  readonly #training: WasmTraining;
  readonly #exclusive: Exclusive;
  readonly #emit: (event: unknown) => void;
  /** Stores the record of the run; `undefined` once it is stored. */
  #create: ((start: StartEvent, store: RunStore) => Promise<void>) | undefined;
  /** `undefined` if no run can be stored. */
  #store: RunStore | undefined;
  #why: string | undefined;
  #savedAt = -Infinity;

  /**
   * @param store - the place of the run, or the reason why there is none
   * @param create - stores the record of the run; `undefined` if it is already stored
   */
  constructor(
    saving: Saving,
    store: RunStore | Error,
    { training, exclusive, emit }: UnderWay,
    create?: (start: StartEvent, store: RunStore) => Promise<void>,
  ) {
    this.#saving = saving;
    this.#training = training;
    this.#exclusive = exclusive;
    this.#emit = emit;
    this.#create = create;
    if (store instanceof Error) this.#why = store.message;
    else this.#store = store;
  }

  /** Starts to store a run whose record is already stored. */
  async begin(): Promise<void> {
    if (!this.#create && this.#store) await this.#keep(this.#store);
  }

  /** Takes the engine's events. Starts to store the run once its record is stored. */
  async heard(events: readonly unknown[]): Promise<void> {
    for (const event of events) {
      const { type } = event as TrainEvent;
      if (type === "checkpoint") this.#savedAt = performance.now();
      if (type === "start" && this.#create) await this.#begin(camel(event) as StartEvent, this.#create);
    }
  }

  /**
   * Stores the run although no checkpoint may be due, because a page is about to be closed. Returns false if there is nothing to store
   * yet; the caller then asks again after the next step.
   */
  async saveNow(): Promise<boolean> {
    if (!this.#store) return true;
    if (this.#create || (this.#savedAt === -Infinity && (await this.#exclusive(() => this.#training.is_stored())))) return false;
    if (performance.now() - this.#savedAt > SOON) {
      for (const event of await this.#exclusive(() => this.#training.save())) this.#emit(event);
      this.#savedAt = performance.now();
    }
    return true;
  }

  async #begin(start: StartEvent, create: (start: StartEvent, store: RunStore) => Promise<void>): Promise<void> {
    this.#create = undefined;
    try {
      if (this.#store) await create(start, this.#store);
    } catch (error) {
      this.#store = undefined;
      this.#why = (error as Error).message;
    }
    if (this.#store) return this.#keep(this.#store);
    const message = `the run is not stored ${here()} (${this.#why}); it continues, but not after the page is closed or reloaded`;
    this.#emit(await this.#exclusive(() => this.#training.warn(message)));
  }

  async #keep({ checkpoints }: RunStore): Promise<void> {
    const { name: run, steps, limit } = this.#saving;
    const keeper: CheckpointKeeper = {
      complete: () => checkpoints.complete(),
      read: (name) => checkpoints.read(name),
      remove: (name) => checkpoints.remove(name),
      place: (name) => placeOf(run, name),
      folder: checkpoints.path.slice(0, -1),
      write: (name, files) => checkpoints.write(name, files),
    };
    await this.#exclusive(() => this.#training.keep(keeper, steps, limit));
  }
}

/** The name of a checkpoint in errors. */
export function placeOf(run: string, checkpoint: string): string {
  return `${run}/${checkpoint}`;
}
