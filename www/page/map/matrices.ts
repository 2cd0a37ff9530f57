import type { MatrixSelection } from "subtune";

/** The endings of a layer's matrices, and their names on the page. */
export const COLUMNS = [
  { ending: "attention.self.query.weight", name: "query", about: "what a word looks for in the others" },
  { ending: "attention.self.key.weight", name: "key", about: "what a word can be found by" },
  { ending: "attention.self.value.weight", name: "value", about: "what a word passes on" },
  { ending: "attention.output.dense.weight", name: "mix", about: "how that is combined" },
  { ending: "intermediate.dense.weight", name: "widen", about: "first step of work on each word" },
  { ending: "output.dense.weight", name: "narrow", about: "second step of it" },
] as const;

const LAYER = /^bert\.encoder\.layer\.(\d+)\.(.+)$/;
const OUTSIDE: Record<string, string> = {
  "bert.pooler.dense.weight": "pooler",
  "classifier.weight": "decision",
};

export interface MatrixMap {
  /** The matrices of each layer, in the order of the columns. */
  layers: (MatrixSelection | undefined)[][];
  outside: { name: string; matrix: MatrixSelection }[];
}

export function mapOf(matrices: MatrixSelection[]): MatrixMap {
  const map: MatrixMap = { layers: [], outside: [] };
  for (const matrix of matrices) {
    const [, layer, ending] = LAYER.exec(matrix.name) ?? [];
    const column = COLUMNS.findIndex((one) => one.ending === ending);
    if (layer !== undefined && column >= 0) (map.layers[Number(layer)] ??= Array(COLUMNS.length).fill(undefined))[column] = matrix;
    else if (OUTSIDE[matrix.name]) map.outside.push({ name: OUTSIDE[matrix.name]!, matrix });
  }
  return map;
}

export function shareSelected({ kept, entries }: MatrixSelection): number {
  return kept / Math.max(1, entries);
}

export function shareAgain({ overlap, kept }: MatrixSelection): number {
  return overlap / Math.max(1, kept);
}
