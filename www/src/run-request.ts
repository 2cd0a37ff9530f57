import { readData } from "./inputs.js";
import type { Calls, Engine, Keep, RunContext, Trained } from "./engine/engine.js";
import type { DataFiles } from "./engine/wasm.js";
import { InvalidArgument } from "./errors.js";
import type { CheckpointOptions, DataSource, ResumeOptions, TrainOptions } from "./options.js";
import { settings } from "./settings.js";
import { checkName } from "./storage/runs.js";
import type { StoredOptions } from "./stored-run.js";

/** A request to the engine to run a training. */
export interface RunRequest {
  /** Whether the run is stored in this browser. */
  kept: boolean;
  /** Reads the data and checks the options. The call that it returns lasts as long as the run. */
  prepare(): Promise<(engine: Engine, context: RunContext) => Promise<Trained>>;
}

/** A new run. */
export function newRun(options: TrainOptions): RunRequest {
  return {
    kept: options.checkpoints !== undefined,
    prepare: async () => {
      const keep = keepOf(options);
      const request: Calls["train"]["request"] = { files: await dataFiles(options), settings: settings(options), keep };
      return (engine, context) => engine.call("train", request, context);
    },
  };
}

/** An interrupted run that continues. */
export function storedRun(name: string, options: ResumeOptions): RunRequest {
  return {
    kept: true,
    prepare: async () => {
      checkName(name);
      checkCounts(options);
      const { checkpoint, saveSteps, saveTotalLimit } = options;
      return (engine, context) => engine.call("resume", { name, checkpoint, saveSteps, saveTotalLimit }, context);
    },
  };
}

function keepOf(options: TrainOptions): Keep | undefined {
  const { data: _, validationData: _validation, testData: _test, signal: _signal, checkpoints: name, ...rest } = options;
  checkCounts(rest);
  if (name !== undefined) {
    checkName(name);
    return { name, options: rest satisfies StoredOptions };
  }
  for (const option of ["saveSteps", "saveTotalLimit"] as const) {
    if (rest[option] === undefined) continue;
    throw new InvalidArgument(`${option} is given, but the run is not stored; name it with checkpoints, or leave ${option} out`);
  }
  return undefined;
}

function checkCounts(options: CheckpointOptions): void {
  for (const name of ["saveSteps", "saveTotalLimit"] as const) {
    const count = options[name];
    if (count === undefined || (Number.isSafeInteger(count) && count > 0)) continue;
    throw new InvalidArgument(`${name} is ${JSON.stringify(count)}; expected a whole number of at least 1`);
  }
}

async function dataFiles({ data, validationData, testData }: TrainOptions): Promise<DataFiles> {
  const files: DataFiles = { train: await readData(data) };
  const read = async (part: "validation" | "test", source: DataSource | undefined) => {
    if (source !== undefined) files[part] = await readData(source);
  };
  await read("validation", validationData);
  await read("test", testData);
  return files;
}
