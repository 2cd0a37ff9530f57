import { computed, signal } from "@preact/signals";
import type { Method, TrainOptions } from "subtune";
import type { Device } from "./engine";

/** What can be set on the page. `null` leaves it to the engine. */
export interface Settings {
  recipe: "auto" | "plain";
  method: Method;
  pooling: "mean" | "cls" | null;
  numTrainEpochs: number | null;
  learningRate: number | null;
  updateFraction: number;
  perDeviceTrainBatchSize: number | null;
  layers: number | null;
  maxLength: number;
  maxTrainSamples: number | null;
  maxSteps: number | null;
  classWeights: "none" | "balanced";
  seed: number;
}

export const DEFAULTS: Settings = {
  recipe: "auto",
  method: "dps-dense",
  pooling: null,
  numTrainEpochs: null,
  learningRate: null,
  updateFraction: 0.7,
  perDeviceTrainBatchSize: null,
  layers: null,
  maxLength: 128,
  maxTrainSamples: null,
  maxSteps: null,
  classWeights: "none",
  seed: 42,
};

export const settings = signal<Settings>(DEFAULTS);

export function set(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change };
}

export const changed = computed(() =>
  (Object.keys(DEFAULTS) as (keyof Settings)[]).filter((name) => settings.value[name] !== DEFAULTS[name]),
);

/** As the package takes them: what is left to the engine is left out. */
export function trainOptions(given: Settings): Omit<TrainOptions, "data"> {
  const used = usesFraction(given.method) ? given : { ...given, updateFraction: null };
  return Object.fromEntries(Object.entries(used).filter(([, value]) => value !== null));
}

export function usesFraction(method: Method): boolean {
  return method === "dps-dense" || method === "dps-mix" || method.startsWith("child-tuning") || method === "mixout";
}

export type { Device };
