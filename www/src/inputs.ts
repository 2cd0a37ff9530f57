import type { DataFile, Text } from "./engine/wasm.js";
import { InvalidArgument, InvalidData } from "./errors.js";
import type { DataSource, TextInput } from "./options.js";

/** Turns any data source into a file in memory, which the engine reads. */
export async function readData(source: DataSource): Promise<DataFile> {
  if (typeof source === "string") return { name: "data.csv", bytes: new TextEncoder().encode(source) };
  if (source instanceof Blob) {
    const name = source instanceof File ? source.name : "data.csv";
    try {
      return { name, bytes: new Uint8Array(await source.arrayBuffer()) };
    } catch (error) {
      // for example, the file changed on disk after it was chosen
      throw new InvalidData(`${name}: could not be read (${(error as Error).message}); choose it again`, { cause: error });
    }
  }
  if (Array.isArray(source)) {
    const lines = source.map((row: unknown) => JSON.stringify(row) ?? "null");
    return { name: "rows.jsonl", bytes: new TextEncoder().encode(lines.join("\n")) };
  }
  if (source !== null && typeof source === "object" && "name" in source && "bytes" in source) {
    const { name, bytes } = source;
    if (bytes instanceof Uint8Array) return { name, bytes };
    if (bytes instanceof ArrayBuffer) return { name, bytes: new Uint8Array(bytes) };
  }
  throw new InvalidArgument("data has an unknown type; expected a File, a Blob, a string, { name, bytes } or an array of rows");
}

/** Converts texts and pairs to the engine's form. */
export function texts(inputs: readonly TextInput[]): Text[] {
  if (!Array.isArray(inputs)) throw new InvalidArgument("texts is not an array; for one text, pass [text]");
  return inputs.map((input: TextInput, index) => {
    const { text, pair = null } = typeof input === "string" ? { text: input } : (input ?? {});
    if (typeof text !== "string" || (pair !== null && typeof pair !== "string")) {
      throw new InvalidArgument(`texts[${index}] is not a text; expected a string, or { text, pair } of strings`);
    }
    return { text, pair };
  });
}
