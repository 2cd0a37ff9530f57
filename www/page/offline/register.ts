import { signal } from "@preact/signals";
import { hasProgram } from "../words";

/** Whether the page works without a network, and its workers have the same policy. */
export const kept = signal<"asking" | "yes" | "no">("asking");

/** Settles when the service worker serves this page, or when it is clear that none will. */
export const ready: Promise<void> = register();

/** Whether the whole page, engine, model and samples included, can be opened again without a network. */
export const whole = signal(false);

/** Whether the person has done something here. */
let isUsed = false;
for (const type of ["pointerdown", "keydown", "drop", "input"])
  addEventListener(type, () => (isUsed = true), { capture: true, once: true });

export function keepEverything(): void {
  const { controller } = navigator.serviceWorker ?? {};
  if (!controller) return;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => (whole.value = data === true);
  controller.postMessage("keep everything", [port2]);
}

async function register(): Promise<void> {
  if (hasProgram) {
    // without the program there is no engine, so that nothing need be kept for use without a network
    kept.value = "no";
    return;
  }
  try {
    const { serviceWorker } = navigator;
    const { active } = await serviceWorker.register("sw.js");
    if (!serviceWorker.controller) active?.postMessage("claim");
    await within(20_000, control(serviceWorker));
    if (isToBeIsolated()) await isolate();
    kept.value = "yes";
  } catch {
    // no HTTPS, a private window, a full disk: everything works, but online only
    kept.value = "no";
  }
}

/**
 * Whether the page came past the service worker, so that nothing isolates it and its engine computes on one thread. Once it is in use, or
 * was loaded again already, it stays as it is.
 */
function isToBeIsolated(): boolean {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return globalThis.crossOriginIsolated === false && navigation?.type !== "reload" && !isUsed;
}

/** Loads the page again, this time from the service worker. */
function isolate(): Promise<never> {
  location.reload();
  return new Promise(() => undefined);
}

function control(container: ServiceWorkerContainer): Promise<void> {
  if (container.controller) return Promise.resolve();
  return new Promise((resolve) => container.addEventListener("controllerchange", () => resolve(), { once: true }));
}

function within(milliseconds: number, promise: Promise<void>): Promise<void> {
  return Promise.race([promise, new Promise<never>((_, reject) => setTimeout(() => reject(new Error("too late")), milliseconds))]);
}
