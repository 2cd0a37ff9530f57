import { classes, cursor, label, labels, undo } from "../state/labelling";
import { nextRow, proposalOf, skip } from "../state/suggestions";
import { order } from "./order";

/** Gives the current row a label, and goes to the next one. */
export function give(name: string): void {
  const row = cursor.peek();
  label(row, name);
  cursor.value = nextRow(row);
}

export function accept(): void {
  const found = proposalOf(cursor.peek());
  if (found) give(found.label);
}

export function clear(): void {
  if (labels.peek()[cursor.peek()] !== null) label(cursor.peek(), null);
}

/** Goes to another of the shown rows. */
function move(by: number): void {
  const rows = order.peek();
  const at = rows.indexOf(cursor.peek());
  // a row that is not shown is left for the first one
  const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by));
  cursor.value = rows[next] ?? cursor.peek();
}

const ACTIONS: Record<string, () => void> = {
  "0": clear,
  Delete: clear,
  z: undo,
  s: () => skip(cursor.peek()),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  "/": () => document.getElementById("label-search")?.focus(),
  n: () => document.getElementById("new-class")?.focus(),
};

/** Does what a key stands for, unless it is typed into a field. */
export function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (target.matches("input, select")) {
    if (key === "Escape") document.getElementById("label-table")?.focus();
    return;
  }
  if (altKey) return;
  if (ctrlKey || metaKey) {
    if (key !== "z" || shiftKey) return;
    undo();
  } else if (/^[1-9]$/.test(key)) {
    const name = classes.peek()[Number(key) - 1];
    if (name !== undefined) give(name);
  } else if (key === "Enter" && !target.matches("button, summary, a")) accept();
  else if (ACTIONS[key]) ACTIONS[key]();
  else return;
  event.preventDefault();
}
