import type { Folder } from "../storage/folder.js";
import type { Program } from "./program.js";

/** A folder of kept files on the disk of the program. */
export class KeptFolder implements Folder {
  readonly path: readonly string[];
  readonly #program: Program;

  constructor(program: Program, path: readonly string[]) {
    this.#program = program;
    this.path = path;
  }

  folder(name: string): KeptFolder {
    return new KeptFolder(this.#program, [...this.path, name]);
  }

  async names(): Promise<string[]> {
    return (await this.#program.kept("names", this.path)) as string[];
  }

  async file(name: string, called = name): Promise<File | undefined> {
    const path = [...this.path, name];
    const found = (await this.#program.kept("look", path)) as { bytes: number; modified: number } | null;
    const read = async () => (await this.#program.kept("read", path)) as Uint8Array<ArrayBuffer>;
    return found ? new KeptFile(called, found.bytes, found.modified, read) : undefined;
  }

  async write(name: string, content: Uint8Array | Blob): Promise<void> {
    await this.#program.kept("write", [...this.path, name], content);
  }

  async remove(name: string): Promise<void> {
    await this.#program.kept("remove", [...this.path, name]);
  }
}

/** A file whose content is read on use, as that of a file on the disk of the browser. */
class KeptFile extends File {
  readonly #bytes: number;
  readonly #read: () => Promise<Uint8Array<ArrayBuffer>>;

  constructor(name: string, bytes: number, lastModified: number, read: () => Promise<Uint8Array<ArrayBuffer>>) {
    super([], name, { lastModified });
    this.#bytes = bytes;
    this.#read = read;
  }

  override get size(): number {
    return this.#bytes;
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = await this.#read();
    return buffer.slice(byteOffset, byteOffset + byteLength);
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.#read());
  }
}
