import { batch, computed, signal } from "@preact/signals";
import type { Tuner } from "subtune";
import { keepEverything, kept, ready } from "../offline/register";
import { base, baseIsKnown, type Base } from "./base";

declare const ENGINE_BYTES: number;

/** Of the engine and the model. */
export const totalBytes = computed(() => ENGINE_BYTES + base.value.bytes);

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
  if (loading) return loading;
  const mine = load().then(
    async (made) => {
      if (loading !== mine) {
        // another model or device was chosen in between
        await made.dispose();
        return loadEngine();
      }
      engine.value = { phase: "ready", tuner: made };
      keepEverything();
      return made;
    },
    (error: Error) => {
      if (loading !== mine) return loadEngine();
      loading = undefined;
      engine.value = { phase: "failed", error };
      throw error;
    },
  );
  loading = mine;
  return mine;
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

/** An engine with this model, to try whether it can be used. Does not touch the engine in use. */
export async function tryModel({ name, files }: Base): Promise<Tuner> {
  const { Subtune } = await import("subtune");
  return Subtune.load({ device: device.value, ...(files && { model: { name, files } }) });
}

/** Puts an engine with another model in place of the one in use. */
export async function replaceEngine(made: Tuner, model: Base): Promise<void> {
  const old = tuner.peek();
  loading = Promise.resolve(made);
  engineWarnings.value = [];
  batch(() => {
    base.value = model;
    engine.value = { phase: "ready", tuner: made };
  });
  await old?.dispose();
}

async function load(): Promise<Tuner> {
  const show = (what: string, loaded: number) => (engine.value = { phase: "loading", what, loaded });
  engineWarnings.value = [];
  show("Getting ready", 0);
  await Promise.all([ready, baseIsKnown()]);
  const { Subtune } = await import("subtune");
  // the package does not report the engine's bytes; this fills the service worker's cache, from which the package then loads it
  if (kept.value === "yes") await fetchEngine((loaded) => show("Loading the engine", loaded));
  const { name, files } = base.peek();
  const read = new Map<string, number>();
  const total = () => ENGINE_BYTES + [...read.values()].reduce((sum, bytes) => sum + bytes, 0);
  return Subtune.load({
    device: device.value,
    ...(files && { model: { name, files } }),
    onProgress: (progress) => {
      if (progress.type === "warning") {
        engineWarnings.value = [...engineWarnings.value, progress.message];
      } else if (progress.type === "file") {
        read.set(progress.file, progress.loaded);
        show("Loading the model", total());
      } else if (progress.stage === "device") {
        show("Preparing the device", totalBytes.peek());
      }
    },
  });
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
