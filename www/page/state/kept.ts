import { computed, signal } from "@preact/signals";
import type { StoredRun } from "subtune";
import { SAMPLES } from "../steps/data/samples";
import type { Chosen, Told } from "./data";
import { DEFAULTS, type Settings } from "../generated/form";

/** Whether trainings are stored in this browser, so that they can continue after the page is closed. */
export const keeping = signal(true);

/** The stored runs of this page and other tabs, as of the last look. */
const stored = signal<StoredRun[]>([]);
/** The names of this page's own trainings, which are shown elsewhere. */
const own = signal<ReadonlySet<string>>(new Set());
/** Why the last look failed. */
export const lookError = signal<Error | null>(null);

/** Incomplete trainings of an earlier visit or another tab. */
export const interrupted = computed(() => stored.value.filter(({ name }) => !own.value.has(name)));

/** Looks for stored runs. If that fails, the known runs stay. */
export async function lookForInterrupted(): Promise<void> {
  try {
    const { Subtune } = await import("subtune");
    stored.value = await Subtune.runs();
    lookError.value = null;
  } catch (error) {
    lookError.value = error as Error;
  }
}

/** The stored run named `name`, or `null`. */
export async function keptRun(name: string): Promise<StoredRun | null> {
  await lookForInterrupted();
  return stored.peek().find((run) => run.name === name) ?? null;
}

/** Marks a run as this page's own. */
export function makeOwn(name: string): void {
  own.value = new Set([...own.peek(), name]);
}

/** Removes a stored run. */
export async function forgetRun(name: string): Promise<void> {
  const { Subtune } = await import("subtune");
  await Subtune.forget(name);
}

/** Removes an interrupted run, and looks again. */
export async function discardInterrupted(name: string): Promise<void> {
  await forgetRun(name);
  await lookForInterrupted();
}

/** Names a new run: the name of its data, then the time. */
export function nameOf(data: Chosen): string {
  return `${data.name} (${new Date().toISOString()})`;
}

/** The name of a stored run's data. */
export function titleOf({ name }: StoredRun): string {
  return name.replace(/ \([^()]*\)$/, "");
}

/** The data of a stored run, as it was chosen. */
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
