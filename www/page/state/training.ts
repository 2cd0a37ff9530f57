import { signal } from "@preact/signals";
import type {
  EvaluationEvent,
  FoldEvent,
  ProbeEvent,
  Run,
  RunResult,
  StartEvent,
  StepEvent,
  StoredRun,
  SubnetworkEvent,
  TrainEvent,
  Tuner,
} from "subtune";
import type { Chosen } from "./data";
import { holdMeasuring } from "./first";
import { giveUp, workingEngine } from "./engine";
import { explain } from "../trouble/explain";
import { forgetRun, keptRun } from "./kept";
import type { Settings } from "../generated/form";

export type Phase = "preparing" | "training" | "paused" | "finishing" | "done" | "failed" | "discarded";

let count = 0;

/** A training, its curves and its results. */
export class Training {
  readonly id: number;
  readonly settings: Settings;
  readonly data: Chosen;
  readonly phase = signal<Phase>("preparing");
  /** Counts up when the lists below change, a few times a second at most. */
  readonly news = signal(0);
  start: StartEvent | null = null;
  /** The first model, from which it starts. */
  probe: ProbeEvent | null = null;
  /** Progress of the cross-validation. */
  fold: FoldEvent | null = null;
  contrast: { step: number; steps: number } | null = null;
  survey: { batch: number; batches: number } | null = null;
  readonly steps: StepEvent[] = [];
  readonly evaluations: EvaluationEvent[] = [];
  readonly cycles: SubnetworkEvent[] = [];
  readonly warnings: string[] = [];
  /** The step of the last checkpoint; `null` before the first. */
  storedStep: number | null = null;
  readonly result = signal<RunResult | null>(null);
  readonly error = signal<Error | null>(null);
  /** `report.html`, once the run has ended or failed. */
  report: string | null = null;
  /** The model, once another training has replaced it in the tuner. */
  files: Record<string, Blob> | null = null;
  downloaded = false;
  /** Whether a person stopped it. */
  readonly stopped = signal(false);
  /** The tuner that ran it. */
  readonly tuner: Tuner;
  /** The name under which it is stored in this browser, or `null`. */
  readonly keptAs: string | null;
  /** Its stored run, after a failure. */
  readonly kept = signal<StoredRun | null>(null);
  readonly #run: Run;
  readonly #discard = new AbortController();
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(tuner: Tuner, data: Chosen, given: Settings, keptAs: string | null, begin: (signal: AbortSignal) => Run) {
    this.id = ++count;
    this.tuner = tuner;
    this.data = data;
    this.settings = given;
    this.keptAs = keptAs;
    this.#run = begin(this.#discard.signal);
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

  /** Ends it and keeps the model. */
  stop(): void {
    this.#run.stop();
    this.stopped.value = true;
    this.phase.value = "finishing";
  }

  /** Ends it and discards the model. */
  discard(): void {
    this.phase.value = "discarded";
    this.#discard.abort();
    // after the run has released it
    void this.#run.result.catch(() => undefined).then(() => this.forget());
  }

  /** Removes it from this browser's storage. */
  async forget(): Promise<void> {
    this.kept.value = null;
    if (this.keptAs !== null) await forgetRun(this.keptAs).catch(() => undefined);
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
      const { dead, final } = explain(error as Error);
      if (final) void this.forget();
      else if (this.keptAs !== null) this.kept.value = await keptRun(this.keptAs);
      if (dead) {
        giveUp(this.tuner);
        // the models of earlier runs still need an engine
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
      case "probe":
        this.probe = event;
        break;
      case "fold":
        this.fold = event;
        if (this.phase.peek() === "training") this.phase.value = "finishing";
        break;
      case "contrast":
        this.contrast = event;
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
        this.contrast = null;
        this.survey = null;
        this.fold = null;
        for (const events of [this.steps, this.evaluations, this.cycles]) cutBack(events, event.from);
        this.warnings.push(event.message);
        break;
      case "checkpoint":
        this.storedStep = event.step;
        break;
      case "calibration":
      case "suspects":
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
