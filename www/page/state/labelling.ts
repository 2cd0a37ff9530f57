import { batch, computed, effect, signal } from "@preact/signals";
import type { Inspection, NamedBytes } from "subtune";
import { csv } from "../label/csv";
import { discardWork, Keeper, keptWork, keyOf, tableOf, Taken, type KeptWork, type Work } from "../label/keep";
import { chosen, inspection, labelling, tell, told, type Chosen, type Told } from "./data";
import { loadEngine } from "./engine";

/** A table that is being labelled. It never changes; its labels do. */
export interface Sheet {
  file: NamedBytes;
  told: Pick<Told, "header" | "sheet">;
  columns: string[];
  hasHeader: boolean;
  rows: string[][];
}

/** The table, which stays in memory while its labels are trained on. */
export const sheet = signal<Sheet | null>(null);
/** Columns by their place in the table. */
export const textAt = signal(0);
export const labelAt = signal<number | null>(null);
/** In the order of their keys. */
export const classes = signal<readonly string[]>([]);
export const labels = signal<readonly (string | null)[]>([]);
/** The row to label now. */
export const cursor = signal(0);
/** Why the work is gone when the page is closed. */
export const unkept = signal<string | null>(null);
/** Whether a table is being opened. */
export const opening = signal(false);
/** Why a table could not be opened. */
export const openError = signal<Error | null>(null);
/** Work of earlier visits. */
export const kept = signal<KeptWork[]>([]);

export const texts = computed<readonly string[]>(() => sheet.value?.rows.map((row) => row[textAt.value]!.trim()) ?? []);
export const counts = computed(() => {
  const found = new Map(classes.value.map((name) => [name, 0]));
  for (const label of labels.value) if (label !== null) found.set(label, (found.get(label) ?? 0) + 1);
  return found;
});
export const labelled = computed(() => [...counts.value.values()].reduce((sum, count) => sum + count, 0));

/** What was done, to be undone. */
let history: { row: number; before: string | null }[] = [];
export const canUndo = signal(false);
let keeper: Keeper | undefined;

export function label(row: number, name: string | null): void {
  const before = labels.peek()[row] ?? null;
  if (before === name) return;
  history.push({ row, before });
  put(row, name);
}

/** Undoes the last label, and goes to its row. */
export function undo(): void {
  const last = history.pop();
  if (!last) return;
  put(last.row, last.before);
  cursor.value = last.row;
}

function put(row: number, name: string | null): void {
  labels.value = labels.peek().with(row, name);
  canUndo.value = history.length > 0;
  save();
}

/** Adds a class, or says why not. */
export function addClass(wanted: string): string | null {
  const name = wanted.trim();
  const lower = name.toLowerCase();
  if (name === "") return "A class needs a name.";
  const same = classes.peek().find((one) => one.toLowerCase() === lower);
  if (same !== undefined) return `There is a class “${same}” already.`;
  classes.value = [...classes.peek(), name];
  save();
  return null;
}

/** Removes a class that no text has. */
export function removeClass(name: string): void {
  if (counts.peek().get(name)) return;
  classes.value = classes.peek().filter((one) => one !== name);
  history = history.filter(({ before }) => before !== name);
  canUndo.value = history.length > 0;
  save();
}

export function chooseText(column: number): void {
  textAt.value = column;
  if (labelAt.peek() === column) labelAt.value = null;
  save();
}

/** Takes the labels from a column of the table. */
export function chooseLabels(column: number): void {
  const labelColumn = sheet.peek()!.columns[column]!;
  const textColumn = sheet.peek()!.columns[textAt.peek()]!;
  ours = null;
  void closeSheet().then(() => tell({ textColumn, labelColumn }));
}

function save(): void {
  const table = sheet.peek();
  if (!table) return;
  const places = new Map(classes.peek().map((name, at) => [name, at]));
  const column = labelAt.peek();
  keeper?.save({
    name: table.file.name,
    ...table.told,
    textColumn: table.columns[textAt.peek()]!,
    labelColumn: column === null ? null : table.columns[column]!,
    classes: classes.peek(),
    labels: labels.peek().map((name) => (name === null ? -1 : places.get(name)!)),
  });
}

/**
 * Opens the table of data for labelling, with the labels that this browser has of it. Does nothing if the column of texts is unclear, if
 * there are pairs of texts, or if other data was chosen in between.
 */
async function openSheet(data: Chosen, given: Told): Promise<void> {
  const file = data.train;
  openError.value = null;
  opening.value = true;
  ours = data;
  try {
    const read = await (await loadEngine()).rows(file, given);
    const text = read.columns.indexOf(read.textColumn ?? "");
    if (chosen.peek() !== data) return;
    if (text < 0 || read.pairColumn !== null) {
      // to be tried again with other columns
      ours = null;
      return;
    }
    await closeSheet();
    unkept.value = null;
    const { keeper: mine, work } = await claim(file);
    if (chosen.peek() !== data) return void mine?.close();
    keeper = mine;
    history = [];
    const { header, sheet: name } = given;
    const { columns, hasHeader, rows } = read;
    batch(() => {
      sheet.value = { file, told: { header, sheet: name }, columns, hasHeader, rows };
      canUndo.value = false;
      const isSame = given.labelColumn === undefined || given.labelColumn === work?.labelColumn;
      if (work && isSame && work.labels.length === rows.length && columns.includes(work.textColumn)) restore(work, columns);
      else begin(text, labelColumnOf(columns, rows, read.labelColumn), rows);
      cursor.value = Math.max(0, labels.value.indexOf(null));
      labelling.value = true;
    });
  } catch (error) {
    if (chosen.peek() !== data) return;
    openError.value = busy(error as Error, file.name);
  } finally {
    opening.value = false;
  }
}

/** The place of a table's labels in this browser, and what is there. Rejects with {@link Taken} if another tab has it. */
async function claim(file: NamedBytes): Promise<{ keeper?: Keeper; work?: Work | undefined }> {
  let key: string;
  try {
    key = await keyOf(file);
  } catch (error) {
    // a page without HTTPS
    unkept.value = (error as Error).message;
    return {};
  }
  const keeper = new Keeper(key, file, (error) => (unkept.value = error?.message ?? null));
  return { keeper, work: await keeper.open() };
}

function restore({ textColumn, labelColumn, classes: names, labels: places }: Work, columns: string[]): void {
  textAt.value = columns.indexOf(textColumn);
  labelAt.value = labelColumn === null ? null : columns.indexOf(labelColumn);
  classes.value = names;
  labels.value = places.map((at) => names[at] ?? null);
}

function begin(text: number, column: number | null, rows: string[][]): void {
  textAt.value = text;
  labelAt.value = column;
  labels.value = rows.map((row) => (column === null ? null : row[column]!.trim() || null));
  classes.value = [...new Set(labels.value)].filter((name) => name !== null);
}

/** The column of labels, or an empty one that is meant for them. */
function labelColumnOf(columns: string[], rows: string[][], found: string | null): number | null {
  if (found !== null) return columns.indexOf(found);
  const meant = columns.findIndex((name) => name.trim().toLowerCase() === LABEL);
  return meant >= 0 && rows.every((row) => row[meant]!.trim() === "") ? meant : null;
}

const LABEL = "label";

/** Closes the table; what was kept stays. */
export async function closeSheet(): Promise<void> {
  const old = keeper;
  keeper = undefined;
  batch(() => {
    sheet.value = null;
    labelling.value = false;
  });
  await old?.close();
  await lookForWork();
}

/** Looks for work of earlier visits. */
export async function lookForWork(): Promise<void> {
  kept.value = await keptWork().catch(() => []);
}

/** Continues work of an earlier visit. */
export async function continueWork(one: KeptWork): Promise<void> {
  const { name, header, sheet: part, textColumn } = one.work;
  try {
    const data: Chosen = { name, sample: null, train: await tableOf(one) };
    const given: Told = { header, sheet: part, textColumn };
    batch(() => {
      ours = data;
      chosen.value = data;
      told.value = given;
    });
    await openSheet(data, given);
  } catch (error) {
    openError.value = error as Error;
  }
}

export async function discardKept({ key, work }: KeptWork): Promise<void> {
  openError.value = null;
  try {
    await discardWork(key);
  } catch (error) {
    openError.value = busy(error as Error, work.name);
  }
  await lookForWork();
}

/** The error where another tab has the place of a table's labels. */
function busy(error: Error, name: string): Error {
  if (!(error instanceof Taken)) return error;
  return new Error(`${name} is being labelled in another tab; close it there, then try again`);
}

/** The same table with its column of labels. */
export async function labelledTable(): Promise<NamedBytes & { textColumn: string; labelColumn: string }> {
  const { columns, hasHeader, rows, file } = sheet.peek()!;
  const found = labels.peek();
  const [text, column] = [textAt.peek(), labelAt.peek()];
  const names = columns.map((name, at) => (hasHeader ? name : at === text ? "text" : at === column ? LABEL : `column ${name}`));
  const header = column === null ? [...names, unused(LABEL, names)] : names;
  const bytes = await csv(header, rows.length, (at) => {
    const name = found[at] ?? "";
    return column === null ? [...rows[at]!, name] : rows[at]!.with(column, name);
  });
  const stem = file.name.replace(/\.[^.]*$/, "");
  return { name: `${stem}-labelled.csv`, bytes, textColumn: header[text]!, labelColumn: header[column ?? header.length - 1]! };
}

function unused(name: string, names: string[]): string {
  for (let count = 1; ; count++) {
    const one = count === 1 ? name : `${name} ${count}`;
    if (!names.includes(one)) return one;
  }
}

/** The data that came from here, or whose table is open here. */
let ours: Chosen | null = null;

/** Continues with step 2, on the rows that have a label. */
export async function useLabels(): Promise<void> {
  const { textColumn, labelColumn, ...train } = await labelledTable();
  batch(() => {
    ours = { name: train.name, sample: null, train };
    chosen.value = ours;
    told.value = { header: true, textColumn, labelColumn, pairColumn: null, task: "classification" };
    inspection.value = null;
    labelling.value = false;
  });
}

/** The data and the decisions that were looked at last. */
let considered: unknown[] = [];

// opens a table that lacks labels; closes it when other data is chosen
effect(() => {
  const data = chosen.value;
  const found = inspection.value;
  const said = told.value;
  if (data !== ours && sheet.peek()) void closeSheet();
  // another tab may have some by now
  else if (!data) void lookForWork();
  if (!data || !found || data === ours || data.sample || data.kept || !lacksLabels(found)) return;
  if (considered[0] === data && considered[1] === said) return;
  considered = [data, said];
  void openSheet(data, said);
});

/** Opens the table of data that has labels already. */
export async function labelMore(): Promise<void> {
  if (sheet.peek()) labelling.value = true;
  else await openSheet(chosen.peek()!, told.peek());
}

/**
 * Gives rows of the data other labels, by the line on which they begin, in the table of labels. Continues with step 2, and returns whether
 * that was possible; if not, `openError` says why.
 */
export async function correct(changes: ReadonlyMap<number, string>): Promise<boolean> {
  const { lines } = await (await loadEngine()).rows(chosen.peek()!.train, told.peek());
  await labelMore();
  if (sheet.peek()?.rows.length !== lines.length) {
    openError.value ??= new Error("the labels of this table cannot be changed here; correct them in the file, then choose it again");
    return false;
  }
  for (const [row, line] of lines.entries()) {
    const name = changes.get(line);
    if (name !== undefined) label(row, name);
  }
  await useLabels();
  return true;
}

/** Whether at least half of the rows have no label. */
function lacksLabels({ content, questions, rows, problem }: Inspection): boolean {
  if (questions.length > 0) return false;
  if (!content) return problem !== null;
  const { task, pairColumn, labelColumn, examples } = content;
  return task.kind === "classification" && pairColumn === null && (labelColumn === "" || examples <= rows / 2);
}
