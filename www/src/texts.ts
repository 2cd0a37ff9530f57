import type { Text } from "./engine/wasm.js";
import { InvalidArgument } from "./errors.js";
import type { TextInput } from "./options.js";

/** Texts and pairs as the engine takes them. */
export function texts(inputs: readonly TextInput[]): Text[] {
  if (!Array.isArray(inputs)) throw new InvalidArgument("texts is no array; for one text, pass [text]");
  return inputs.map((input: TextInput, index) => {
    const { text, pair = null } = typeof input === "string" ? { text: input } : (input ?? {});
    if (typeof text !== "string" || (pair !== null && typeof pair !== "string")) {
      throw new InvalidArgument(`texts[${index}] is no text; expected a string, or { text, pair } of strings`);
    }
    return { text, pair };
  });
}
