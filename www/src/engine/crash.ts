/**
 * A panic inside an `async` function of the engine never settles its promise: it shows as an error of the thread. `found` is called
 * with such errors until the returned function is.
 */
export function watchForCrash(found: (error: WebAssembly.RuntimeError) => void): () => void {
  const check = (error: unknown) => {
    if (error instanceof WebAssembly.RuntimeError) found(error);
  };
  const onError = (event: Event) => check((event as ErrorEvent).error);
  const onRejection = (event: Event) => check((event as PromiseRejectionEvent).reason);
  // Node has no events of this kind, and ends the process
  globalThis.addEventListener?.("error", onError);
  globalThis.addEventListener?.("unhandledrejection", onRejection);
  return () => {
    globalThis.removeEventListener?.("error", onError);
    globalThis.removeEventListener?.("unhandledrejection", onRejection);
  };
}
