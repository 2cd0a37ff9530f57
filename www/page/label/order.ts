import { effect, signal } from "@preact/signals";
import { labels, texts } from "../state/labelling";
import { inSlices } from "./slices";

/** Which rows are shown: all, those without a label, those with one, or those of a class. */
export type Shown = "all" | "without" | "with" | { of: string };

export const shown = signal<Shown>("all");
export const query = signal("");
/** The rows that are shown, in the order of the file. */
export const order = signal<readonly number[]>([]);

/** The texts in lower case, made once. */
let lower: { of: readonly string[]; texts: string[] } = { of: [], texts: [] };

effect(() => {
  const all = texts.value;
  const named = labels.value;
  const wanted = shown.value;
  const words = query.value.trim().toLowerCase();
  const isShown = (row: number) => {
    const name = named[row] ?? null;
    if (wanted === "all") return true;
    if (typeof wanted === "object") return name === wanted.of;
    return (name === null) === (wanted === "without");
  };
  const abort = new AbortController();
  if (words === "") order.value = Array.from(all.keys()).filter(isShown);
  else void search(all, words, isShown, abort.signal);
  return () => abort.abort();
});

async function search(all: readonly string[], words: string, isShown: (row: number) => boolean, signal: AbortSignal): Promise<void> {
  if (lower.of !== all) {
    const made: string[] = [];
    if (!(await inSlices(all.length, (row) => made.push(all[row]!.toLowerCase()), signal))) return;
    lower = { of: all, texts: made };
  }
  const found: number[] = [];
  const look = (row: number) => {
    if (isShown(row) && lower.texts[row]!.includes(words)) found.push(row);
  };
  if (await inSlices(all.length, look, signal)) order.value = found;
}
