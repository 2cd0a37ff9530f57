import { computed, effect, signal } from "@preact/signals";
import type { ProbeEvent, Run, Tuner } from "subtune";
import { chosen, content, told, usable, type Chosen } from "./data";
import { tuner as loaded } from "./engine";
import { settings, trainOptions } from "./settings";

/** A model that is ready in seconds: only its last layer is fitted, in closed form. */
export interface FirstModel {
  probe: ProbeEvent;
  data: Chosen;
  labels: string[];
  pairs: boolean;
  tuner: Tuner;
}

export type FirstState = { phase: "none" } | { phase: "fitting" } | { phase: "ready"; model: FirstModel };

export const first = signal<FirstState>({ phase: "none" });
/** A training runs or is about to: nothing else may use the engine. */
export const holdMeasuring = signal(false);

/** The most examples that are read within seconds. */
const MOST = { slow: 300, fast: 1000 };

/** The settings that change the model. */
const relevant = computed(() => {
  const { pooling, layers, maxLength, long, maxTrainSamples, seed } = settings.value;
  return JSON.stringify([pooling, layers, maxLength, long, maxTrainSamples, seed]);
});

/** The tuned model if it is a first model. A trained model must not be overwritten. */
let ours: unknown = null;
let known: unknown[] = [];
let current: { abort: AbortController; run: Run } | undefined;

/** Stops the fitting, and resolves when the engine is free. */
export async function stopFitting(): Promise<void> {
  current?.abort.abort();
  await current?.run.result.catch(() => undefined);
}

effect(() => {
  const engine = loaded.value;
  const data = chosen.value;
  const key = [engine, data, told.value, relevant.value];
  if (first.peek().phase === "ready" && (engine !== known[0] || data !== known[1])) first.value = { phase: "none" };
  if (!engine || !data || !usable.value || holdMeasuring.value || settings.value.recipe === "plain") return;
  if (known.every((part, at) => part === key[at]) && known.length > 0) return;
  if (engine.tuned !== null && engine.tuned !== ours) return;
  first.value = { phase: "fitting" };
  const abort = new AbortController();
  // wait for a pause in typing
  const soon = setTimeout(() => {
    const run = begin(engine, data, abort.signal);
    current = { abort, run };
    void follow(engine, data, run, key, abort.signal).finally(() => {
      if (current?.run === run) current = undefined;
    });
  }, 100);
  return () => {
    clearTimeout(soon);
    abort.abort();
    if (first.peek().phase === "fitting") first.value = { phase: "none" };
  };
});

function begin(engine: Tuner, data: Chosen, signal: AbortSignal): Run {
  const { pooling, layers, maxLength, long, maxTrainSamples, seed } = trainOptions(settings.peek());
  const slow = engine.device.kind === "cpu" || engine.device.software;
  const most = Math.min(maxTrainSamples ?? Infinity, slow ? MOST.slow : MOST.fast);
  const examples = content.peek()?.examples ?? 0;
  return engine.train({
    ...told.peek(),
    ...(pooling && { pooling }),
    ...(layers && { layers }),
    ...(maxLength && { maxLength }),
    long,
    ...(most < examples && { maxTrainSamples: most }),
    seed,
    // it has to be there within seconds
    selfTraining: "off",
    method: "probe",
    data: data.train,
    // a cross-validation gives its score
    validationSplit: 0,
    testSplit: 0,
    crossValidationFolds: 0,
    signal,
  });
}

async function follow(engine: Tuner, data: Chosen, run: Run, key: unknown[], signal: AbortSignal): Promise<void> {
  try {
    const { probe } = await run.result;
    if (signal.aborted) return;
    [ours, known] = [engine.tuned, key];
    const labels = engine.tuned?.labels ?? [];
    const pairs = content.peek()?.pairColumn != null;
    first.value = probe ? { phase: "ready", model: { probe, data, labels, pairs, tuner: engine } } : { phase: "none" };
  } catch {
    if (signal.aborted) return;
    // the training makes the same first step and will show the error
    known = key;
    first.value = { phase: "none" };
  }
}
