import { download } from "../../model/download.js";
import { Tiles } from "./product.js";
import { Team } from "./team.js";
import { helpersHere } from "./thread.js";

const MODULES = {
  relaxed: {
    own: new URL("../../../wasm/products/relaxed-own.wasm", import.meta.url),
    shared: new URL("../../../wasm/products/relaxed-shared.wasm", import.meta.url),
  },
  plain: {
    own: new URL("../../../wasm/products/plain-own.wasm", import.meta.url),
    shared: new URL("../../../wasm/products/plain-shared.wasm", import.meta.url),
  },
};

/** Multiplies in the engine's place: with fused multiplication and addition, and on several threads, where the browser has them. */
export class Multiplier {
  readonly #tiles: Tiles;
  readonly #form: (() => Team) | undefined;
  #team: Team | undefined;

  private constructor(tiles: Tiles, form: (() => Team) | undefined) {
    this.#tiles = tiles;
    this.#form = form;
  }

  /** On the engine's memory. Returns `undefined` if the engine does as well by itself. */
  static async open(memory: WebAssembly.Memory): Promise<Multiplier | undefined> {
    const relaxed = await read(MODULES.relaxed.own);
    const isRelaxed = WebAssembly.validate(relaxed);
    const helpers = helpersHere();
    if (!isRelaxed && !helpers) return undefined;
    const tiles = new Tiles(await WebAssembly.compile(isRelaxed ? relaxed : await read(MODULES.plain.own)), memory);
    if (!helpers) return new Multiplier(tiles, undefined);
    const shared = await WebAssembly.compile(await read(isRelaxed ? MODULES.relaxed.shared : MODULES.plain.shared));
    return new Multiplier(tiles, () => new Team(tiles, memory, shared, helpers));
  }

  /**
   * Starts the helpers and waits for them. The engine calls it when it opens the CPU: a step leaves this thread no time in which they
   * could start, and a GPU needs none.
   */
  async gather(): Promise<void> {
    try {
      this.#team ??= this.#form?.();
      await this.#team?.started;
    } catch (error) {
      // no room for their memory
      console.warn(`one thread computes (${(error as Error).message})`);
    }
  }

  /** As `multiply` of `src/kernels/cpu/tiles.rs`. */
  multiply(
    output: number,
    stride: number,
    add: boolean,
    factor: number,
    rows: number,
    depth: number,
    columns: number,
    left: number,
    leftDown: number,
    leftAcross: number,
    right: number,
    rightDown: number,
    rightAcross: number,
    scratch: number,
  ): void {
    // places above 2 GiB come as negative numbers
    (this.#team ?? this.#tiles).multiply({
      output: output >>> 0,
      stride,
      add,
      factor,
      rows,
      depth,
      columns,
      left: { first: left >>> 0, down: leftDown, across: leftAcross },
      right: { first: right >>> 0, down: rightDown, across: rightAcross },
      scratch: scratch >>> 0,
    });
  }
}

async function read(address: URL): Promise<Uint8Array<ArrayBuffer>> {
  return (await download(address, undefined, () => undefined)) as Uint8Array<ArrayBuffer>;
}
