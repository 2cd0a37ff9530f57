import { computed, signal } from "@preact/signals";
import type { StoredRun, Tuner } from "subtune";
import { trying } from "./base";
import { chosen, told, type Chosen } from "./data";
import { saveSteps, stopMeasuring } from "./estimate";
import { holdMeasuring, stopFitting } from "./first";
import { heldOutShares } from "./shares";
import { tuner as loaded, workingEngine } from "./engine";
import { toldOf, dataOf, keeping, makeOwn, nameOf, settingsOf } from "./kept";
import type { Settings } from "../generated/form";
import { settings, trainOptions } from "./settings";
import { Training } from "./training";

export const trainings = signal<Training[]>([]);
export const latest = computed(() => trainings.value.at(-1) ?? null);
export const training = computed(() => {
  const one = latest.value;
  return one && ["preparing", "training", "paused", "finishing"].includes(one.phase.value) ? one : null;
});
export const finished = computed(() => trainings.value.filter((one) => one.phase.value === "done"));
/** A training is about to start; the previous model is being put aside. */
export const starting = signal(false);
export const startError = signal<Error | null>(null);

export async function train(): Promise<void> {
  const data = chosen.peek();
  if (data) await start(async () => beginning(data, settings.peek()));
}

/** Continues an interrupted training, with its data and settings. */
export async function goOn(run: StoredRun): Promise<void> {
  await start(async () => {
    const data = await dataOf(run);
    const given = settingsOf(run);
    chosen.value = data;
    told.value = toldOf(run);
    settings.value = given;
    return (tuner) => new Training(tuner, data, given, run.name, (signal) => tuner.resume(run.name, { signal }));
  });
}

function beginning(data: Chosen, given: Settings): (tuner: Tuner) => Training {
  const keptAs = keeping.peek() ? nameOf(data) : null;
  const steps = saveSteps();
  return (tuner) =>
    new Training(tuner, data, given, keptAs, (signal) =>
      tuner.train({
        ...trainOptions(given),
        ...told.peek(),
        ...heldOutShares(data, given),
        // reading the loss makes a GPU wait
        loggingSteps: tuner.device.kind === "cpu" ? 1 : 5,
        data: data.train,
        validationData: data.validation,
        testData: data.test,
        ...(keptAs === null ? {} : { checkpoints: keptAs, saveTotalLimit: 1, ...(steps === null ? {} : { saveSteps: steps }) }),
        signal,
      }),
    );
}

async function start(prepare: () => Promise<(tuner: Tuner) => Training>): Promise<void> {
  if (starting.peek() || training.peek() || trying.peek() !== null) return;
  starting.value = true;
  startError.value = null;
  try {
    holdMeasuring.value = true;
    const begin = await prepare();
    await Promise.all([stopMeasuring(), stopFitting()]);
    const tuner = await workingEngine();
    await putAside();
    const one = begin(tuner);
    if (one.keptAs !== null) makeOwn(one.keptAs);
    const others = trainings.peek();
    // failed and discarded runs are not on the chart
    trainings.value = [...others.filter((other) => other.phase.peek() === "done"), one];
    for (const other of others) if (other.kept.peek() && other.keptAs !== one.keptAs) void other.forget();
  } catch (error) {
    startError.value = error as Error;
    holdMeasuring.value = false;
  } finally {
    starting.value = false;
  }
}

/** Saves the tuner's model, because a tuner holds only the last one. */
export async function putAside(): Promise<void> {
  const current = inTuner();
  if (!current || current.files) return;
  const files = await current.tuner.export();
  // a browser may store a blob on disk
  current.files = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, new Blob([bytes as Uint8Array<ArrayBuffer>])]));
}

/** The training whose model the loaded engine has. */
export function inTuner(): Training | undefined {
  return finished.peek().findLast((one) => one.tuner === loaded.peek());
}
