import type { Factor, Product, Tiles } from "./product.js";
import { BUSY, FAILED, IDLE, Slot } from "./slot.js";
import { startHelper, type Thread } from "./thread.js";

const PAGE = 2 ** 16;
/** Multiplications that are worth a division: of a whole product, and for each float that is copied. */
const LEAST = 4e6;
const LEAST_OF_A_COPY = 32;
/** Rows of a tile and terms of a block in `src/kernels/cpu/tiles.rs`. Divided there, a product keeps its bits and its speed. */
const ROWS = 4;
const DEPTH = 384;
/** Milliseconds after which a helper is given up. A product takes a thousandth of them. */
const PATIENCE = 20_000;
/** Milliseconds to wait for the start of the helpers, which join later too. */
const START = 5_000;

/** Several threads that multiply together: this one, and helpers with copies in a memory that they share. */
export class Team {
  readonly #tiles: Tiles;
  readonly #memory: WebAssembly.Memory;
  readonly #shared: WebAssembly.Memory;
  /** Bytes of shared memory, at most. */
  readonly #most: number;
  readonly #helpers: { slot: Slot; thread: Thread }[];
  /** Settles when all helpers have started or failed, or were waited for long enough. */
  readonly started: Promise<unknown>;
  /** This thread's share of the rows. */
  #share: number;

  /** `tiles` work on `memory`. The helpers have theirs of `module`. */
  constructor(tiles: Tiles, memory: WebAssembly.Memory, module: WebAssembly.Module, helpers: number, most = 64 * 2 ** 20) {
    this.#tiles = tiles;
    this.#memory = memory;
    this.#most = most;
    // the modules are linked for as much
    this.#shared = new WebAssembly.Memory({ initial: 0, maximum: 1024, shared: true });
    this.#share = 1 / (helpers + 1);
    this.#helpers = Array.from({ length: helpers }, () => {
      const slot = new Slot();
      return { slot, thread: startHelper({ module, memory: this.#shared, slot: slot.buffer }) };
    });
    this.started = within(START, Promise.all(this.#helpers.map(({ thread }) => thread.heard)));
  }

  /** Whether all helpers have started and none has failed. */
  get isReady(): boolean {
    return this.#helpers.every(({ slot }) => slot.state === IDLE);
  }

  multiply(product: Product): void {
    const { rows, depth, columns, left, right } = product;
    const own = this.#ownRows(rows);
    const theirs = rowsOf(product, own, rows);
    const copies = extent(theirs.rows, depth, left) + extent(depth, columns, right) + theirs.rows * columns;
    const least = Math.max(LEAST, LEAST_OF_A_COPY * copies);
    if (!this.isReady || theirs.rows === 0 || rows * depth * columns < least) return this.#tiles.multiply(product);
    const bytes = this.#tiles.scratch * this.#helpers.length + 4 * copies;
    if (bytes > this.#most) {
      for (const half of halves(product)) this.multiply(half);
      return;
    }
    if (!this.#provide(bytes)) return this.#tiles.multiply(product);
    const busy = this.#start(theirs);
    const started = performance.now();
    this.#tiles.multiply(rowsOf(product, 0, own));
    const worked = performance.now();
    if (!busy.every((slot) => slot.wait(BUSY, PATIENCE) === IDLE)) {
      this.end();
      return this.#tiles.multiply(theirs);
    }
    this.#balance(worked - started, performance.now() - worked);
    this.#collect(theirs);
  }

  /** Nobody helps from now on. */
  end(): void {
    for (const { slot, thread } of this.#helpers) {
      thread.terminate();
      slot.state = FAILED;
    }
  }

  /** Grows the shared memory to so many bytes. Without room for them, nobody helps from now on. */
  #provide(bytes: number): boolean {
    const lacks = bytes - this.#shared.buffer.byteLength;
    try {
      if (lacks > 0) this.#shared.grow(Math.ceil(lacks / PAGE));
    } catch {
      this.end();
      return false;
    }
    return true;
  }

  #ownRows(rows: number): number {
    return Math.min(rows, ROWS * Math.round((rows / ROWS) * this.#share));
  }

  /** Takes more of the rows if this thread waited for the others, and fewer if not. */
  #balance(worked: number, waited: number): void {
    const even = 1 / (this.#helpers.length + 1);
    const change = waited > 0.02 * worked ? 0.01 : -0.01;
    this.#share = Math.min(1.5 * even, Math.max(0.5 * even, this.#share + change * even));
  }

  /** Copies the product and divides it among the helpers. Returns the slots of those that have a part. */
  #start(product: Product): Slot[] {
    const { rows, depth, columns, left, right, scratch: _, ...how } = product;
    const copy = this.#copyOf(product);
    this.#copyIn(left, extent(rows, depth, left), copy.left);
    this.#copyIn(right, extent(depth, columns, right), copy.right);
    if (how.add) this.#lines(product, (engine, shared) => shared.set(engine));
    const each = ROWS * Math.ceil(rows / ROWS / this.#helpers.length);
    const busy = this.#helpers.filter((_, at) => at * each < rows);
    for (const [at, { slot }] of busy.entries()) {
      slot.product = { ...rowsOf(copy, at * each, Math.min(rows, (at + 1) * each)), scratch: at * this.#tiles.scratch };
      slot.state = BUSY;
    }
    return busy.map(({ slot }) => slot);
  }

  #collect(product: Product): void {
    this.#lines(product, (engine, shared) => engine.set(shared));
  }

  /** The product in the shared memory: scratch memory for each helper, then right, left and output. */
  #copyOf(product: Product): Product {
    const { rows, depth, columns, left, right } = product;
    const rightAt = this.#tiles.scratch * this.#helpers.length;
    const leftAt = rightAt + 4 * extent(depth, columns, right);
    const output = leftAt + 4 * extent(rows, depth, left);
    return { ...product, output, stride: columns, left: { ...left, first: leftAt }, right: { ...right, first: rightAt } };
  }

  #copyIn({ first }: Factor, size: number, to: Factor): void {
    new Float32Array(this.#shared.buffer, to.first, size).set(new Float32Array(this.#memory.buffer, first, size));
  }

  /** Each row of the output, in the engine's memory and in the shared one. */
  #lines(product: Product, each: (engine: Float32Array, shared: Float32Array) => void): void {
    const { output, stride, rows, columns } = product;
    const copy = this.#copyOf(product).output;
    // rows that lie side by side are one
    const [count, size] = stride === columns ? [1, rows * columns] : [rows, columns];
    for (let row = 0; row < count; row++) {
      const engine = new Float32Array(this.#memory.buffer, output + 4 * row * stride, size);
      each(engine, new Float32Array(this.#shared.buffer, copy + 4 * row * columns, size));
    }
  }
}

/** Waits for a promise, but no longer than so many milliseconds. */
async function within(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([promise, new Promise((next) => (timer = setTimeout(next, milliseconds)))]);
  // it would keep Node's process alive
  clearTimeout(timer);
}

/** Some rows of a product. */
function rowsOf(product: Product, from: number, to: number): Product {
  const { output, stride, left } = product;
  const place = { output: output + 4 * from * stride, left: { ...left, first: left.first + 4 * from * left.down } };
  return { ...product, ...place, rows: to - from };
}

/** The product as two, one after the other, whose entries have their terms in the same order. */
function halves(product: Product): [Product, Product] {
  const { rows, depth, left, right } = product;
  if (left.down > left.across || depth <= DEPTH) {
    const half = ROWS * Math.ceil(rows / 2 / ROWS);
    return [rowsOf(product, 0, half), rowsOf(product, half, rows)];
  }
  const half = DEPTH * Math.ceil(depth / 2 / DEPTH);
  const rest = {
    left: { ...left, first: left.first + 4 * half * left.across },
    right: { ...right, first: right.first + 4 * half * right.down },
  };
  return [
    { ...product, depth: half },
    { ...product, ...rest, add: true, depth: depth - half },
  ];
}

/** Floats from the first to the last entry of a factor. */
function extent(rows: number, columns: number, { down, across }: Factor): number {
  return rows && columns ? (rows - 1) * down + (columns - 1) * across + 1 : 0;
}
