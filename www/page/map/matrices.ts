import type { MatrixSelection } from "subtune";

/** What the matrices of BERT's layers do, by what the engine calls them. Others keep the engine's name. */
const WORDS: Record<string, { name: string; about: string }> = {
  query: { name: "query", about: "what a word looks for in the others" },
  key: { name: "key", about: "what a word can be found by" },
  value: { name: "value", about: "what a word tells those that look at it" },
  "attention output": { name: "mix", about: "how what was told is put together" },
  intermediate: { name: "widen", about: "first half of the thinking on each word" },
  output: { name: "narrow", about: "second half of it" },
  classifier: { name: "decision", about: "the answer" },
};

/** The columns before the first selection says which there are. */
const FIRST = ["query", "key", "value", "attention output", "intermediate", "output"];

export interface MatrixMap {
  columns: { name: string; about: string }[];
  /** By layer, in the order of the columns. */
  layers: (MatrixSelection | undefined)[][];
  outside: { name: string; matrix: MatrixSelection }[];
}

function words(matrix: string): { name: string; about: string } {
  return WORDS[matrix] ?? { name: matrix, about: "" };
}

export function mapOf(matrices: MatrixSelection[]): MatrixMap {
  const kinds = matrices.filter(({ layer }) => layer !== null).map(({ matrix }) => matrix);
  const columns = kinds.length ? [...new Set(kinds)] : FIRST;
  const map: MatrixMap = { columns: columns.map(words), layers: [], outside: [] };
  for (const matrix of matrices) {
    if (matrix.layer === null) map.outside.push({ name: words(matrix.matrix).name, matrix });
    else (map.layers[matrix.layer] ??= Array(columns.length).fill(undefined))[columns.indexOf(matrix.matrix)] = matrix;
  }
  return map;
}

export function shareSelected({ kept, entries }: MatrixSelection): number {
  return kept / Math.max(1, entries);
}

export function shareAgain({ overlap, kept }: MatrixSelection): number {
  return overlap / Math.max(1, kept);
}
