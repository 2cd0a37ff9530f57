import type { Calls } from "../engine/engine.js";
import type { DataFiles, WasmTraining, WasmTuner } from "../engine/wasm.js";
import { InvalidArgument, InvalidCheckpoint } from "../errors.js";
import type { StartEvent } from "../events.js";
import { here } from "../program/program.js";
import { settings } from "../settings.js";
import type { CheckpointFiles } from "./checkpoints.js";
import type { RunRecord, RunStore } from "./run-store.js";
import { found, withRun } from "./runs.js";
import { placeOf, Saver, type UnderWay } from "./saver.js";

/** The default number of checkpoints to keep. */
const LIMIT = 2;

/** The way in which a run begins, is stored, and is cleaned up at the end. */
export interface Course {
  begin(tuner: WasmTuner): Promise<WasmTraining>;
  saver?(run: UnderWay): Saver;
  complete?(): Promise<void>;
}

/** Does `work` with the course of a new run. If the run is stored, no other tab uses its place meanwhile. */
export async function withNewRun<T>(
  { files, settings, keep }: Calls["train"]["request"],
  model: string,
  work: (course: Course) => Promise<T>,
): Promise<T> {
  const begin = (tuner: WasmTuner) => tuner.start(files, settings);
  if (!keep) return work({ begin });
  const { name, options } = keep;
  return withRun(name, async (place) => {
    // do not overwrite a place that cannot be read
    const there = place instanceof Error ? undefined : await place.record().catch((error: Error) => error);
    const store = there instanceof Error ? there : place;
    if (there && !(there instanceof Error)) {
      throw new InvalidArgument(
        `there is already an interrupted run "${name}" ${here()}; continue it (tuner.resume), remove it (Subtune.forget), or choose another name`,
      );
    }
    const create = ({ maxSteps }: StartEvent, place: RunStore) => place.create({ name, model, maxSteps, options }, files);
    return work({ begin, ...kept(store, name, options, create) });
  });
}

/** Does `work` with the course of a stored run, while no other tab uses it. */
export async function withStoredRun<T>(
  { name, checkpoint, saveSteps, saveTotalLimit }: Calls["resume"]["request"],
  work: (course: Course) => Promise<T>,
): Promise<T> {
  return withRun(name, async (place) => {
    const { store, record } = await found(name, place);
    const { data, last } = await read(store, record, checkpoint);
    const begin = (tuner: WasmTuner) =>
      last ? tuner.resume(data, placeOf(name, last.name), last.files) : tuner.start(data, settings(record.options));
    const options = {
      saveSteps: saveSteps ?? record.options.saveSteps,
      saveTotalLimit: saveTotalLimit ?? record.options.saveTotalLimit,
    };
    return work({ begin, ...kept(store, name, options) });
  });
}

function kept(
  store: RunStore | Error,
  name: string,
  { saveSteps, saveTotalLimit = LIMIT }: { saveSteps?: number | undefined; saveTotalLimit?: number | undefined },
  create?: (start: StartEvent, store: RunStore) => Promise<void>,
): Omit<Course, "begin"> {
  return {
    saver: (run) => new Saver({ name, steps: saveSteps, limit: saveTotalLimit }, store, run, create),
    // if the removal fails, the run is listed as interrupted, and the user can remove it there
    complete: async () => void (store instanceof Error || (await store.remove().catch(() => undefined))),
  };
}

/** Reads the data of a stored run, and the wanted checkpoint or the last one, if there is any. */
async function read(
  store: RunStore,
  record: RunRecord,
  wanted: string | undefined,
): Promise<{ data: DataFiles; last: { name: string; files: CheckpointFiles } | undefined }> {
  try {
    const complete = await store.checkpoints.complete();
    if (wanted !== undefined && !complete.includes(wanted)) {
      const there = complete.length === 0 ? "none" : complete.join(", ");
      throw new InvalidArgument(`the run "${record.name}" has no checkpoint ${JSON.stringify(wanted)}; it has ${there}`);
    }
    const name = wanted ?? complete.at(-1);
    const last = name === undefined ? undefined : { name, files: await store.checkpoints.read(name) };
    return { data: await store.data(record), last };
  } catch (error) {
    if (error instanceof InvalidArgument) throw error;
    const { message } = error as Error;
    throw new InvalidCheckpoint(`the run "${record.name}" could not be read (${message}); try again, or start a new run`, { cause: error });
  }
}
