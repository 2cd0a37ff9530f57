import { computed, effect, signal } from "@preact/signals";
import type { InspectOptions, Inspection, NamedBytes, TrainOptions } from "subtune";
import { fetchSample, type Sample } from "../steps/data/samples";
import { loadEngine, tuner as loaded } from "./engine";
import { settings } from "./settings";

/** What a person chose. */
export interface Chosen {
  name: string;
  sample: Sample | null;
  /** It is that of a training that was kept, with its settings. */
  kept?: boolean;
  train: NamedBytes;
  validation?: NamedBytes | undefined;
  test?: NamedBytes | undefined;
}

/** What a person said of the data; what is not here is guessed. */
export type Told = Pick<TrainOptions, "header" | "sheet" | "textColumn" | "pairColumn" | "labelColumn" | "mergeLabels" | "task">;

export const chosen = signal<Chosen | null>(null);
export const told = signal<Told>({});
export const inspection = signal<Inspection | null>(null);
export const reading = signal(false);
export const dataError = signal<Error | null>(null);

export const content = computed(() => inspection.value?.content ?? null);
/** Whether what was read can be trained on. It may be read again at the moment, with other settings: nothing closes meanwhile. */
export const fit = computed(() => content.value !== null && problem.value === null);
/** Whether it can be trained on now. */
export const usable = computed(() => !reading.value && fit.value);

/** What stands in the way of training although the file could be read. */
export const problem = computed<string | null>(() => {
  const found = inspection.value;
  if (!found) return null;
  if (found.questions.length > 0) return "a question about the data has to be answered first";
  if (found.problem) return found.problem;
  if (!found.content) return "no text and answer were found in it";
  const { task, labelColumn, examples } = found.content;
  if (labelColumn === "") return "there is no answer in it to learn from; choose the column that has it";
  if (task.kind === "classification" && task.classes.length < 2)
    return "all rows have the same answer; expected two different ones at least";
  if (examples < 3) return `there are only ${examples} rows with text and answer; expected 20 at least, better 200`;
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

/** Another table, in which other columns may have other names. */
export function readAnew(change: Pick<Told, "header" | "sheet">): void {
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

/** By another engine, where the first one is replaced meanwhile. */
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

// reads again whenever the file, what was said of it or the length at which texts are cut changes
effect(() => {
  const data = chosen.value;
  const said = told.value;
  const maxLength = cutAt.value;
  if (!data) return;
  const mine = new AbortController();
  reading.value = true;
  void (async () => {
    try {
      inspection.value = await inspect(data.train, { ...said, maxLength, signal: mine.signal });
      dataError.value = null;
    } catch (error) {
      if (mine.signal.aborted) return;
      // what the engine says of itself stands where the engine is shown
      inspection.value = null;
      dataError.value = error as Error;
    } finally {
      if (!mine.signal.aborted) reading.value = false;
    }
  })();
  return () => mine.abort();
});
