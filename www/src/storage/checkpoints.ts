import { type Folder, readJson } from "./folder.js";
import { haveBytes, isObject } from "./shapes.js";

/** The file that is written last. It holds the sizes of the other files; a folder without it is not a checkpoint. */
const COMMIT = "commit.json";

/** The files of a checkpoint by name, as the engine passes them. */
export type CheckpointFiles = Record<string, Uint8Array>;

/** The checkpoints in a folder. Each has its own folder, which is complete or does not count. */
export class CheckpointStore {
  readonly #folder: Folder;

  constructor(folder: Folder) {
    this.#folder = folder;
  }

  /** The path of its folder. */
  get path(): readonly string[] {
    return this.#folder.path;
  }

  /** The names of the complete checkpoints, the last one last. */
  async complete(): Promise<string[]> {
    const found: string[] = [];
    for (const name of await this.#names()) if ((await this.#state(name)) === "complete") found.push(name);
    return found.sort(byPlace);
  }

  /** Stores a checkpoint, and replaces one of the same name. If it fails, the other checkpoints are still there. */
  async write(name: string, files: CheckpointFiles): Promise<void> {
    await this.removePartial();
    await this.remove(name);
    const folder = this.#folder.folder(name);
    const { [COMMIT]: commit, ...others } = files;
    try {
      for (const [file, bytes] of Object.entries(others)) await folder.write(file, bytes);
      await folder.write(COMMIT, commit!);
    } catch (error) {
      // report the first error
      await this.remove(name).catch(() => undefined);
      throw error;
    }
  }

  /** Removes a checkpoint. If the removal is interrupted, the rest does not count as a checkpoint. */
  async remove(name: string): Promise<void> {
    await this.#folder.folder(name).remove(COMMIT);
    await this.#folder.remove(name);
  }

  /** Reads the files of a checkpoint. The engine checks their content. */
  async read(name: string): Promise<CheckpointFiles> {
    const folder = this.#folder.folder(name);
    const files: CheckpointFiles = {};
    for (const file of await folder.names()) {
      const content = await folder.file(file);
      if (content) files[file] = new Uint8Array(await content.arrayBuffer());
    }
    return files;
  }

  /** The time at which a checkpoint was stored. */
  async storedAt(name: string): Promise<Date | undefined> {
    const commit = await this.#folder.folder(name).file(COMMIT);
    return commit && new Date(commit.lastModified);
  }

  /** The bytes of all files, including those of incomplete checkpoints. */
  async bytes(): Promise<number> {
    let bytes = 0;
    for (const name of await this.#names()) {
      const folder = this.#folder.folder(name);
      for (const file of await folder.names()) bytes += (await folder.file(file))?.size ?? 0;
    }
    return bytes;
  }

  /** Removes incomplete checkpoints. Complete ones of another version stay. */
  async removePartial(): Promise<void> {
    for (const name of await this.#names()) if ((await this.#state(name)) === "partial") await this.#folder.remove(name);
  }

  async #names(): Promise<string[]> {
    return (await this.#folder.names()).filter((name) => placeInRun(name) !== undefined);
  }

  async #state(name: string): Promise<"complete" | "partial" | "unknown"> {
    const folder = this.#folder.folder(name);
    const commit = await readJson(folder, COMMIT);
    if (commit === undefined) return "partial";
    if (!isObject(commit) || !haveBytes(commit.files)) return "unknown";
    for (const [file, { bytes }] of Object.entries(commit.files)) if ((await folder.file(file))?.size !== bytes) return "partial";
    return "complete";
  }
}

/** The parts of a run, in their order: the contrastive stage, the survey, the steps. */
const KINDS = ["contrast", "survey", "step"];

/** The place in a run of a checkpoint with this name. */
function placeInRun(name: string): { kind: number; number: number } | undefined {
  const [, kind, number] = /^(contrast|survey|step)-(\d{6,})$/.exec(name) ?? [];
  return number === undefined ? undefined : { kind: KINDS.indexOf(kind!), number: Number(number) };
}

function byPlace(one: string, other: string): number {
  const [a, b] = [placeInRun(one)!, placeInRun(other)!];
  return a.kind - b.kind || a.number - b.number;
}

/** The number of steps before a checkpoint with this name. */
export function stepOf(name: string): number {
  const place = placeInRun(name);
  return place !== undefined && KINDS[place.kind] === "step" ? place.number : 0;
}
