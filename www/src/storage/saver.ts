import { camel } from "../case.js";
import type { Opening } from "../engine/host-gpu.js";
import type { WasmTraining } from "../engine/wasm.js";
import type { StartEvent, TrainEvent } from "../events.js";
import type { CheckpointFiles } from "./checkpoints.js";
import type { RunStore } from "./run-store.js";

/** How a run is stored. */
export interface Saving {
  /** What the run is called in errors. */
  name: string;
  /** Steps between two checkpoints; by the clock, where nothing is said. */
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
 * When a run is stored, and what is said of it. A checkpoint that cannot be written is no reason to end a run, and one warning is
 * enough.
 */
export class Saver {
  readonly #saving: Saving;
  readonly #training: WasmTraining;
  readonly #exclusive: Exclusive;
  readonly #emit: (event: unknown) => void;
  /** Keeps what is needed to begin the run again; nothing once that is kept. */
  #create: ((start: StartEvent, store: RunStore) => Promise<void>) | undefined;
  /** Nothing where no run can be kept. */
  #store: RunStore | undefined;
  #why: string | undefined;
  #warned = false;
  /** The last checkpoint could not be written. */
  #failed = false;
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

  /** To be told of what happened, as the engine tells it; stores the run where it is time to. */
  async heard(events: readonly unknown[]): Promise<void> {
    for (const event of events) {
      const { type } = event as TrainEvent;
      if (type === "start" && this.#create) await this.#begin(camel(event) as StartEvent, this.#create);
    }
    const { steps } = this.#saving;
    if (this.#store && (await this.#exclusive(() => this.#training.checkpoint_due(steps)))) await this.#save(this.#store);
  }

  /**
   * Stores the run although it may not be time to, as a page is about to be closed. Gives false where nothing has been done yet
   * that could be stored: then it is to be asked again after the next step.
   */
  async saveNow(): Promise<boolean> {
    if (!this.#store) return true;
    if (this.#create || (this.#savedAt === -Infinity && (await this.#exclusive(() => this.#training.is_stored())))) return false;
    if (performance.now() - this.#savedAt > SOON) await this.#save(this.#store);
    return true;
  }

  /** What the run can go on from, where there is such, and what that is called in errors. */
  async last(): Promise<{ place: string; files: CheckpointFiles } | undefined> {
    const name = (await this.#store?.checkpoints.complete())?.at(-1);
    return name === undefined ? undefined : { place: placeOf(this.#saving.name, name), files: await this.#store!.checkpoints.read(name) };
  }

  async #begin(start: StartEvent, create: (start: StartEvent, store: RunStore) => Promise<void>): Promise<void> {
    this.#create = undefined;
    try {
      if (this.#store) await create(start, this.#store);
    } catch (error) {
      this.#store = undefined;
      this.#why = (error as Error).message;
    }
    if (this.#store) return;
    await this.#warn(`the run is not kept in this browser (${this.#why}); it goes on, but not after the page is closed or loaded again`);
  }

  async #save(store: RunStore): Promise<void> {
    const training = this.#training;
    if (!this.#failed && (await this.#exclusive(() => training.is_stored()))) return;
    const checkpoint = await this.#exclusive(() => training.checkpoint());
    if (!checkpoint) return;
    const { name, files } = checkpoint;
    try {
      await store.checkpoints.save(name, files, this.#saving.limit);
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      const { message } = error as Error;
      await this.#warn(`no checkpoint could be written (${message}); the run goes on, and earlier checkpoints are kept`);
      return;
    } finally {
      this.#savedAt = performance.now();
    }
    this.#emit(await this.#exclusive(() => training.checkpoint_stored(name)));
  }

  async #warn(message: string): Promise<void> {
    if (this.#warned) return;
    this.#warned = true;
    this.#emit(await this.#exclusive(() => this.#training.warn(message)));
  }
}

/** What errors call a checkpoint. */
export function placeOf(run: string, checkpoint: string): string {
  return `${run}/${checkpoint}`;
}
