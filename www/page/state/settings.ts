import { computed, signal } from "@preact/signals";
import type { Method, TrainOptions } from "subtune";
import type { Device } from "./engine";

/** What can be set on the page. `null` leaves it to the engine. */
export interface Settings {
  method: Method;
  numTrainEpochs: number;
  learningRate: number | null;
  updateFraction: number;
  perDeviceTrainBatchSize: number;
  layers: number | null;
  maxLength: number;
  maxTrainSamples: number | null;
  maxSteps: number | null;
  classWeights: "none" | "balanced";
  seed: number;
}

export const DEFAULTS: Settings = {
  method: "dps-dense",
  numTrainEpochs: 3,
  learningRate: null,
  updateFraction: 0.7,
  perDeviceTrainBatchSize: 16,
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

/** As the package takes them. */
export function trainOptions(given: Settings): Omit<TrainOptions, "data"> {
  const { learningRate, layers, maxTrainSamples, maxSteps, updateFraction, ...rest } = given;
  return {
    ...rest,
    ...(usesFraction(given.method) ? { updateFraction } : {}),
    ...(learningRate === null ? {} : { learningRate }),
    ...(layers === null ? {} : { layers }),
    ...(maxTrainSamples === null ? {} : { maxTrainSamples }),
    ...(maxSteps === null ? {} : { maxSteps }),
  };
}

export function usesFraction(method: Method): boolean {
  return method === "dps-dense" || method === "dps-mix" || method.startsWith("child-tuning") || method === "mixout";
}

export type { Device };
