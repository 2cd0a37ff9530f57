import type { Call } from "./program.js";

/**
 * A call or an answer: four bytes with the size of the JSON that follows, least significant first, then that JSON, then bytes that are no
 * JSON, one part after the other. `src/cli/ui/call.rs` is the other end.
 */
export async function encode(call: Call): Promise<Blob> {
  const given: (Uint8Array | Blob)[] = [];
  // the size of a part stands before it is read
  const text = JSON.stringify(call.arguments, (_, value: unknown) => {
    if (!(value instanceof Uint8Array || value instanceof Blob)) return value;
    return { part: given.push(value) - 1 };
  });
  const parts = await Promise.all(given.map(async (part) => (part instanceof Blob ? new Uint8Array(await part.arrayBuffer()) : part)));
  const sizes = JSON.stringify(parts.map((part) => part.length));
  const head = `{"on":${call.on},"name":${JSON.stringify(call.name)},"arguments":${text},"sizes":${sizes}}`;
  const json = new TextEncoder().encode(head);
  const size = new DataView(new ArrayBuffer(4));
  size.setUint32(0, json.length, true);
  return new Blob([size, json, ...(parts as Uint8Array<ArrayBuffer>[])]);
}

/** The number of an object of the program, in an answer. */
export class Reference {
  constructor(readonly object: number) {}
}

/** Reads an answer. Throws an {@link EngineError} if it tells of a failure. */
export function decode(body: ArrayBuffer): unknown {
  const size = new DataView(body).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(body, 4, size))) as {
    answer?: unknown;
    object?: number;
    bytes?: number;
    files?: [name: string, bytes: number][];
    failure?: { message: string; code?: string; file?: string | null; line?: number | null };
  };
  if (head.failure) {
    const { message, ...details } = head.failure;
    throw Object.assign(new Error(message), details);
  }
  if (head.object !== undefined) return new Reference(head.object);
  let at = 4 + size;
  const part = (bytes: number) => new Uint8Array(body, (at += bytes) - bytes, bytes);
  if (head.bytes !== undefined) return part(head.bytes);
  if (head.files) return Object.fromEntries(head.files.map(([name, bytes]) => [name, part(bytes)]));
  return head.answer;
}
