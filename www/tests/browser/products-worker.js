// A worker of products.test.js: products by one thread and by several, as bytes and beside their definition.
import { Tiles } from "../../dist/engine/products/product.js";
import { Team } from "../../dist/engine/products/team.js";

const read = async (name) => WebAssembly.compile(await (await fetch(`/www/wasm/products/${name}.wasm`)).arrayBuffer());
const value = (at, seed) => (((at + seed) * 7919) % 1009) / 1009 - 0.5;

/** The places of a product in a memory, and what is in them at first. */
function place(memory, { rows, depth, columns, add, flipped }, scratch) {
  const sizes = [rows * depth, depth * columns, rows * columns];
  const at = [scratch];
  for (const size of sizes) at.push(at.at(-1) + 4 * size);
  const missing = at.at(-1) - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  for (const [index, size] of sizes.entries()) {
    const floats = new Float32Array(memory.buffer, at[index], size);
    for (let entry = 0; entry < size; entry++) floats[entry] = value(entry, index);
  }
  const factor = (first, height, width, isFlipped) => ({ first, down: isFlipped ? 1 : width, across: isFlipped ? height : 1 });
  const [left, right] = [factor(at[0], rows, depth, flipped[0]), factor(at[1], depth, columns, flipped[1])];
  return { output: at[2], stride: columns, add, factor: 0.5, rows, depth, columns, left, right, scratch: 0 };
}

/** The largest difference of some entries from the definition in float64. */
function farthest(memory, product, found) {
  const { rows, depth, columns, left, right, add, factor } = product;
  const all = new Float32Array(memory.buffer);
  const entry = ({ first, down, across }, row, column) => all[first / 4 + row * down + column * across];
  let most = 0;
  for (let at = 0; at < rows * columns; at += Math.ceil((rows * columns) / 300)) {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let term = 0; term < depth; term++) sum += entry(left, row, term) * entry(right, term, column);
    most = Math.max(most, Math.abs(found[at] - factor * sum - (add ? value(at, 2) : 0)));
  }
  return most;
}

const calls = {
  /** For each product, its distance from the definition, and whether teams of these sizes give the same bits. */
  async compare({ kind, products, helpers, most, ended }) {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const [own, shared] = [await read(`${kind}-own`), await read(`${kind}-shared`)];
    const tiles = new Tiles(own, memory);
    const teams = helpers.map((count) => new Team(tiles, memory, shared, count, most));
    for (const team of teams) while (!team.isReady) await new Promise((next) => setTimeout(next, 10));
    if (ended) for (const team of teams) team.end();
    return products.map((one) => {
      const compute = (who) => {
        const product = place(memory, one, tiles.scratch);
        who.multiply(product);
        const { output, rows, columns } = product;
        return { product, found: new Float32Array(memory.buffer, output, rows * columns).slice() };
      };
      const { product, found } = compute(tiles);
      const isSame = ({ found: other }) => other.every((value, at) => Object.is(value, found[at]));
      return { distance: farthest(memory, product, found), same: teams.map((team) => [1, 2, 3].every(() => isSame(compute(team)))) };
    });
  },
  /** Milliseconds of a product by one thread and by a team, the least of many. */
  async time({ kind, products, helpers, rounds }) {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const tiles = new Tiles(await read(`${kind}-own`), memory);
    const team = new Team(tiles, memory, await read(`${kind}-shared`), helpers);
    while (!team.isReady) await new Promise((next) => setTimeout(next, 10));
    return products.map((one) => {
      const product = place(memory, one, tiles.scratch);
      const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let round = 0; round < rounds; round++) {
        for (const [at, who] of [tiles, team].entries()) {
          const started = performance.now();
          who.multiply(product);
          least[at] = Math.min(least[at], performance.now() - started);
        }
      }
      return least;
    });
  },
};

addEventListener("message", async ({ data: [name, request] }) => {
  try {
    postMessage({ answer: await calls[name](request) });
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
});
