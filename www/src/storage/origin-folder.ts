import type { Folder } from "./folder.js";

/** The part of a file handle that only workers have. It writes faster, and in some browsers it is the only way to write. */
interface SyncFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle?(): Promise<{
    truncate(size: number): void;
    write(bytes: Uint8Array, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
}

/** A folder of the origin private file system. */
export class OriginFolder implements Folder {
  readonly path: readonly string[];
  readonly #parent: (create: boolean) => Promise<FileSystemDirectoryHandle>;
  readonly #name: string;

  /** @param parent - opens the containing folder, on each use, because the user may clear the storage at any time */
  constructor(parent: (create: boolean) => Promise<FileSystemDirectoryHandle>, name: string, path: readonly string[] = []) {
    this.#parent = parent;
    this.#name = name;
    this.path = path;
  }

  folder(name: string): OriginFolder {
    return new OriginFolder((create) => this.#open(create), name, [...this.path, name]);
  }

  async names(): Promise<string[]> {
    const names: string[] = [];
    const here = await absent(this.#open());
    if (here) for await (const name of here.keys()) names.push(name);
    return names;
  }

  async file(name: string, called?: string): Promise<File | undefined> {
    const here = await absent(this.#open());
    const handle = here && (await absent(here.getFileHandle(name)));
    const file = handle && (await absent(handle.getFile()));
    return file && called !== undefined ? new File([file], called, { lastModified: file.lastModified }) : file;
  }

  async write(name: string, content: Uint8Array | Blob): Promise<void> {
    const here = await this.#open(true);
    const handle: SyncFileHandle = await here.getFileHandle(name, { create: true });
    if (!handle.createSyncAccessHandle) {
      const stream = await handle.createWritable();
      try {
        await stream.write(content as Uint8Array<ArrayBuffer> | Blob);
      } catch (error) {
        // report the error of the write, not that of the clean-up
        await stream.abort().catch(() => undefined);
        throw error;
      }
      return stream.close();
    }
    const bytes = content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;
    const access = await handle.createSyncAccessHandle();
    try {
      access.truncate(0);
      for (let at = 0; at < bytes.length; ) {
        const written = access.write(bytes.subarray(at), { at });
        if (written === 0) throw new Error(`only ${at} of ${bytes.length} bytes of ${name} could be written`);
        at += written;
      }
      access.flush();
    } finally {
      access.close();
    }
  }

  async remove(name: string): Promise<void> {
    const here = await absent(this.#open());
    await absent(here?.removeEntry(name, { recursive: true }) ?? Promise.resolve());
  }

  async #open(create = false): Promise<FileSystemDirectoryHandle> {
    return (await this.#parent(create)).getDirectoryHandle(this.#name, { create });
  }
}

/** Resolves with `undefined` if the promise rejects because a file or folder does not exist. */
async function absent<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ((error as Error).name === "NotFoundError") return undefined;
    throw error;
  }
}
