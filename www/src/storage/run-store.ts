import type { DataFiles } from "../engine/wasm.js";
import type { StoredOptions } from "../stored-run.js";
import { CheckpointStore } from "./checkpoints.js";
import type { Folder } from "./folder.js";
import { haveBytes, isObject } from "./shapes.js";

/** Written after the data files: without it there is no run. */
const RECORD = "run.json";
const FORMAT = "subtune run";
const VERSION = 1;
const PARTS = ["train", "validation", "test"] as const;

type Part = (typeof PARTS)[number];

/** What is known of a run without its checkpoints. */
export interface RunRecord {
  name: string;
  /** What the model was called. */
  model: string;
  maxSteps: number;
  options: StoredOptions;
  /** Of the data files. */
  files: Partial<Record<Part, { name: string; bytes: number }>>;
}

function isRecord(found: unknown): found is RunRecord {
  if (!isObject(found) || found.format !== FORMAT || found.version !== VERSION) return false;
  const { name, model, maxSteps, options, files } = found;
  const texts = typeof name === "string" && typeof model === "string";
  return texts && typeof maxSteps === "number" && isObject(options) && haveBytes(files);
}

/** One run in a folder: what is needed to begin it again, and its checkpoints. */
export class RunStore {
  readonly checkpoints: CheckpointStore;
  readonly #folder: Folder;

  constructor(folder: Folder) {
    this.#folder = folder;
    this.checkpoints = new CheckpointStore(folder.folder("checkpoints"));
  }

  /** Keeps what is needed to begin the run again. Where this fails, nothing stays. */
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
      // the first error is the one to tell
      await this.remove().catch(() => undefined);
      throw error;
    }
  }

  /**
   * What is known of the run; `"foreign"` where its record is of another version, which can go on with it; nothing where there is no
   * run, or not all of it.
   */
  async record(): Promise<RunRecord | "foreign" | undefined> {
    const found = await this.#folder.json(RECORD);
    if (found === undefined) return undefined;
    if (!isRecord(found)) return "foreign";
    for (const [part, { bytes }] of Object.entries(found.files)) {
      if ((await this.#folder.file(part))?.size !== bytes) return undefined;
    }
    return found;
  }

  /** A data file of the run under its own name. It is read when it is used, and not after the run was removed. */
  async file(record: RunRecord, part: Part): Promise<File | undefined> {
    const content = await this.#folder.file(part);
    const known = record.files[part];
    return content && known && new File([content], known.name);
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

  /** When the run was begun. */
  async begunAt(): Promise<Date> {
    return new Date((await this.#folder.file(RECORD))?.lastModified ?? 0);
  }

  /** Removes the run; what is left of it when that is cut short does not count as one. */
  async remove(): Promise<void> {
    await this.#folder.remove(RECORD);
    for (const name of await this.#folder.names()) await this.#folder.remove(name);
  }
}
