import { aborted } from "../abort.js";
import { DownloadFailed } from "../errors.js";
import { nodeModule } from "../node.js";

/** The server does not have the file. Optional files may be absent. */
export class Absent extends DownloadFailed {}

/** Called with the bytes so far, and the bytes of the whole file if known. */
export type OnBytes = (loaded: number, total: number | null) => void;

/**
 * All bytes at an address. Reads `http:`, `https:`, `file:` (in Node) and `data:` (bundlers inline small files, and a content security
 * policy may forbid fetching them).
 */
export async function download(url: URL, signal: AbortSignal | undefined, onBytes: OnBytes): Promise<Uint8Array> {
  if (url.protocol === "data:" || url.protocol === "file:") {
    const bytes = url.protocol === "data:" ? decode(url) : await local(url);
    onBytes(bytes.length, bytes.length);
    return bytes;
  }
  const failed = (message: string, status?: number, cause?: unknown) =>
    signal?.aborted ? aborted(signal) : new DownloadFailed(`${url}: ${message}`, { url: url.href, status, cause });
  let response: Response;
  try {
    response = await fetch(url, { signal: signal ?? null });
  } catch (error) {
    throw failed(`could not be fetched (${(error as Error).message})`, undefined, error);
  }
  const { status } = response;
  const absent = (message: string) => new Absent(`${url}: ${message}`, { url: url.href, status });
  if (!response.ok) {
    await response.body?.cancel();
    const message = `the server answered ${status} ${response.statusText}`.trimEnd();
    throw status < 500 ? absent(message) : failed(message, status);
  }
  if (response.headers.get("content-type")?.startsWith("text/html")) {
    // servers of single-page applications answer every unknown address with the page
    await response.body?.cancel();
    throw absent("the server answered with a web page; expected a file");
  }
  const total = wholeLength(response);
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  onBytes(0, total);
  const reader = response.body?.getReader();
  for (;;) {
    let part: ReadableStreamReadResult<Uint8Array> | undefined;
    try {
      part = await reader?.read();
    } catch (error) {
      throw failed(`was cut short after ${loaded} bytes (${(error as Error).message})`, status, error);
    }
    if (!part || part.done) break;
    chunks.push(part.value);
    loaded += part.value.length;
    if (loaded !== total) onBytes(loaded, total);
  }
  if (total !== null && loaded !== total) {
    throw failed(`was cut short: ${loaded} of ${total} bytes arrived`, status);
  }
  const bytes = new Uint8Array(loaded);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  onBytes(loaded, loaded);
  return bytes;
}

/** The length of the file, or `null` if the server does not give it. The length of a compressed answer does not count. */
function wholeLength(response: Response): number | null {
  const length = response.headers.get("content-length");
  // a cross-origin answer may hide that it is compressed; the browser checks its length
  const known = length !== null && !response.headers.has("content-encoding") && response.type !== "cors";
  return known ? Number(length) : null;
}

async function local(url: URL): Promise<Uint8Array> {
  try {
    return await readLocal(url);
  } catch (error) {
    throw new DownloadFailed(`${url}: could not be read (${(error as Error).message})`, { url: url.href, cause: error });
  }
}

function decode(url: URL): Uint8Array {
  const [head = "", body = ""] = url.href.slice("data:".length).split(/,(.*)/s);
  const text = decodeURIComponent(body);
  if (!head.endsWith(";base64")) return new TextEncoder().encode(text);
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** Reads a `file:` address, which Node's `fetch` cannot. */
export async function readLocal(url: URL): Promise<Uint8Array> {
  const files = nodeModule("node:fs/promises");
  if (!files) throw new Error("a file: address can be read in Node only");
  return files.readFile(url);
}
