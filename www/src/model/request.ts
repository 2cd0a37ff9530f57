import { InvalidArgument } from "../errors.js";
import type { ModelSource } from "../options.js";
import { MODEL_FILES } from "./layout.js";

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
    return { from: "memory", name: "model", files: contents(source as Record<string, unknown>) };
  }
  throw new InvalidArgument('model is of no known kind; expected "minilm", an address, files or contents by file name');
}

/** What is part of a model; what else is there need not go to a worker. */
function contents(given: Record<string, unknown>): Record<string, Uint8Array | Blob> {
  const files: Record<string, Uint8Array | Blob> = {};
  for (const { name } of MODEL_FILES) {
    const content = given[name];
    if (content instanceof Uint8Array || content instanceof Blob) files[name] = content;
    else if (content !== undefined) {
      throw new InvalidArgument(`model["${name}"] is of no known kind; expected a Uint8Array or a Blob`);
    }
  }
  return files;
}

function fromFiles(files: File[]): ModelRequest {
  const folder = files[0]?.webkitRelativePath?.split("/")[0];
  return {
    from: "memory",
    name: folder || "model",
    files: contents(Object.fromEntries(files.map((file) => [file.name, file]))),
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
