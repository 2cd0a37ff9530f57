import { computed, effect, signal } from "@preact/signals";
import type { Run, StartEvent, Tuner } from "subtune";
import { chosen, told, usable } from "./data";
import { first, holdMeasuring } from "./first";
import { explain } from "../trouble/explain";
import { giveUp, tuner } from "./engine";
import { heldOutShares } from "./shares";
import type { Settings } from "../generated/form";
import { settings, trainOptions } from "./settings";

/** Measurements from a few steps. */
export interface Measured {
  secondsPerStep: number;
  /** Of the closed form before the first step. */
  secondsOfStart: number;
  trainExamples: number;
  evalExamples: number;
  testExamples: number;
  memoryBytes: number;
  layers: number;
  /** The engine's values of settings left to it. */
  batch: number;
  epochs: number;
  folds: number;
}

export type EstimateState =
  | { phase: "none" }
  | { phase: "measuring"; step: number }
  | { phase: "measured"; measured: Measured }
  | { phase: "failed"; error: Error };

export const measure = signal<EstimateState>({ phase: "none" });
/** A measurement takes at least `least` steps, then stops after `seconds` or `most` steps. */
const STEPS = { least: 5, most: 8, seconds: 3 };
/** The cost of evaluating examples relative to training on them. */
const FORWARD_SHARE = 0.35;

/** The share of the examples that a single further model trains on. */
const ONE_FOLD = 0.8;
/** A cross-validation predicts the examples that a model does not train on at its start, halfway, and at its end. */
const PREDICTIONS_OF_A_FOLD = 3;

/** The settings that change the time of a step. The rest is arithmetic. */
const relevant = computed(() => {
  const { recipe, method, pooling, layers, maxLength, long, perDeviceTrainBatchSize, maxTrainSamples } = settings.value;
  return JSON.stringify([recipe, method, pooling, layers, maxLength, long, perDeviceTrainBatchSize, maxTrainSamples]);
});

export interface Estimate {
  seconds: number;
  steps: number;
  examples: number;
  bytes: number;
}

export const estimate = computed<Estimate | null>(() => {
  const state = measure.value;
  return state.phase === "measured" ? estimateOf(state.measured, settings.value) : null;
});

/** Estimates the time with other settings, without a new measurement. */
export function estimateWith(change: Partial<Settings>): Estimate | null {
  const state = measure.value;
  if (state.phase !== "measured") return null;
  const { measured } = state;
  const wanted = { ...settings.value, ...change };
  const layers = change.layers ?? measured.layers;
  const trainExamples = Math.min(change.maxTrainSamples ?? measured.trainExamples, measured.trainExamples);
  // embeddings, head and their optimiser cost about as much as one layer
  const factor = (layers + 1) / (measured.layers + 1);
  const secondsPerStep = measured.secondsPerStep * factor;
  // fitted to a few hundred examples, however many train
  const secondsOfStart = measured.secondsOfStart * factor;
  return estimateOf({ ...measured, secondsPerStep, secondsOfStart, trainExamples, layers }, wanted);
}

function estimateOf(measured: Measured, wanted: Settings): Estimate {
  const { secondsPerStep, secondsOfStart, trainExamples, evalExamples, testExamples, memoryBytes, batch, folds } = measured;
  const stepsOfEpoch = Math.ceil(trainExamples / batch);
  const steps = wanted.maxSteps ?? Math.max(1, Math.ceil(stepsOfEpoch * (wanted.numTrainEpochs ?? measured.epochs)));
  const evaluations = Math.max(1, Math.round(steps / stepsOfEpoch));
  // the models of a cross-validation, as shares of the final one
  const furtherModels = folds === 1 ? ONE_FOLD : Math.max(0, folds - 1);
  const unseen = folds === 0 ? 0 : folds === 1 ? (1 - ONE_FOLD) * trainExamples : trainExamples;
  const scored = evaluations * evalExamples + testExamples + PREDICTIONS_OF_A_FOLD * unseen;
  const ofModels = (1 + furtherModels) * (secondsOfStart + secondsPerStep * steps);
  const seconds = ofModels + (secondsPerStep * FORWARD_SHARE * scored) / batch;
  return { seconds, steps, examples: trainExamples, bytes: memoryBytes };
}

/** Seconds between two checkpoints. */
const SAVE_EVERY = 120;

/** Steps between two checkpoints, if the time of a step was measured. */
export function saveSteps(): number | null {
  const state = measure.peek();
  return state.phase === "measured" ? Math.max(1, Math.round(SAVE_EVERY / state.measured.secondsPerStep)) : null;
}

/** The last measurement, so that it is not repeated, for example after a training. */
let known: { key: unknown[]; measured: Measured } | undefined;
let current: { abort: AbortController; run: Run } | undefined;
/** Stops the measurement, and resolves when the engine is free. */
export async function stopMeasuring(): Promise<void> {
  const running = current;
  if (!running) return;
  running.abort.abort();
  measure.value = { phase: "none" };
  await running.run.result.catch(() => undefined);
}

// measures again whenever a relevant setting changes
effect(() => {
  const engine = tuner.value;
  const data = chosen.value;
  const key = [engine, data, told.value, relevant.value];
  if (!engine || !data || !usable.value || holdMeasuring.value || first.value.phase === "fitting") return;
  // a probe has no steps
  if (settings.value.method === "probe") {
    measure.value = { phase: "none" };
    return;
  }
  if (known?.key.every((part, at) => part === key[at])) {
    measure.value = { phase: "measured", measured: known.measured };
    return;
  }
  measure.value = { phase: "measuring", step: 0 };
  const abort = new AbortController();
  // wait for a pause in typing
  const soon = setTimeout(() => {
    const given = settings.peek();
    let run: Run;
    try {
      run = engine.train({
        ...trainOptions(given),
        ...told.peek(),
        ...heldOutShares(data, given),
        loggingSteps: 1,
        data: data.train,
        validationData: data.validation,
        testData: data.test,
        signal: abort.signal,
      });
    } catch (error) {
      measure.value = { phase: "failed", error: error as Error };
      return;
    }
    current = { abort, run };
    void follow(engine, run, abort, given, key).finally(() => {
      if (current?.run === run) current = undefined;
    });
  }, 400);
  return () => {
    clearTimeout(soon);
    abort.abort();
    if (measure.peek().phase === "measuring") measure.value = { phase: "none" };
  };
});

/**
 * Seconds of a step, by when each step ended. A GPU compiles its kernels in the first, and a browser its faster code in those after it, so
 * a quarter of them does not count.
 */
function usual(ends: number[]): number {
  const counted = ends.slice(Math.floor(ends.length / 4));
  return (counted.at(-1)! - counted[0]!) / (counted.length - 1);
}

async function follow(engine: Tuner, run: Run, abort: AbortController, given: Settings, key: unknown[]): Promise<void> {
  const modelLayers = engine.model.layers;
  let start: StartEvent | undefined;
  let secondsOfStart = 0;
  /** When each step ended, in seconds. */
  const ends: number[] = [];
  try {
    for await (const event of run) {
      if (abort.signal.aborted) return;
      if (event.type === "start") start = event;
      if (event.type === "probe") secondsOfStart = event.seconds;
      if (event.type !== "step" || !start) continue;
      ends.push(performance.now() / 1000);
      measure.value = { phase: "measuring", step: event.step };
      const steps = ends.length - 1;
      const tookLong = ends[steps]! - ends[0]! >= STEPS.seconds;
      const enough = steps >= STEPS.most || (steps >= STEPS.least - 1 && tookLong) || event.step === start.maxSteps;
      if (!enough) continue;
      const measured = {
        secondsPerStep: steps > 0 ? usual(ends) : 1 / Math.max(event.stepsPerSecond, 1e-3),
        secondsOfStart,
        trainExamples: start.trainExamples,
        evalExamples: start.validationExamples,
        testExamples: start.testExamples,
        memoryBytes: start.memoryBytes,
        batch: start.arguments.perDeviceTrainBatchSize ?? 16,
        epochs: start.arguments.numTrainEpochs ?? 3,
        folds: start.arguments.crossValidationFolds ?? 0,
        layers: Math.min(given.layers ?? modelLayers, modelLayers),
      };
      known = { key, measured };
      measure.value = { phase: "measured", measured };
      abort.abort();
      return;
    }
  } catch (error) {
    if (abort.signal.aborted) return;
    if (explain(error as Error).dead) giveUp(engine);
    measure.value = { phase: "failed", error: error as Error };
  }
}
