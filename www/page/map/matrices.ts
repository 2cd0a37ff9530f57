import type { MatrixSelection } from "subtune";

/** How the matrices of a layer end, and what they are called here. */
export const COLUMNS = [
  { ending: "attention.self.query.weight", name: "query", about: "what a word looks for in the others" },
  { ending: "attention.self.key.weight", name: "key", about: "what a word can be found by" },
  { ending: "attention.self.value.weight", name: "value", about: "what a word tells those that look at it" },
  { ending: "attention.output.dense.weight", name: "mix", about: "how what was told is put together" },
  { ending: "intermediate.dense.weight", name: "widen", about: "first half of the thinking on each word" },
  { ending: "output.dense.weight", name: "narrow", about: "second half of it" },
] as const;

const LAYER = /^bert\.encoder\.layer\.(\d+)\.(.+)$/;
const OUTSIDE: Record<string, string> = {
  "bert.pooler.dense.weight": "pooler",
  "classifier.weight": "decision",
};

export interface MatrixMap {
  /** By layer, in the order of the columns. */
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
