import { InvalidArgument } from "../errors.js";
import type { ModelSource } from "../options.js";
import { INDEX, isShard, MODEL_FILES, namesOfModel } from "./layout.js";
import { locate } from "./locate.js";

/** SHA-256 by file name, in lower-case hexadecimal. */
export type Pins = Record<string, string>;

/** A model source as it can be sent to a worker: addresses are absolute. */
export type ModelRequest =
  | { from: "package"; name: string }
  | { from: "url"; name: string; folder: string; sha256: Pins }
  | { from: "memory"; name: string; files: Record<string, Uint8Array | Blob> };

export function modelRequest(source: ModelSource): ModelRequest {
  if (source === "minilm") return { from: "package", name: "minilm" };
  if (typeof source === "string" || source instanceof URL) return remote(source, {});
  if (source !== null && typeof source === "object") {
    if (Symbol.iterator in source) return fromFiles([...(source as Iterable<File>)]);
    if ("url" in source || "sha256" in source) return fromRemote(source as Record<string, unknown>);
    if ("files" in source) return fromNamed(source as Record<string, unknown>);
    return { from: "memory", name: "model", files: contents(source as Record<string, unknown>) };
  }
  throw new InvalidArgument('model has an unknown type; expected "minilm", an address, files or contents by file name');
}

/** The files of a model. Others are not sent to the worker. */
function contents(given: Record<string, unknown>): Record<string, Uint8Array | Blob> {
  const files: Record<string, Uint8Array | Blob> = {};
  for (const name of namesOfModel(Object.keys(given))) {
    const content = given[name];
    if (content instanceof Uint8Array || content instanceof Blob) files[name] = content;
    else if (content !== undefined) {
      throw new InvalidArgument(`model["${name}"] has an unknown type; expected a Uint8Array or a Blob`);
    }
  }
  return files;
}

function fromFiles(files: File[]): ModelRequest {
  return { from: "memory", ...locate(new Map(files.map((file) => [file.webkitRelativePath || file.name, file]))) };
}

function fromNamed({ name, files, ...others }: Record<string, unknown>): ModelRequest {
  const [other] = Object.keys(others);
  if (other !== undefined) throw new InvalidArgument(`model.${other} is unknown; expected name and files`);
  if (typeof name !== "string") throw new InvalidArgument(`model.name is ${kindOf(name)}; expected the name of the model, a string`);
  if (typeof files !== "object" || files === null || Array.isArray(files)) {
    throw new InvalidArgument(`model.files is ${kindOf(files)}; expected contents by file name`);
  }
  return { from: "memory", name, files: contents(files as Record<string, unknown>) };
}

/** Refuses unknown keys: a misspelled pin would pin nothing. */
function fromRemote({ url, sha256, ...others }: Record<string, unknown>): ModelRequest {
  const [other] = Object.keys(others);
  if (other !== undefined) throw new InvalidArgument(`model.${other} is unknown; expected url and sha256`);
  if (typeof url !== "string" && !(url instanceof URL)) {
    throw new InvalidArgument(`model.url is ${kindOf(url)}; expected the address of a model folder, a string or a URL`);
  }
  return remote(url, sha256 === undefined ? {} : pins(sha256));
}

function pins(given: unknown): Pins {
  const names: string[] = [...MODEL_FILES.map(({ name }) => name), INDEX];
  const expected = 'expected hashes by file name, such as { "model.safetensors": "5ba0..." }';
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new InvalidArgument(`model.sha256 is ${kindOf(given)}; ${expected}`);
  }
  const entries = Object.entries(given);
  if (entries.length === 0) throw new InvalidArgument(`model.sha256 has no entry and would pin nothing; ${expected}, or leave it out`);
  for (const [name, hash] of entries) {
    if (!names.includes(name) && !isShard(name)) {
      throw new InvalidArgument(
        `model.sha256 pins ${JSON.stringify(name)}, which is not read; expected one of ${names.join(", ")}, or a file that this index names`,
      );
    }
    if (typeof hash !== "string" || !/^[0-9a-f]{64}$/i.test(hash)) {
      const found = typeof hash === "string" ? JSON.stringify(hash) : kindOf(hash);
      throw new InvalidArgument(`model.sha256["${name}"] is ${found}; expected a SHA-256 of 64 hexadecimal digits`);
    }
  }
  return Object.fromEntries(entries.map(([name, hash]) => [name, (hash as string).toLowerCase()]));
}

/** The kind of a value, for messages. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `of the type ${typeof value}`;
}

function remote(address: string | URL, sha256: Pins): ModelRequest {
  let folder: URL;
  try {
    folder = new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch (error) {
    throw new InvalidArgument(`the model's address ${JSON.stringify(String(address))} is not a URL`, { cause: error });
  }
  if (!folder.pathname.endsWith("/")) folder.pathname += "/";
  const name = folder.pathname.split("/").at(-2) || folder.host;
  return { from: "url", name, folder: folder.href, sha256 };
}
