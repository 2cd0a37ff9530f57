import { computed, signal } from "@preact/signals";
import type { Method, TrainOptions } from "subtune";
import { DEFAULTS, METHODS, type MethodChoice, type Settings } from "../generated/form";

/** The settings before anybody changes them; a sample may have its own. */
export const initial = signal<Settings>(DEFAULTS);
export const settings = signal<Settings>(DEFAULTS);

export function set(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change };
}

export const changed = computed(() =>
  (Object.keys(DEFAULTS) as (keyof Settings)[]).filter((name) => settings.value[name] !== initial.value[name]),
);

/** The settings as options of the package, without those left to the engine. */
export function trainOptions(given: Settings): Omit<TrainOptions, "data"> {
  const used = about(given.method).fraction !== null ? given : { ...given, updateFraction: null };
  return Object.fromEntries(Object.entries(used).filter(([, value]) => value !== null));
}

/** A method's description. */
export function about(method: Method): MethodChoice {
  return METHODS.find(({ value }) => value === method)!;
}
