/** The part of a file handle that only workers have, where it is the quicker way to write, and in some browsers the only one. */
interface SyncFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle?(): Promise<{
    truncate(size: number): void;
    write(bytes: Uint8Array, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
}

/** A folder of the origin private file system, which may not be there yet. */
export class Folder {
  readonly #parent: (create: boolean) => Promise<FileSystemDirectoryHandle>;
  readonly #name: string;

  /** @param parent - what the folder is in; it is asked for each time, since a person may clear the storage at any time */
  constructor(parent: (create: boolean) => Promise<FileSystemDirectoryHandle>, name: string) {
    this.#parent = parent;
    this.#name = name;
  }

  /** A folder in this one. */
  folder(name: string): Folder {
    return new Folder((create) => this.#open(create), name);
  }

  /** The names of what is in it; none where the folder is not there. */
  async names(): Promise<string[]> {
    const names: string[] = [];
    const here = await absent(this.#open());
    if (here) for await (const name of here.keys()) names.push(name);
    return names;
  }

  /** Nothing where it is not there. */
  async file(name: string): Promise<File | undefined> {
    const here = await absent(this.#open());
    const handle = here && (await absent(here.getFileHandle(name)));
    return handle && absent(handle.getFile());
  }

  /** The value in a small file of JSON; nothing where there is none, or not a whole one. */
  async json(name: string): Promise<unknown> {
    const text = await (await this.file(name))?.text();
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  /** Writes a file to the disk; when that is done it is there as a whole, but until then it may be there in part. */
  async write(name: string, content: Uint8Array | Blob): Promise<void> {
    const here = await this.#open(true);
    const handle: SyncFileHandle = await here.getFileHandle(name, { create: true });
    if (!handle.createSyncAccessHandle) {
      const stream = await handle.createWritable();
      try {
        await stream.write(content as Uint8Array<ArrayBuffer> | Blob);
      } catch (error) {
        // what matters is why it could not be written
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

  /** Removes a file or a folder in it, where there is such. */
  async remove(name: string): Promise<void> {
    const here = await absent(this.#open());
    await absent(here?.removeEntry(name, { recursive: true }) ?? Promise.resolve());
  }

  async #open(create = false): Promise<FileSystemDirectoryHandle> {
    return (await this.#parent(create)).getDirectoryHandle(this.#name, { create });
  }
}

/** Nothing where the promise rejects because something is not there. */
async function absent<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ((error as Error).name === "NotFoundError") return undefined;
    throw error;
  }
}
