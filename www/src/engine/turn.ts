/** Does one task at a time, in the order of the calls. */
export class Lock {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** Waits for the next turn of the event loop, so that messages and input get through. Nested timers would add a delay. */
export class Turn {
  readonly #channel = new MessageChannel();

  next(): Promise<void> {
    // in Node, which may handle a thousand messages of a channel in a row, `setImmediate` waits for a turn
    const { setImmediate } = globalThis as { setImmediate?: (done: () => void) => void };
    return new Promise((resolve) => {
      if (setImmediate) return setImmediate(resolve);
      this.#channel.port1.onmessage = () => resolve();
      this.#channel.port2.postMessage(null);
    });
  }

  close(): void {
    this.#channel.port1.close();
  }
}
