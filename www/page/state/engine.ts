import { computed, signal } from "@preact/signals";
import type { Tuner } from "subtune";
import { keepEverything, kept, ready } from "../offline/register";

declare const ENGINE_BYTES: number;
declare const MODEL_BYTES: number;

export const DOWNLOAD_BYTES = ENGINE_BYTES + MODEL_BYTES;

export type Device = "auto" | "webgpu" | "cpu";

export type EngineState =
  | { phase: "waiting" }
  | { phase: "loading"; what: string; loaded: number }
  | { phase: "ready"; tuner: Tuner }
  | { phase: "failed"; error: Error };

export const engine = signal<EngineState>({ phase: "waiting" });
export const device = signal<Device>("auto");
export const tuner = computed(() => (engine.value.phase === "ready" ? engine.value.tuner : null));
/** Warnings from loading the engine. */
export const engineWarnings = signal<string[]>([]);

/** Engines that failed for good: lost device, no memory, crash. */
const dead = new WeakSet<Tuner>();

export function giveUp(tuner: Tuner): void {
  dead.add(tuner);
}

/** A working engine; replaces a broken one. */
export function workingEngine(): Promise<Tuner> {
  const broken = engine.peek().phase === "failed" || (tuner.peek() !== null && dead.has(tuner.peek()!));
  return broken ? reloadEngine() : loadEngine();
}

let loading: Promise<Tuner> | undefined;

/** Loads engine and model once. */
export function loadEngine(): Promise<Tuner> {
  loading ??= load().catch((error: Error) => {
    loading = undefined;
    engine.value = { phase: "failed", error };
    throw error;
  });
  return loading;
}

/** Replaces the engine, alive or dead. */
export async function reloadEngine(wanted: Device = device.value): Promise<Tuner> {
  const old = tuner.value;
  device.value = wanted;
  loading = undefined;
  engine.value = { phase: "loading", what: "Getting ready", loaded: 0 };
  await old?.dispose();
  return loadEngine();
}

async function load(): Promise<Tuner> {
  const show = (what: string, loaded: number) => (engine.value = { phase: "loading", what, loaded });
  engineWarnings.value = [];
  show("Getting ready", 0);
  await ready;
  const { Subtune } = await import("subtune");
  // the package does not report the engine's bytes; this fills the service worker's cache, from which the package then loads it
  if (kept.value === "yes") await fetchEngine((loaded) => show("Loading the engine", loaded));
  const files = new Map<string, number>();
  const model = () => ENGINE_BYTES + [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
  const made = await Subtune.load({
    device: device.value,
    onProgress: (progress) => {
      if (progress.type === "warning") {
        engineWarnings.value = [...engineWarnings.value, progress.message];
      } else if (progress.type === "file") {
        files.set(progress.file, progress.loaded);
        show("Loading the model", model());
      } else if (progress.stage === "device") {
        show("Preparing the device", DOWNLOAD_BYTES);
      }
    },
  });
  engine.value = { phase: "ready", tuner: made };
  keepEverything();
  return made;
}

async function fetchEngine(onBytes: (loaded: number) => void): Promise<void> {
  const response = await fetch("subtune/wasm/subtune_bg.wasm").catch(() => undefined);
  const reader = response?.ok ? response.body?.getReader() : undefined;
  for (let loaded = 0; ; ) {
    // the same error happens again where it is shown
    const part = await reader?.read().catch(() => undefined);
    if (!part || part.done) return;
    onBytes((loaded += part.value.length));
  }
}
