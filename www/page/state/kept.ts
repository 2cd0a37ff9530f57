import { signal } from "@preact/signals";
import type { StoredRun } from "subtune";
import { SAMPLES } from "../steps/data/samples";
import type { Chosen, Columns } from "./data";
import { DEFAULTS, type Settings } from "./settings";

/** Whether a training is kept in this browser as it goes, so that it can go on after the page was closed. */
export const keeping = signal(true);

/** Trainings that were interrupted before this page was opened. */
export const interrupted = signal<StoredRun[]>([]);

/** So that only who has left something behind waits for it to be looked for. */
const MARK = "a training is kept";

/** Whether there may be something to look for. */
export function mayBeInterrupted(): boolean {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    // where nothing may be kept, nothing is
    return false;
  }
}

export async function lookForInterrupted(): Promise<void> {
  interrupted.value = await keptRuns();
  if (interrupted.peek().length === 0) mark(false);
}

/** What is kept of one; nothing where nothing is. */
export async function keptRun(name: string): Promise<StoredRun | null> {
  return (await keptRuns()).find((run) => run.name === name) ?? null;
}

/** Before one begins. */
export function mark(is: boolean): void {
  try {
    if (is) localStorage.setItem(MARK, "yes");
    else localStorage.removeItem(MARK);
  } catch {
    // it is not kept then, which the run tells
  }
}

/** Throws away what is kept of one. */
export async function forgetRun(name: string): Promise<void> {
  const { Subtune } = await import("subtune");
  await Subtune.forget(name);
}

/** Throws away one that was interrupted. */
export async function discardInterrupted(name: string): Promise<void> {
  await forgetRun(name);
  await lookForInterrupted();
}

/** When it begins; what the data is called comes first. */
export function nameOf(data: Chosen): string {
  return `${data.name} (${new Date().toISOString()})`;
}

/** What the data of a kept training is called. */
export function titleOf({ name }: StoredRun): string {
  return name.replace(/ \([^()]*\)$/, "");
}

/** The data of a kept training, as it was chosen. */
export async function dataOf(run: StoredRun): Promise<Chosen> {
  const read = async (file: File) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  const part = (file: File | null) => (file ? read(file) : undefined);
  const name = titleOf(run);
  const [train, validation, test] = await Promise.all([read(run.data), part(run.validationData), part(run.testData)]);
  return { name, sample: SAMPLES.find(({ title }) => title === name) ?? null, kept: true, train, validation, test };
}

export function columnsOf({ options }: StoredRun): Columns {
  const { textColumn, pairColumn, labelColumn, task } = options;
  return { textColumn, pairColumn: pairColumn ?? undefined, labelColumn, task };
}

export function settingsOf({ options }: StoredRun): Settings {
  const names = Object.keys(DEFAULTS).filter((name) => name in options);
  return { ...DEFAULTS, ...Object.fromEntries(names.map((name) => [name, options[name as keyof Settings]])) };
}

async function keptRuns(): Promise<StoredRun[]> {
  const { Subtune } = await import("subtune");
  return Subtune.runs().catch(() => []);
}
