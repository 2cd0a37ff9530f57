import { snake } from "./case.js";
import type { Settings } from "./engine/wasm.js";
import { InvalidArgument } from "./errors.js";
import { DATA_ARGUMENTS } from "./generated/settings.js";

/** Options of the call that are not settings of the engine. */
const OF_THE_CALL = ["signal", "data", "validationData", "testData", "checkpoints", "saveSteps", "saveTotalLimit"];

/** Extracts the engine's settings from the options of a call. */
export function settings(options: object): Settings {
  const data: Settings["data"] = {};
  const training: Settings["arguments"] = {};
  for (const [name, value] of Object.entries(options)) {
    if (OF_THE_CALL.includes(name) || value === undefined) continue;
    if (value !== null && !["string", "number", "boolean"].includes(typeof value)) {
      throw new InvalidArgument(`${name} is of the type ${typeof value}; expected a string, a number or a boolean`);
    }
    // the engine's name for "none"
    const none = name === "pairColumn" && value === null;
    ((DATA_ARGUMENTS as readonly string[]).includes(name) ? data : training)[snake(name)] = none ? "" : value;
  }
  return { data, arguments: training };
}
