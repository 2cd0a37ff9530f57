import { throwIfAborted } from "../abort.js";
import { InvalidModel } from "../errors.js";
import type { LoadProgress } from "../progress.js";
import { Absent, download } from "./download.js";
import { sha256 } from "./hash.js";
import { BUNDLED } from "./bundled.js";
import { INDEX, isShard, MODEL_FILES } from "./layout.js";
import type { ModelRequest } from "./request.js";

/** The name of the browser's cache. */
const NAME = "subtune-models";

type Files = Record<string, Uint8Array>;
type Notify = (progress: LoadProgress) => void;

/** Reads the files of a model. The engine checks their contents. */
export async function readModel(request: ModelRequest, signal: AbortSignal | undefined, notify: Notify): Promise<Files> {
  if (request.from === "memory") return fromMemory(request.files, request.name, signal, notify);
  const files: Files = {};
  const pins = request.from === "url" ? request.sha256 : {};
  const read = async (name: string, url: URL) => {
    const pinned = pins[name];
    files[name] = pinned ? await pinnedFile(name, url, pinned, signal, notify) : await file(name, url, signal, notify);
  };
  /** Returns the error if the file is absent and may be. */
  const tryToRead = async (name: string, url: URL): Promise<Absent | undefined> => {
    try {
      await read(name, url);
    } catch (error) {
      if (pins[name] || !(error instanceof Absent)) throw error;
      return error;
    }
  };
  for (const { name, needed } of MODEL_FILES) {
    const url = request.from === "package" ? BUNDLED[name] : new URL(name, request.folder);
    const absent = url && (await tryToRead(name, url));
    if (!absent || !needed) continue;
    const index = new URL(INDEX, url);
    if (name !== "model.safetensors" || (await tryToRead(INDEX, index))) throw absent;
    for (const shard of shardsOf(files[INDEX]!, index)) await read(shard, new URL(shard, url));
  }
  const unread = Object.keys(pins).find((name) => !files[name]);
  if (unread !== undefined) throw new InvalidModel(`model.sha256 pins ${JSON.stringify(unread)}, which this model does not need`);
  return files;
}

/** The files that an index of weights names. The engine checks that they agree with it. */
function shardsOf(index: Uint8Array, url: URL): Set<string> {
  let names: unknown[];
  try {
    names = Object.values((JSON.parse(new TextDecoder().decode(index)) as { weight_map: object }).weight_map);
  } catch (error) {
    throw new InvalidModel(`${url}: cannot be read (${(error as Error).message}); expected a weight_map of tensors to files`);
  }
  const wrong = names.find((name) => typeof name !== "string" || !isShard(name));
  if (wrong !== undefined)
    throw new InvalidModel(`${url}: names the file ${JSON.stringify(wrong)}; expected a .safetensors file beside it`);
  return new Set(names as string[]);
}

async function fromMemory(
  given: Record<string, Uint8Array | Blob>,
  folder: string,
  signal: AbortSignal | undefined,
  notify: Notify,
): Promise<Files> {
  const files: Files = {};
  for (const [name, content] of Object.entries(given)) {
    throwIfAborted(signal);
    let bytes: Uint8Array;
    try {
      bytes = content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;
    } catch (error) {
      // for example, the file changed on disk after it was chosen
      const file = `${folder}/${name}`;
      const message = `${file}: could not be read (${(error as Error).message}); choose it again`;
      throw Object.assign(new InvalidModel(message, { cause: error }), { file });
    }
    files[name] = bytes;
    notify({ type: "file", file: name, loaded: bytes.length, total: bytes.length, source: "memory" });
  }
  return files;
}

function file(name: string, url: URL, signal: AbortSignal | undefined, notify: Notify): Promise<Uint8Array> {
  return download(url, signal, (loaded, total) => notify({ type: "file", file: name, loaded, total, source: "network" }));
}

/** Reads a file from the cache, or from the network into the cache. Its hash is checked in both cases. */
async function pinnedFile(name: string, url: URL, pinned: string, signal: AbortSignal | undefined, notify: Notify): Promise<Uint8Array> {
  const cache = await openCache();
  const kept = await cache?.match(url);
  if (kept) {
    const bytes = new Uint8Array(await kept.arrayBuffer());
    if ((await sha256(bytes)) === pinned) {
      notify({ type: "file", file: name, loaded: bytes.length, total: bytes.length, source: "cache" });
      return bytes;
    }
  }
  const bytes = await file(name, url, signal, notify);
  const found = await sha256(bytes);
  if (found !== pinned) throw new InvalidModel(`${url}: has the SHA-256 ${found}; pinned is ${pinned}`);
  try {
    await cache?.put(url, new Response(bytes as Uint8Array<ArrayBuffer>));
  } catch (error) {
    const message = `${name} could not be kept for next time (${(error as Error).message}); it will be downloaded again`;
    notify({ type: "warning", message });
  }
  return bytes;
}

/** The browser's Cache API, or `undefined` if it is missing (Node, insecure pages) or forbidden (private windows). */
async function openCache(): Promise<Cache | undefined> {
  try {
    return await globalThis.caches?.open(NAME);
  } catch {
    return undefined;
  }
}
