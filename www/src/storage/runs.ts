import { InvalidArgument, InvalidCheckpoint, NoSuchRun, RunInUse } from "../errors.js";
import { sha256 } from "../model/hash.js";
import { here } from "../program/program.js";
import type { StoredRun } from "../stored-run.js";
import { stepOf } from "./checkpoints.js";
import { claimed, Taken } from "./claim.js";
import type { Folder } from "./folder.js";
import { openRoot } from "./root.js";
import { RunStore, type RunRecord } from "./run-store.js";

/** Messages show the name of a run, so it must stay readable. */
const LONGEST_NAME = 200;
/** The time to wait for another use of a run to end, in milliseconds. */
const PATIENCE = { use: 3000, look: 500 };

/** Refuses a value that cannot be the name of a run. */
export function checkName(name: unknown): asserts name is string {
  if (typeof name === "string" && name !== "" && name.length <= LONGEST_NAME) return;
  const found = typeof name === "string" ? `has ${name.length} characters` : `is of the type ${typeof name}`;
  throw new InvalidArgument(`the name of a run ${found}; expected a text of 1 to ${LONGEST_NAME} characters`);
}

/**
 * Does `work` with the place of a run of this name, which may be empty, while no other tab uses it. If nothing can be stored, `work`
 * gets the reason instead of the place. Rejects with {@link RunInUse}.
 */
export async function withRun<T>(name: string, work: (store: RunStore | Error) => Promise<T>): Promise<T> {
  let root: Folder;
  try {
    root = await openRoot("runs");
  } catch (error) {
    return work(error as Error);
  }
  // the name may contain characters that a folder name must not
  const key = await sha256(new TextEncoder().encode(name));
  try {
    return await claimed(key, PATIENCE.use, () => work(new RunStore(root.folder(key))));
  } catch (error) {
    if (!(error instanceof Taken)) throw error;
    throw new RunInUse(`the run "${name}" is under way in another tab or tuner; wait for it to end, or close that tab`);
  }
}

/** Finds a run that can be continued, with its record. Rejects with {@link NoSuchRun}. */
export async function found(name: string, store: RunStore | Error): Promise<{ store: RunStore; record: RunRecord }> {
  if (store instanceof Error) {
    throw new NoSuchRun(`there is no run "${name}" to continue: nothing is stored here (${store.message})`, { cause: store });
  }
  const record = await store.record();
  if (record === "foreign") {
    throw new InvalidCheckpoint(
      `the run "${name}" was stored by another version of subtune, and this version cannot continue it; it stays until Subtune.forget removes it`,
    );
  }
  if (record) return { store, record };
  throw new NoSuchRun(`there is no run "${name}" to continue ${here()}; Subtune.runs() lists all stored runs`);
}

/**
 * Lists the interrupted runs, the latest first. Removes incomplete ones. Those of another version stay, because that version can continue
 * them.
 */
export async function listRuns(): Promise<StoredRun[]> {
  let root: Folder;
  try {
    root = await openRoot("runs");
  } catch {
    // nothing can be stored here, so nothing is
    return [];
  }
  const runs = await Promise.all((await root.names()).map((key) => describe(root, key)));
  return runs.filter((run) => run !== undefined).sort((one, other) => Number(other.storedAt) - Number(one.storedAt));
}

async function describe(root: Folder, key: string): Promise<StoredRun | undefined> {
  const store = new RunStore(root.folder(key));
  const look = async () => {
    const run = await lookAt(store);
    if (!run) await root.remove(key);
    return run;
  };
  const found = await claimed(key, PATIENCE.look, look).catch(async (error: unknown) => {
    if (!(error instanceof Taken)) throw error;
    const run = await lookAt(store);
    return typeof run === "object" ? { ...run, inUse: true } : undefined;
  });
  return found === "foreign" ? undefined : found;
}

async function lookAt(store: RunStore): Promise<StoredRun | "foreign" | undefined> {
  const record = await store.record();
  if (record === undefined || record === "foreign") return record;
  const data = await store.file(record, "train");
  if (!data) return undefined;
  const { name, model, maxSteps, options, files } = record;
  const checkpoints = await store.checkpoints.complete();
  const last = checkpoints.at(-1);
  return {
    name,
    step: last === undefined ? 0 : stepOf(last),
    maxSteps,
    checkpoints,
    storedAt: (last && (await store.checkpoints.storedAt(last))) || (await store.begunAt()),
    inUse: false,
    model,
    options,
    data,
    validationData: (await store.file(record, "validation")) ?? null,
    testData: (await store.file(record, "test")) ?? null,
    bytes: Object.values(files).reduce((sum, { bytes }) => sum + bytes, await store.checkpoints.bytes()),
  };
}

/** Removes a run with its data and checkpoints. */
export async function forgetRun(name: string): Promise<void> {
  checkName(name);
  await withRun(name, async (store) => {
    if (!(store instanceof Error)) await store.remove();
  });
}
