import { InlineEngine } from "../engine/inline.js";
import type { WasmModule } from "../engine/wasm.js";
import { readModel } from "../model/read.js";
import type { Connection, Program } from "./program.js";
import { Reference } from "./wire.js";

/**
 * The engine in the program `subtune ui`. It has the functions and the objects of the WebAssembly engine, so that everything above them is
 * the same; each of their functions is a request.
 */
export function engineThere(program: Program): InlineEngine {
  const open = async () => moduleOf(await program.connect());
  return new InlineEngine(open, {}, async (request, signal, notify) =>
    // the program has the model of the package itself
    request.from === "package" ? {} : readModel(request, signal, notify),
  );
}

function moduleOf(connection: Connection): WasmModule {
  const functions = remote(connection, null) as unknown as Omit<WasmModule, "Tuner"> & WasmModule["Tuner"];
  return new Proxy(functions, { get: (target, name) => (name === "Tuner" ? target : Reflect.get(target, name)) }) as unknown as WasmModule;
}

/** An object of the program. Each function that is called on it is a request. */
function remote(connection: Connection, on: number | null): object {
  const call = async (name: string, given: unknown[]) => {
    const answer = await connection.ask({ on, name, arguments: given });
    return answer instanceof Reference ? remote(connection, answer.object) : answer;
  };
  return new Proxy(
    {},
    {
      get: (_, name) => {
        // as an argument of another call
        if (name === "toJSON") return () => ({ object: on });
        // a promise resolves with it, and it is none itself
        if (name === "then" || typeof name === "symbol") return undefined;
        return (...given: unknown[]) => call(name, given);
      },
    },
  );
}
