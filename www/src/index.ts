export { Subtune } from "./subtune.js";
export type { Tuner } from "./tuner.js";
export type { Run } from "./run.js";
export type { DataArguments, ErrorCode, Method, TrainingArguments } from "./generated/settings.js";
export type * from "./options.js";
export type * from "./events.js";
export type * from "./progress.js";
export type * from "./results.js";
export type * from "./stored-run.js";
export {
  Aborted,
  DeviceLost,
  Diverged,
  DownloadFailed,
  EngineCrashed,
  InvalidArgument,
  InvalidCheckpoint,
  InvalidData,
  InvalidModel,
  NoSuchRun,
  OutOfMemory,
  RunInUse,
  SubtuneError,
  WebGpuUnavailable,
} from "./errors.js";
