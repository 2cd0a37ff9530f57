import { camel } from "../case.js";
import type { Opening } from "../engine/host-gpu.js";
import type { CheckpointKeeper, WasmTraining } from "../engine/wasm.js";
import type { StartEvent, TrainEvent } from "../events.js";
import type { RunStore } from "./run-store.js";

/** How a run is stored. */
export interface Saving {
  /** What the run is called in errors. */
  name: string;
  /** Steps between two checkpoints; `undefined` for one every five minutes. */
  steps: number | undefined;
  /** How many checkpoints are kept. */
  limit: number;
}

/** A page may be hidden and shown many times: so many milliseconds must lie between two checkpoints before their time. */
const SOON = 30_000;

/** Does something while nothing else uses the engine; what of it opens a device, by the function that it is given. */
export type Exclusive = <T>(work: (opening: Opening) => T | Promise<T>) => Promise<T>;

/** A run under way. `emit` takes events as the engine tells them. */
export interface UnderWay {
  training: WasmTraining;
  exclusive: Exclusive;
  emit: (event: unknown) => void;
}

/**
 * Gives the engine a place to store a run in. When it stores, how many checkpoints it keeps and what it says of them is the engine's
 * matter. Two things stay here because the engine knows nothing of them: the record that a page needs to begin the run again, and pages
 * that are hidden.
 */
export class Saver {
  readonly #saving: Saving;
  readonly #training: WasmTraining;
  readonly #exclusive: Exclusive;
  readonly #emit: (event: unknown) => void;
  /** Keeps what is needed to begin the run again; `undefined` once that is kept. */
  #create: ((start: StartEvent, store: RunStore) => Promise<void>) | undefined;
  /** `undefined` if no run can be kept. */
  #store: RunStore | undefined;
  #why: string | undefined;
  #savedAt = -Infinity;

  /**
   * @param store - or why there is none
   * @param create - keeps what is needed to begin the run again, unless it is kept already
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

  /** Lets a run be stored whose record is kept already. */
  async begin(): Promise<void> {
    if (!this.#create && this.#store) await this.#keep(this.#store);
  }

  /** To be told of what happened, as the engine tells it. Lets a run be stored once its record is kept. */
  async heard(events: readonly unknown[]): Promise<void> {
    for (const event of events) {
      const { type } = event as TrainEvent;
      if (type === "start" && this.#create) await this.#begin(camel(event) as StartEvent, this.#create);
    }
  }

  /**
   * Stores the run although it may not be due, because a page is about to be closed. Returns false if nothing has been done yet that
   * could be stored: then it is to be asked again after the next step.
   */
  async saveNow(): Promise<boolean> {
    if (!this.#store) return true;
    if (this.#create || (this.#savedAt === -Infinity && (await this.#exclusive(() => this.#training.is_stored())))) return false;
    if (performance.now() - this.#savedAt > SOON) {
      for (const event of await this.#exclusive(() => this.#training.save())) this.#emit(event);
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
    const message = `the run is not kept in this browser (${this.#why}); it goes on, but not after the page is closed or loaded again`;
    this.#emit(await this.#exclusive(() => this.#training.warn(message)));
  }

  async #keep({ checkpoints }: RunStore): Promise<void> {
    const { name: run, steps, limit } = this.#saving;
    const keeper: CheckpointKeeper = {
      complete: () => checkpoints.complete(),
      read: (name) => checkpoints.read(name),
      remove: (name) => checkpoints.remove(name),
      place: (name) => placeOf(run, name),
      write: async (name, files) => {
        try {
          await checkpoints.write(name, files);
        } finally {
          this.#savedAt = performance.now();
        }
      },
    };
    await this.#exclusive(() => this.#training.keep(keeper, steps, limit));
  }
}

/** What errors call a checkpoint. */
export function placeOf(run: string, checkpoint: string): string {
  return `${run}/${checkpoint}`;
}
