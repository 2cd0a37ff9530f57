import { computed, signal } from "@preact/signals";
import type { Method, TrainOptions } from "subtune";
import { DEFAULTS, METHODS, type MethodChoice, type Settings } from "../generated/form";

/** The settings that the data comes with: a sample has its own. */
export const initial = signal<Settings>(DEFAULTS);
export const settings = signal<Settings>(DEFAULTS);

export function set(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change };
}

export const changed = computed(() =>
  (Object.keys(DEFAULTS) as (keyof Settings)[]).filter((name) => settings.value[name] !== initial.value[name]),
);

/** As the package takes them: what is left to the engine is left out. */
export function trainOptions(given: Settings): Omit<TrainOptions, "data"> {
  const used = about(given.method).usesFraction ? given : { ...given, updateFraction: null };
  return Object.fromEntries(Object.entries(used).filter(([, value]) => value !== null));
}

/** What a method does, and the page's words for it. */
export function about(method: Method): MethodChoice {
  return METHODS.find(({ value }) => value === method)!;
}
