import { InvalidArgument } from "../errors.js";
import type { ModelSource } from "../options.js";

/** A model source as it can be sent to a worker: addresses are absolute. */
export type ModelRequest =
  | { from: "package"; name: string }
  | { from: "url"; name: string; folder: string; sha256: Record<string, string> }
  | { from: "memory"; name: string; files: Record<string, Uint8Array | Blob> };

export function modelRequest(source: ModelSource): ModelRequest {
  if (source === "minilm") return { from: "package", name: "minilm" };
  if (typeof source === "string" || source instanceof URL) return remote(source, {});
  if (source !== null && typeof source === "object") {
    if (Symbol.iterator in source) return fromFiles([...(source as Iterable<File>)]);
    const { url, sha256 } = source as { url?: unknown; sha256?: Record<string, string> };
    if (typeof url === "string" || url instanceof URL) return remote(url, sha256 ?? {});
    return { from: "memory", name: "model", files: { ...(source as Record<string, Uint8Array | Blob>) } };
  }
  throw new InvalidArgument('model is of no known kind; expected "minilm", an address, files or contents by file name');
}

function fromFiles(files: File[]): ModelRequest {
  const folder = files[0]?.webkitRelativePath?.split("/")[0];
  return {
    from: "memory",
    name: folder || "model",
    files: Object.fromEntries(files.map((file) => [file.name, file])),
  };
}

function remote(address: string | URL, sha256: Record<string, string>): ModelRequest {
  let folder: URL;
  try {
    folder = new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch (error) {
    throw new InvalidArgument(`the model's address ${JSON.stringify(String(address))} is no URL`, { cause: error });
  }
  if (!folder.pathname.endsWith("/")) folder.pathname += "/";
  const name = folder.pathname.split("/").at(-2) || folder.host;
  return { from: "url", name, folder: folder.href, sha256 };
}
