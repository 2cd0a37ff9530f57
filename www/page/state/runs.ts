import { computed, signal } from "@preact/signals";
import type { EvaluationEvent, Run, RunResult, StartEvent, StepEvent, SubnetworkEvent, TrainEvent, Tuner } from "subtune";
import { chosen, columns, type Chosen } from "./data";
import { holdMeasuring, stopMeasuring } from "./estimate";
import { heldOutShares } from "./shares";
import { giveUp, tuner as loaded, workingEngine } from "./engine";
import { explain } from "../trouble/explain";
import { settings, trainOptions, type Settings } from "./settings";

export type Phase = "preparing" | "training" | "paused" | "finishing" | "done" | "failed" | "discarded";

/** A training, its curves and what it left. */
export class Training {
  readonly id: number;
  readonly settings: Settings;
  readonly data: Chosen;
  readonly phase = signal<Phase>("preparing");
  /** Counts up, a few times a second at most, when there is something new in the lists below. */
  readonly news = signal(0);
  start: StartEvent | null = null;
  survey: { batch: number; batches: number } | null = null;
  readonly steps: StepEvent[] = [];
  readonly evaluations: EvaluationEvent[] = [];
  readonly cycles: SubnetworkEvent[] = [];
  readonly warnings: string[] = [];
  readonly result = signal<RunResult | null>(null);
  readonly error = signal<Error | null>(null);
  /** `report.html`, once the run has ended or failed. */
  report: string | null = null;
  /** The model, once another training takes its place in the tuner. */
  files: Record<string, Blob> | null = null;
  downloaded = false;
  /** Where it ran. */
  readonly tuner: Tuner;
  readonly #run: Run;
  readonly #discard = new AbortController();
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(id: number, tuner: Tuner, data: Chosen, given: Settings) {
    this.id = id;
    this.tuner = tuner;
    this.data = data;
    this.settings = given;
    this.#run = tuner.train({
      ...trainOptions(given),
      ...columns.peek(),
      ...heldOutShares(data, given),
      // each reading of the loss makes a GPU wait
      loggingSteps: tuner.device.kind === "cpu" ? 1 : 5,
      data: data.train,
      validationData: data.validation,
      testData: data.test,
      signal: this.#discard.signal,
    });
    void this.#listen();
  }

  get name(): string {
    return `Run ${this.id}`;
  }

  get last(): StepEvent | undefined {
    return this.steps.at(-1);
  }

  pause(): void {
    this.#run.pause();
    this.phase.value = "paused";
  }

  resume(): void {
    this.#run.resume();
    this.phase.value = "training";
  }

  /** Ends it and keeps what was learned. */
  stop(): void {
    this.#run.stop();
    this.phase.value = "finishing";
  }

  /** Ends it and keeps nothing. */
  discard(): void {
    this.phase.value = "discarded";
    this.#discard.abort();
  }

  async #listen(): Promise<void> {
    try {
      for await (const event of this.#run) this.#heard(event);
      this.result.value = await this.#run.result;
      this.phase.value = "done";
    } catch (error) {
      if (this.phase.peek() === "discarded") return;
      this.error.value = error as Error;
      this.phase.value = "failed";
      if (explain(error as Error).dead) {
        giveUp(this.tuner);
        // for the models of earlier runs, which were put aside
        void workingEngine().catch(() => undefined);
      }
    } finally {
      holdMeasuring.value = false;
      this.report = await this.#run.report().catch(() => null);
      this.#tell();
    }
  }

  #heard(event: TrainEvent): void {
    switch (event.type) {
      case "start":
        this.start = event;
        if (this.phase.peek() === "preparing") this.phase.value = "training";
        break;
      case "survey":
        this.survey = event;
        break;
      case "step":
        this.steps.push(event);
        if (event.step === this.start?.maxSteps && this.phase.peek() === "training") this.phase.value = "finishing";
        break;
      case "evaluation":
        this.evaluations.push(event);
        break;
      case "subnetwork":
        this.cycles.push(event);
        break;
      case "warning":
        this.warnings.push(event.message);
        break;
      case "recovery":
        // it may have failed in the last evaluation
        if (this.phase.peek() === "finishing" && this.last?.step === this.start?.maxSteps) this.phase.value = "training";
        this.survey = null;
        for (const events of [this.steps, this.evaluations, this.cycles]) cutBack(events, event.from);
        this.warnings.push(event.message);
        break;
      case "end":
        break;
    }
    this.#waiting ??= setTimeout(() => this.#tell(), 120);
  }

  #tell(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.news.value++;
  }
}

function cutBack(events: { step: number }[], from: number): void {
  while (events.length > 0 && events.at(-1)!.step > from) events.pop();
}

export const trainings = signal<Training[]>([]);
export const latest = computed(() => trainings.value.at(-1) ?? null);
export const training = computed(() => {
  const one = latest.value;
  return one && ["preparing", "training", "paused", "finishing"].includes(one.phase.value) ? one : null;
});
export const finished = computed(() => trainings.value.filter((one) => one.phase.value === "done"));
/** Before a training begins: its predecessor's model is put aside. */
export const starting = signal(false);
export const startError = signal<Error | null>(null);

let count = 0;

export async function train(): Promise<void> {
  const data = chosen.peek();
  if (!data || starting.peek() || training.peek()) return;
  starting.value = true;
  startError.value = null;
  try {
    holdMeasuring.value = true;
    await stopMeasuring();
    const tuner = await workingEngine();
    await putAside();
    const one = new Training(++count, tuner, data, settings.peek());
    // what failed or was thrown away needs no place on the chart
    trainings.value = [...trainings.peek().filter((other) => other.phase.peek() === "done"), one];
  } catch (error) {
    startError.value = error as Error;
    holdMeasuring.value = false;
  } finally {
    starting.value = false;
  }
}

/** The tuner keeps one model only: that of the last training that ended well. */
export async function putAside(): Promise<void> {
  const current = inTuner();
  if (!current || current.files) return;
  const files = await current.tuner.export();
  // a browser may keep a blob on the disk
  current.files = Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name, new Blob([bytes as Uint8Array<ArrayBuffer>])]),
  );
}

/** The training whose model the loaded engine has. */
export function inTuner(): Training | undefined {
  return finished.peek().findLast((one) => one.tuner === loaded.peek());
}
