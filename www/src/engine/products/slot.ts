import type { Product } from "./product.js";

/** How far a helper is, 0 before it has started. */
export const IDLE = 1;
export const BUSY = 2;
export const FAILED = 3;

const WORDS = 15;
const FACTOR = 4;

/** Words in shared memory by which a thread gives products to a helper: how far it is, then the product. */
export class Slot {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #floats: Float32Array;

  constructor(buffer = new SharedArrayBuffer(4 * WORDS)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#floats = new Float32Array(buffer);
  }

  get state(): number {
    return Atomics.load(this.#words, 0);
  }

  set state(state: number) {
    Atomics.store(this.#words, 0, state);
    Atomics.notify(this.#words, 0);
  }

  /** Blocks this thread while the state is this one, but no longer than so many milliseconds. Returns the state. */
  wait(state: number, milliseconds?: number): number {
    Atomics.wait(this.#words, 0, state, milliseconds);
    return this.state;
  }

  get product(): Product {
    const at = (word: number) => this.#words[word]!;
    const factorAt = (word: number) => ({ first: at(word), down: at(word + 1), across: at(word + 2) });
    return {
      ...{ output: at(1), stride: at(2), add: at(3) === 1, factor: this.#floats[FACTOR]! },
      ...{ rows: at(5), depth: at(6), columns: at(7), left: factorAt(8), right: factorAt(11), scratch: at(14) },
    };
  }

  /** To be set while the helper is idle. */
  set product({ output, stride, add, factor, rows, depth, columns, left, right, scratch }: Product) {
    const factors = [left.first, left.down, left.across, right.first, right.down, right.across];
    this.#words.set([output, stride, Number(add), 0, rows, depth, columns, ...factors, scratch], 1);
    this.#floats[FACTOR] = factor;
  }
}
