import type { DataFiles } from "../engine/wasm.js";
import type { StoredOptions } from "../stored-run.js";
import { CheckpointStore } from "./checkpoints.js";
import { type Folder, readJson } from "./folder.js";
import { haveBytes, isObject } from "./shapes.js";

/** The file that is written after the data files. A folder without it is not a run. */
const RECORD = "run.json";
const FORMAT = "subtune run";
const VERSION = 1;
const PARTS = ["train", "validation", "test"] as const;

type Part = (typeof PARTS)[number];

/** The record of a run, without its checkpoints. */
export interface RunRecord {
  name: string;
  /** The name of the model. */
  model: string;
  maxSteps: number;
  options: StoredOptions;
  /** The data files. */
  files: Partial<Record<Part, { name: string; bytes: number }>>;
}

function isRecord(found: unknown): found is RunRecord {
  if (!isObject(found) || found.format !== FORMAT || found.version !== VERSION) return false;
  const { name, model, maxSteps, options, files } = found;
  const texts = typeof name === "string" && typeof model === "string";
  return texts && typeof maxSteps === "number" && isObject(options) && haveBytes(files);
}

/** One run in a folder: the record from which it can start again, and its checkpoints. */
export class RunStore {
  readonly checkpoints: CheckpointStore;
  readonly #folder: Folder;

  constructor(folder: Folder) {
    this.#folder = folder;
    this.checkpoints = new CheckpointStore(folder.folder("checkpoints"));
  }

  /** Stores the record and the data. If it fails, nothing stays. */
  async create(run: Omit<RunRecord, "files">, data: DataFiles): Promise<void> {
    await this.remove();
    const files: RunRecord["files"] = {};
    try {
      for (const part of PARTS) {
        const file = data[part];
        if (!file) continue;
        await this.#folder.write(part, file.bytes);
        files[part] = { name: file.name, bytes: file.bytes.length };
      }
      const record = { format: FORMAT, version: VERSION, ...run, files };
      await this.#folder.write(RECORD, new TextEncoder().encode(JSON.stringify(record)));
    } catch (error) {
      // report the first error
      await this.remove().catch(() => undefined);
      throw error;
    }
  }

  /**
   * Reads the record of the run. `"foreign"`: another version of subtune stored it, and only that version can continue it. `undefined`:
   * there is no run, or it is incomplete.
   */
  async record(): Promise<RunRecord | "foreign" | undefined> {
    const found = await readJson(this.#folder, RECORD);
    if (found === undefined) return undefined;
    if (!isRecord(found)) return "foreign";
    for (const [part, { bytes }] of Object.entries(found.files)) {
      if ((await this.#folder.file(part))?.size !== bytes) return undefined;
    }
    return found;
  }

  /** A data file of the run, under its own name. It is read on use, so it cannot be read after the run was removed. */
  async file(record: RunRecord, part: Part): Promise<File | undefined> {
    const known = record.files[part];
    return known && this.#folder.file(part, known.name);
  }

  /** The data files in memory. */
  async data(record: RunRecord): Promise<DataFiles> {
    const files: Partial<DataFiles> = {};
    for (const part of PARTS) {
      const file = await this.file(record, part);
      if (file) files[part] = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
    }
    return files as DataFiles;
  }

  /** The time at which the run began. */
  async begunAt(): Promise<Date> {
    return new Date((await this.#folder.file(RECORD))?.lastModified ?? 0);
  }

  /** Removes the run. If the removal is interrupted, the rest does not count as a run. */
  async remove(): Promise<void> {
    await this.#folder.remove(RECORD);
    for (const name of await this.#folder.names()) await this.#folder.remove(name);
  }
}
