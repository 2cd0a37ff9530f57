/**
 * Stands in for the origin private file system and Web Locks. `sync` has access handles, which write in place, as in workers; without,
 * a file is replaced when its stream is closed. `disk` may be that of an earlier one, as after a restart.
 */
export function fakeOpfs({ sync = false, disk = { folders: new Map(), files: new Map() }, quota = Infinity, cutAfter = Infinity } = {}) {
  let changes = 0;
  const failure = (name, message) => Object.assign(new Error(message), { name });
  /** The power fails after so many changes, and nothing more happens. */
  const change = (work, partly = () => {}) => {
    if (changes === cutAfter) partly();
    if (changes++ >= cutAfter) throw failure("AbortError", "the power failed");
    return work();
  };
  const size = ({ folders, files }) =>
    [...folders.values()].reduce(
      (sum, one) => sum + size(one),
      [...files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0),
    );
  const put = (file, bytes) => {
    if (size(disk) - file.bytes.length + bytes.length > quota) throw failure("QuotaExceededError", "the quota has been exceeded");
    Object.assign(file, { bytes, lastModified: Date.now() });
  };

  const fileHandle = (file) => ({
    getFile: async () => new File([file.bytes], "of the disk", { lastModified: file.lastModified }),
    createWritable: async () => {
      let bytes = new Uint8Array();
      return {
        write: async (chunk) => void (bytes = chunk.slice()),
        abort: async () => {},
        close: async () => change(() => put(file, bytes)),
      };
    },
    ...(sync && {
      createSyncAccessHandle: async () => ({
        truncate: (length) => change(() => put(file, file.bytes.slice(0, length))),
        write: (chunk, { at }) => {
          // no more than so much at a time, as a disk may do
          const part = chunk.subarray(0, 1000);
          const written = (length) => Uint8Array.from([...file.bytes.subarray(0, at), ...part.subarray(0, length)]);
          change(
            () => put(file, written(part.length)),
            () => put(file, written(part.length >> 1)),
          );
          return part.length;
        },
        flush() {},
        close() {},
      }),
    }),
  });
  const folderHandle = (folder) => {
    const get = (kind, name, create, empty) => {
      if (!folder[kind].has(name)) {
        if (!create) throw failure("NotFoundError", `${name} is not there`);
        change(() => folder[kind].set(name, empty()));
      }
      return folder[kind].get(name);
    };
    return {
      getDirectoryHandle: async (name, { create } = {}) =>
        folderHandle(get("folders", name, create, () => ({ folders: new Map(), files: new Map() }))),
      getFileHandle: async (name, { create } = {}) =>
        fileHandle(get("files", name, create, () => ({ bytes: new Uint8Array(), lastModified: Date.now() }))),
      removeEntry: async (name) => {
        if (!folder.folders.has(name) && !folder.files.has(name)) throw failure("NotFoundError", `${name} is not there`);
        // a folder goes file by file
        for (const entry of [...(folder.folders.get(name)?.files.keys() ?? [])]) change(() => folder.folders.get(name).files.delete(entry));
        change(() => (folder.folders.delete(name), folder.files.delete(name)));
      },
      keys: async function* () {
        yield* [...folder.folders.keys(), ...folder.files.keys()];
      },
    };
  };

  const held = new Map();
  const locks = {
    request: async (name, { signal }, work) => {
      while (held.has(name)) {
        await Promise.race([held.get(name), new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))]);
      }
      const done = Promise.resolve().then(work);
      held.set(
        name,
        done.catch(() => {}).finally(() => held.delete(name)),
      );
      return done;
    },
  };
  return {
    disk,
    root: folderHandle(disk),
    navigator: { storage: { getDirectory: async () => folderHandle(disk) }, locks },
    changes: () => changes,
    size: () => size(disk),
  };
}

/** Makes it the navigator's until the test is over. */
export function install(context, opfs) {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: opfs.navigator, configurable: true });
  // Node ends where nothing but the patience with another tab is left to wait for
  const alive = setInterval(() => {}, 1000);
  context.after(() => {
    clearInterval(alive);
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else delete globalThis.navigator;
  });
}
