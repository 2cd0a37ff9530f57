import { computed, signal } from "@preact/signals";
import type { Tuner } from "subtune";
import { finished, inTuner } from "./runs";
import type { Training } from "./training";

const picked = signal<Training | null>(null);

/** The training whose model is shown: the picked one, or the latest. */
export const shown = computed<Training | null>(() => {
  const all = finished.value;
  return (picked.value && all.includes(picked.value) ? picked.value : all.at(-1)) ?? null;
});

export function show(one: Training): void {
  picked.value = one;
}

let second: { of: Training; tuner: Promise<Tuner> } | undefined;

/** A tuner with the model of a training. An earlier model is loaded again, on the CPU, because it only predicts. */
export async function tunerOf(one: Training): Promise<Tuner> {
  if (inTuner() === one) return one.tuner;
  if (second?.of === one) return second.tuner;
  const { files } = one;
  if (!files) throw new Error("the model of this run was lost with its engine; train again");
  const old = second;
  const loading = import("subtune").then(({ Subtune }) => Subtune.load({ model: files, device: "cpu" }));
  second = { of: one, tuner: loading };
  loading.catch(() => (second = undefined));
  if (old) void old.tuner.then((tuner) => tuner.dispose()).catch(() => undefined);
  return loading;
}

/** The Hugging Face folder of a training. */
export async function filesOf(one: Training): Promise<Record<string, Blob | Uint8Array>> {
  if (inTuner() === one) return one.tuner.export();
  if (one.files) return one.files;
  return (await tunerOf(one)).export();
}
