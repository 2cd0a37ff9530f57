import { computed, signal } from "@preact/signals";
import type { StoredRun } from "subtune";
import { SAMPLES } from "../steps/data/samples";
import type { Chosen, Told } from "./data";
import { DEFAULTS, type Settings } from "../generated/form";

/** Whether a training is kept in this browser as it goes, so that it can go on after the page was closed. */
export const keeping = signal(true);

/** What is kept in this browser by this page or another one, as it was when it was looked for last. */
const stored = signal<StoredRun[]>([]);
/** The names of this page's own trainings, which it tells of where they are. */
const own = signal<ReadonlySet<string>>(new Set());
/** Why it could not be looked for. */
export const lookError = signal<Error | null>(null);

/** Trainings that another visit or another tab began, and that are not complete. */
export const interrupted = computed(() => stored.value.filter(({ name }) => !own.value.has(name)));

/** Looks at what is kept. Where that fails, what was known stays. */
export async function lookForInterrupted(): Promise<void> {
  try {
    const { Subtune } = await import("subtune");
    stored.value = await Subtune.runs();
    lookError.value = null;
  } catch (error) {
    lookError.value = error as Error;
  }
}

/** What is kept of one; nothing where nothing is known to be. */
export async function keptRun(name: string): Promise<StoredRun | null> {
  await lookForInterrupted();
  return stored.peek().find((run) => run.name === name) ?? null;
}

/** This page tells of it from now on. */
export function makeOwn(name: string): void {
  own.value = new Set([...own.peek(), name]);
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

export function toldOf({ options }: StoredRun): Told {
  const { header, sheet, textColumn, pairColumn, labelColumn, mergeLabels, task } = options;
  return { header, sheet, textColumn, pairColumn, labelColumn, mergeLabels, task };
}

export function settingsOf({ options }: StoredRun): Settings {
  const names = Object.keys(DEFAULTS).filter((name) => name in options);
  return { ...DEFAULTS, ...Object.fromEntries(names.map((name) => [name, options[name as keyof Settings]])) };
}
