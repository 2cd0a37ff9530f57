/** A factor in a memory: the byte of its first entry, and how many floats apart two rows and two columns are. */
export interface Factor {
  first: number;
  down: number;
  across: number;
}

/** Writes `factor * left * right` to the byte `output` of a memory, in rows `stride` floats apart, or adds it with `add`. */
export interface Product {
  output: number;
  stride: number;
  add: boolean;
  factor: number;
  rows: number;
  /** The terms of an entry. */
  depth: number;
  columns: number;
  left: Factor;
  right: Factor;
  /** The byte of memory for scratch. */
  scratch: number;
}

interface Exports {
  multiply(...product: (number | boolean)[]): void;
  /** Bytes of scratch memory that a product needs. */
  scratch(): number;
}

/** A module of `www/products` on a memory. */
export class Tiles {
  readonly #exports: Exports;
  /** Bytes of scratch memory that a product needs. */
  readonly scratch: number;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.#exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
    this.scratch = this.#exports.scratch();
  }

  multiply({ output, stride, add, factor, rows, depth, columns, left, right, scratch }: Product): void {
    const factors = [left.first, left.down, left.across, right.first, right.down, right.across];
    this.#exports.multiply(output, stride, add, factor, rows, depth, columns, ...factors, scratch);
  }
}
