import type { Calls } from "../engine/engine.js";
import type { DataFiles, WasmTraining, WasmTuner } from "../engine/wasm.js";
import { InvalidArgument, InvalidCheckpoint } from "../errors.js";
import type { StartEvent } from "../events.js";
import { settings } from "../settings.js";
import type { CheckpointFiles } from "./checkpoints.js";
import type { RunRecord, RunStore } from "./run-store.js";
import { found, withRun } from "./runs.js";
import { placeOf, Saver, type UnderWay } from "./saver.js";

/** Of the checkpoints of a run, where nothing is said. */
const LIMIT = 2;

/** How a run begins, how it is kept and what is left to do when it is complete. */
export interface Course {
  begin(tuner: WasmTuner): Promise<WasmTraining>;
  saver?(run: UnderWay): Saver;
  complete?(): Promise<void>;
}

/** Does `work` with the course of a new run; where it is to be kept, while no other tab uses the place. */
export async function withNewRun<T>(
  { files, settings, keep }: Calls["train"]["request"],
  model: string,
  work: (course: Course) => Promise<T>,
): Promise<T> {
  const begin = (tuner: WasmTuner) => tuner.start(files, settings);
  if (!keep) return work({ begin });
  const { name, options } = keep;
  return withRun(name, async (place) => {
    // where it cannot be seen what is there, nothing takes its place
    const there = place instanceof Error ? undefined : await place.record().catch((error: Error) => error);
    const store = there instanceof Error ? there : place;
    if (there && !(there instanceof Error)) {
      throw new InvalidArgument(
        `there is an interrupted run "${name}" in this browser already; go on with it (tuner.resume), remove it (Subtune.forget), or take another name`,
      );
    }
    const create = ({ maxSteps }: StartEvent, place: RunStore) => place.create({ name, model, maxSteps, options }, files);
    return work({ begin, ...kept(store, name, options, create) });
  });
}

/** Does `work` with the course of a run that is kept, while no other tab uses it. */
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
    // what cannot be removed is listed as interrupted, and can be removed there
    complete: async () => void (store instanceof Error || (await store.remove().catch(() => undefined))),
  };
}

/** What a run goes on from: its data, and the checkpoint that is wanted or the last one, where there is one. */
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
    throw new InvalidCheckpoint(`the run "${record.name}" could not be read (${message}); try again, or train anew`, { cause: error });
  }
}
