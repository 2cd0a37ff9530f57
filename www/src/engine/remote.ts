import { Aborted, EngineCrashed, type SubtuneError } from "../errors.js";
import type { CallName, Calls, Context, Engine, Order } from "./engine.js";
import { type FromWorker, type Port, type ToWorker, unpack } from "./protocol.js";

/** A worker, or a stand-in for one. */
export interface WorkerPort extends Port {
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  addEventListener(type: "error" | "messageerror", listener: (event: Event) => void): void;
  terminate(): void;
}

interface Pending {
  resolve(answer: unknown): void;
  reject(error: SubtuneError): void;
  notify: ((notice: never) => void) | undefined;
}

/** The engine in a worker of its own. */
export class RemoteEngine implements Engine {
  readonly #worker: WorkerPort;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #dead: SubtuneError | undefined;

  constructor(worker: WorkerPort) {
    this.#worker = worker;
    worker.addEventListener("message", ({ data }) => this.#heard(data as FromWorker));
    worker.addEventListener("error", (event) => {
      const { message } = event as Partial<ErrorEvent>;
      // without a message, the worker's script did not load
      this.#end(
        new EngineCrashed(
          message
            ? `the worker failed (${message})`
            : "the worker did not start; are the package's files served, and does a content security policy allow them (worker-src)?",
        ),
      );
    });
    worker.addEventListener("messageerror", () => this.#end(new EngineCrashed("a message of the worker could not be read")));
  }

  call<K extends CallName>(name: K, request: Calls[K]["request"], { signal, notify }: Context<K> = {}): Promise<Calls[K]["answer"]> {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#calls++;
    const abort = () => this.#post({ type: "abort", id });
    return new Promise<Calls[K]["answer"]>((resolve, reject) => {
      this.#post({ type: "call", id, name, request });
      this.#pending.set(id, { resolve: resolve as Pending["resolve"], reject, notify });
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort);
    }).finally(() => signal?.removeEventListener("abort", abort));
  }

  steer(order: Order): void {
    this.#post({ type: "steer", order });
  }

  async close(): Promise<void> {
    this.#end(new Aborted("the tuner was disposed"));
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message, []);
  }

  #heard(message: FromWorker): void {
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    if (message.type === "notice") return pending.notify?.(message.notice as never);
    this.#pending.delete(message.id);
    if (message.type === "answer") return pending.resolve(message.answer);
    const error = unpack(message.failure);
    pending.reject(error);
    if (error instanceof EngineCrashed) this.#end(error);
  }

  /** Ends the worker, which frees its memory. */
  #end(error: SubtuneError): void {
    this.#dead ??= error;
    this.#worker.terminate();
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}
