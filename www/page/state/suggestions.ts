import { computed, effect, signal } from "@preact/signals";
import type { Suggestions } from "subtune";
import { csv } from "../label/csv";
import { explain } from "../trouble/explain";
import { base } from "./base";
import { labelling } from "./data";
import { giveUp, workingEngine } from "./engine";
import { classes, counts, cursor, labels, sheet, texts } from "./labelling";

type Proposal = Suggestions["proposals"][number];

/** Texts with a label that two classes need before what the model proposes is shown. */
export const FEW = 3;
/** The most texts without a label that the model reads: more would take minutes on a processor. */
const MOST = { slow: 400, fast: 2000 };
/** Rows that the model asks for at once. */
const ASKED = 20;
/** Milliseconds without a new label before the model is fitted again. */
const PAUSE = 250;

export const suggestError = signal<Error | null>(null);
/** Whether the model is being fitted, and whether for the first time, when it reads all texts. */
export const fitting = signal<"no" | "first" | "again">("no");
/** How good the model is. */
export const accuracy = signal<Suggestions["accuracy"]>(null);
const proposals = signal<ReadonlyMap<number, Proposal>>(new Map());
const asked = signal<readonly number[]>([]);
/** Rows that were put off. */
const skipped = signal<ReadonlySet<number>>(new Set());

/** Whether there are enough labels for proposals. */
export const enough = computed(() => [...counts.value.values()].filter((count) => count >= FEW).length >= 2);

/** What the model says of a row without a label, as long as there is such a class. */
export function proposalOf(row: number): Proposal | undefined {
  const found = enough.value ? proposals.value.get(row) : undefined;
  return found && labels.value[row] === null && classes.value.includes(found.label) ? found : undefined;
}

/** Whether the model asks for a row because it is in doubt about it. */
export function isAsked(row: number): boolean {
  return enough.value && asked.value.includes(row);
}

/** The row to label after this one: one that the model asks for, otherwise the next one without a label. */
export function nextRow(after: number): number {
  const isOpen = (row: number) => row !== after && labels.peek()[row] === null && texts.peek()[row] !== "" && !skipped.peek().has(row);
  const wanted = asked.peek().find(isOpen);
  if (wanted !== undefined) return wanted;
  const count = labels.peek().length;
  for (let step = 1; step < count; step++) if (isOpen((after + step) % count)) return (after + step) % count;
  return after;
}

/** Puts a row off. */
export function skip(row: number): void {
  skipped.value = new Set([...skipped.peek(), row]);
  cursor.value = nextRow(row);
}

/** The rows that the model reads: those with a label, and others from all over the table, always the same ones. */
function pool(most: number): number[] {
  const named = labels.peek();
  const all = texts.peek();
  const rows: number[] = [];
  let rest = most;
  for (const row of shuffled(all.length)) {
    if (all[row] === "" || (named[row] === null && rest-- <= 0)) continue;
    rows.push(row);
  }
  return rows.sort((one, other) => one - other);
}

let order: number[] = [];

/** 0 to `count - 1` in an order that is always the same. */
function shuffled(count: number): number[] {
  if (order.length === count) return order;
  order = Array.from({ length: count }, (_, at) => at);
  let state = 1;
  for (let at = count - 1; at > 0; at--) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    const other = (state >>> 0) % (at + 1);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}

let table: unknown[] = [];

// fits the model again whenever the labels change
effect(() => {
  const shown = sheet.value;
  const now = [shown, texts.value, base.value];
  void labels.value;
  if (now.some((part, at) => part !== table[at])) {
    table = now;
    proposals.value = new Map();
    asked.value = [];
    accuracy.value = null;
    skipped.value = new Set();
    suggestError.value = null;
    fitting.value = "no";
  }
  if (!shown || !labelling.value) return;
  const abort = new AbortController();
  const soon = setTimeout(() => void fit(abort.signal), PAUSE);
  return () => {
    clearTimeout(soon);
    abort.abort();
  };
});

async function fit(signal: AbortSignal): Promise<void> {
  fitting.value = asked.peek().length === 0 ? "first" : "again";
  try {
    const tuner = await workingEngine();
    const { kind, software } = tuner.device;
    const rows = pool(kind === "cpu" || software ? MOST.slow : MOST.fast);
    const named = labels.peek();
    const all = texts.peek();
    const bytes = await csv(["text", "label"], rows.length, (at) => [all[rows[at]!]!, named[rows[at]!] ?? ""]);
    if (signal.aborted) return;
    const options = { header: true, textColumn: "text", labelColumn: "label", n: ASKED, signal };
    try {
      const found = await tuner.suggest({ name: "labels.csv", bytes }, options);
      if (signal.aborted) return;
      proposals.value = new Map(found.proposals.map((one) => [rows[one.row]!, { ...one, row: rows[one.row]! }]));
      asked.value = found.ask.map((at) => rows[at]!);
      accuracy.value = found.accuracy;
      suggestError.value = null;
    } catch (error) {
      if (signal.aborted) return;
      if (explain(error as Error).dead) giveUp(tuner);
      suggestError.value = error as Error;
    }
  } catch {
    // the engine's own error is shown where the engine is
  } finally {
    if (!signal.aborted) fitting.value = "no";
  }
}
