import { computed, effect, signal } from "@preact/signals";
import type { InspectOptions, Inspection, NamedBytes, TrainOptions } from "subtune";
import { fetchSample, type Sample } from "../steps/data/samples";
import { base } from "./base";
import { loadEngine, tuner as loaded } from "./engine";
import { settings } from "./settings";

/** The chosen data. */
export interface Chosen {
  name: string;
  sample: Sample | null;
  /** Whether it comes from a stored run. */
  kept?: boolean;
  train: NamedBytes;
  validation?: NamedBytes | undefined;
  test?: NamedBytes | undefined;
}

/** A person's decisions about the data; the rest is guessed. */
export type Told = Pick<TrainOptions, "header" | "sheet" | "textColumn" | "pairColumn" | "labelColumn" | "mergeLabels" | "task">;

export const chosen = signal<Chosen | null>(null);
export const told = signal<Told>({});
export const inspection = signal<Inspection | null>(null);
export const reading = signal(false);
export const dataError = signal<Error | null>(null);

/** Whether the labels of the data are being made (labelling.ts). Meanwhile there is nothing to train on. */
export const labelling = signal(false);

export const content = computed(() => inspection.value?.content ?? null);
/** Whether the data can be trained on. Stays true while it is read again, so that no step closes. */
export const fit = computed(() => content.value !== null && problem.value === null);
/** Whether training can start now. */
export const usable = computed(() => !reading.value && fit.value);

/** Why the data cannot be trained on, although the file could be read. */
export const problem = computed<string | null>(() => {
  const found = inspection.value;
  if (!found) return null;
  if (labelling.value) return "its labels are being made";
  if (found.questions.length > 0) return "a question about the data must be answered first";
  if (found.problem) return found.problem;
  if (!found.content) return "no text and answer were found in the file";
  const { task, labelColumn, examples } = found.content;
  if (labelColumn === "") return "there is no answer to learn from; choose its column";
  if (task.kind === "classification" && task.classes.length < 2)
    return "all rows have the same answer; expected at least two different ones";
  if (examples < 3) return `there are only ${examples} rows with text and answer; expected at least 20, better 200`;
  return null;
});

let latest: AbortController | undefined;

export async function chooseFile(file: File): Promise<void> {
  await choose(async () => {
    const bytes = await file.arrayBuffer();
    return { name: file.name, sample: null, train: { name: file.name, bytes: new Uint8Array(bytes) } };
  });
}

/** Rows from a spreadsheet have tabs between the cells. */
export async function choosePasted(text: string): Promise<void> {
  const first = text.trimStart().split("\n", 1)[0] ?? "";
  const ending = first.startsWith("{") ? "jsonl" : first.includes("\t") ? "tsv" : "csv";
  const train = { name: `pasted.${ending}`, bytes: new TextEncoder().encode(text) };
  await choose(async () => ({ name: "pasted rows", sample: null, train }));
}

export async function chooseSample(sample: Sample): Promise<void> {
  await choose(async () => {
    const part = (path: string | undefined) => (path === undefined ? undefined : fetchSample(path));
    const { files } = sample;
    const [train, validation, test] = await Promise.all([fetchSample(files.data), part(files.validationData), part(files.testData)]);
    return { name: sample.title, sample, train, validation, test };
  });
}

async function choose(read: () => Promise<Chosen>): Promise<void> {
  latest?.abort();
  const mine = (latest = new AbortController());
  reading.value = true;
  dataError.value = null;
  inspection.value = null;
  told.value = {};
  try {
    const found = await read();
    if (mine.signal.aborted) return;
    chosen.value = found;
  } catch (error) {
    if (mine.signal.aborted) return;
    chosen.value = null;
    dataError.value = error as Error;
    reading.value = false;
  }
}

export function tell(change: Told): void {
  told.value = { ...told.value, ...change };
}

/** Reads another table, whose columns may have other names. */
export function readAgain(change: Pick<Told, "header" | "sheet">): void {
  const { header, sheet } = told.value;
  told.value = { header, sheet, ...change };
}

export function forget(): void {
  latest?.abort();
  chosen.value = null;
  inspection.value = null;
  dataError.value = null;
  reading.value = false;
}

/** Inspects a file, again if the engine is replaced in between. */
async function inspect(file: NamedBytes, options: InspectOptions): Promise<Inspection> {
  const tuner = await loadEngine();
  try {
    return await tuner.inspect(file, options);
  } catch (error) {
    if (options.signal?.aborted || tuner === loaded.peek()) throw error;
    return inspect(file, options);
  }
}

const cutAt = computed(() => settings.value.maxLength);
const long = computed(() => settings.value.long);

// reads the file again whenever it, the decisions about it, what is read of long texts or the model change
effect(() => {
  void base.value;
  const data = chosen.value;
  const said = told.value;
  const read = { maxLength: cutAt.value, long: long.value };
  if (!data) return;
  const mine = new AbortController();
  reading.value = true;
  void (async () => {
    try {
      inspection.value = await inspect(data.train, { ...said, ...read, signal: mine.signal });
      dataError.value = null;
    } catch (error) {
      if (mine.signal.aborted) return;
      // an error of the engine itself is shown where the engine is
      inspection.value = null;
      dataError.value = error as Error;
    } finally {
      if (!mine.signal.aborted) reading.value = false;
    }
  })();
  return () => mine.abort();
});
