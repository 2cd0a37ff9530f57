/** Lets one piece of work happen at a time, in the order of asking. */
export class Lock {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** Waits for the next turn of the event loop, without the delay that nested timers have, so that messages and input are heard. */
export class Turn {
  readonly #channel = new MessageChannel();

  next(): Promise<void> {
    // Node hears up to a thousand messages of one channel before it does anything else, but has this
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
