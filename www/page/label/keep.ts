import type { NamedBytes } from "subtune";
import { claimed, Taken } from "../../src/storage/claim";
import { type Folder, readJson } from "../../src/storage/folder";
import { openRoot } from "../../src/storage/root";
import { isObject } from "../../src/storage/shapes";
import { HERE } from "../words";

/** The labels of a table, as they are stored. */
export interface Work {
  /** The file with the table. */
  name: string;
  header?: boolean | undefined;
  sheet?: string | undefined;
  textColumn: string;
  /** `null` if the table had none. */
  labelColumn: string | null;
  classes: readonly string[];
  /** For each row its place in `classes`, or -1. */
  labels: readonly number[];
}

/** Work of an earlier visit. */
export interface KeptWork {
  key: string;
  work: Work;
  savedAt: Date;
}

const TABLE = "table";
const WORK = "work.json";
const FORMAT = "subtune labels";
const VERSION = 1;
/** Milliseconds to wait for another tab. A reload lets go a moment later. */
const PATIENCE = 1500;

/** The same file has the same key. */
export async function keyOf({ name, bytes }: NamedBytes): Promise<string> {
  const content = new Uint8Array(await new Blob([name, "\0", bytes as Uint8Array<ArrayBuffer>]).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** All work in this browser, the latest first. */
export async function keptWork(): Promise<KeptWork[]> {
  const root = await openRoot("labels");
  const all = await Promise.all((await root.names()).map((key) => read(root, key)));
  return all.filter((one) => one !== undefined).sort((one, other) => Number(other.savedAt) - Number(one.savedAt));
}

async function read(root: Folder, key: string): Promise<KeptWork | undefined> {
  const folder = root.folder(key);
  const found = await readJson(folder, WORK);
  if (!isWork(found)) return undefined;
  return { key, work: found, savedAt: new Date((await folder.file(WORK))?.lastModified ?? 0) };
}

function isWork(found: unknown): found is Work {
  if (!isObject(found) || found.format !== FORMAT || found.version !== VERSION) return false;
  const { name, textColumn, labelColumn, classes, labels } = found;
  const texts = [name, textColumn, labelColumn ?? ""].every((one) => typeof one === "string");
  const lists = Array.isArray(classes) && classes.every((one) => typeof one === "string") && Array.isArray(labels);
  return texts && lists && labels.every((one) => Number.isInteger(one) && one >= -1 && one < classes.length);
}

/** The file with the table of kept work. */
export async function tableOf({ key, work }: KeptWork): Promise<NamedBytes> {
  const file = await (await openRoot("labels")).folder(key).file(TABLE);
  if (!file) throw new Error(`the table of ${work.name} is no longer ${HERE}; choose the file again`);
  return { name: work.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}

/** Rejects with {@link Taken} if another tab labels the table. */
export async function discardWork(key: string): Promise<void> {
  const root = await openRoot("labels");
  await claimed(key, PATIENCE, async () => {
    await root.folder(key).remove(WORK);
    await root.remove(key);
  });
}

/** The place of one table's labels, which no other tab can write to. */
export class Keeper {
  readonly #key: string;
  readonly #table: NamedBytes;
  #release: () => void = () => {};
  #isWritten = false;
  #next: Work | undefined;
  #writing: Promise<void> | undefined;
  #written: (error: Error | null) => void;

  /** @param written is told whether the last version could be stored */
  constructor(key: string, table: NamedBytes, written: (error: Error | null) => void) {
    this.#key = key;
    this.#table = table;
    this.#written = written;
  }

  /** Claims the place and returns the work that is there. Rejects with {@link Taken} if another tab has it. */
  open(): Promise<Work | undefined> {
    return new Promise((resolve, reject) => {
      const held = new Promise<void>((release) => (this.#release = release));
      claimed(this.#key, PATIENCE, async () => {
        try {
          resolve((await read(await openRoot("labels"), this.#key))?.work);
        } catch (error) {
          this.#written(error as Error);
          resolve(undefined);
        }
        await held;
      }).catch(reject);
    });
  }

  /** Stores the work. While one version is written, only the latest of the next ones waits. */
  save(work: Work): void {
    this.#next = work;
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** Lets go of the place once everything is written. */
  async close(): Promise<void> {
    await this.#writing;
    this.#release();
  }

  async #write(): Promise<void> {
    try {
      while (this.#next) {
        const work = this.#next;
        this.#next = undefined;
        const folder = (await openRoot("labels")).folder(this.#key);
        if (!this.#isWritten) await folder.write(TABLE, new Blob([this.#table.bytes as Uint8Array<ArrayBuffer>]));
        this.#isWritten = true;
        await folder.write(WORK, new Blob([JSON.stringify({ format: FORMAT, version: VERSION, ...work })]));
        this.#written(null);
      }
    } catch (error) {
      this.#written(error as Error);
    }
  }
}

export { Taken };
