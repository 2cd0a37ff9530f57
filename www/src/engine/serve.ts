import type { SubtuneError } from "../errors.js";
import type { CallName, Calls, Engine } from "./engine.js";
import { type FromWorker, pack, type Port, type ToWorker } from "./protocol.js";

/** Serves the engine to the other end of the port. */
export function serve(engine: Engine, port: Port): void {
  const aborts = new Map<number, AbortController>();
  const post = (message: FromWorker, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  port.addEventListener("message", ({ data }) => {
    const message = data as ToWorker;
    if (message.type === "steer") return engine.steer(message.order);
    if (message.type === "abort") return aborts.get(message.id)?.abort();
    const { id, name, request } = message;
    const abort = new AbortController();
    aborts.set(id, abort);
    const notify = (notice: unknown) => post({ type: "notice", id, notice });
    engine
      .call(name, request as Calls[CallName]["request"] as never, { signal: abort.signal, notify })
      .then(
        (answer) => post({ type: "answer", id, answer }, name === "export" ? buffers(answer as Calls["export"]["answer"]) : []),
        (error: SubtuneError) => post({ type: "failure", id, failure: pack(error) }),
      )
      .finally(() => aborts.delete(id));
  });
}

function buffers(files: Record<string, Uint8Array>): Transferable[] {
  return Object.values(files).map((file) => file.buffer as ArrayBuffer);
}
