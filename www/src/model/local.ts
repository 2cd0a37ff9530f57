/** What is used of Node's `fs/promises`, so that no types of Node are needed. */
interface FileSystem {
  readFile(url: URL): Promise<Uint8Array>;
}

/** Reads a `file:` address, which Node's `fetch` does not. Not by an `import`, which bundlers would follow. */
export function readLocal(url: URL): Promise<Uint8Array> {
  const { process } = globalThis as { process?: { getBuiltinModule(name: string): FileSystem } };
  if (!process) return Promise.reject(new Error("a file: address can be read in Node only"));
  return process.getBuiltinModule("node:fs/promises").readFile(url);
}
