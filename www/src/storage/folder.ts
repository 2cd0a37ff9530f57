/** A folder of kept files. It may not exist yet. */
export interface Folder {
  /** The names of the folders above it and its own, without the root. */
  readonly path: readonly string[];

  /** A folder in this one. */
  folder(name: string): Folder;

  /** The names of its entries; none if the folder does not exist. */
  names(): Promise<string[]>;

  /** Opens a file in it, under the name `called`; `undefined` if there is no such file. */
  file(name: string, called?: string): Promise<File | undefined>;

  /** Writes a file. Until the promise resolves, a part of the file may be there. */
  write(name: string, content: Uint8Array | Blob): Promise<void>;

  /** Removes a file or a folder in it, if it exists. */
  remove(name: string): Promise<void>;
}

/** Reads a small JSON file; `undefined` if it does not exist or is incomplete. */
export async function readJson(folder: Folder, name: string): Promise<unknown> {
  const text = await (await folder.file(name))?.text();
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
