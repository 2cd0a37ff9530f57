/** A thread of Node. */
export interface NodeThread {
  postMessage(message: unknown): void;
  once(event: "message" | "error", listener: () => void): void;
  terminate(): unknown;
  /** Lets the process end while the thread runs. */
  unref(): void;
}

/** The parts of Node's modules in use, declared here so that Node's types are not needed. */
interface Modules {
  "node:fs/promises": { readFile(url: URL): Promise<Uint8Array> };
  "node:os": { availableParallelism(): number };
  "node:worker_threads": {
    Worker: new (script: URL, options: { name: string; execArgv: string[] }) => NodeThread;
    parentPort: MessagePort | null;
  };
}

/** A module of Node, or nothing elsewhere. Not an `import`, because bundlers would follow it. */
export function nodeModule<Name extends keyof Modules>(name: Name): Modules[Name] | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: Name): Modules[Name] } };
  return process?.getBuiltinModule?.(name);
}
