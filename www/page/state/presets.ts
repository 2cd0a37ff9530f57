import { effect } from "@preact/signals";
import { chosen, content, type Chosen } from "./data";
import { tuner } from "./engine";
import { DEFAULTS } from "../generated/form";
import { initial, set, settings } from "./settings";

let preset: Chosen | null = null;

/** Samples are for a first try, which should not take an hour on a CPU. */
export const presetSamples = () =>
  effect(() => {
    const data = chosen.value;
    const examples = content.value?.examples ?? 0;
    const device = tuner.value?.device;
    if (!data || !device || examples === 0 || preset === data) return;
    preset = data;
    const few = data.sample?.few;
    if (data.kept) {
      const { maxTrainSamples } = settings.peek();
      initial.value = { ...DEFAULTS, ...(maxTrainSamples === few && { maxTrainSamples }) };
      return;
    }
    const slow = device.kind === "cpu" || device.software;
    const wanted = slow && few !== undefined && examples > 1.5 * few ? few : null;
    initial.value = { ...DEFAULTS, maxTrainSamples: wanted };
    if (settings.peek().maxTrainSamples !== wanted) set({ maxTrainSamples: wanted });
  });
