import { aborted, throwIfAborted } from "../abort.js";
import { camel } from "../case.js";
import { DeviceLost, EngineCrashed, InvalidArgument, type SubtuneError } from "../errors.js";
import type { TrainEvent } from "../events.js";
import { readModel } from "../model/read.js";
import { type Course, withNewRun, withStoredRun } from "../storage/course.js";
import type { Exclusive } from "../storage/saver.js";
import { named, watchForCrash } from "./failures.js";
import type { CallName, Calls, Context, Engine, Order, RunContext, Trained, TunerState } from "./engine.js";
import { type Host, type Opening, withHost } from "./host-gpu.js";
import { Lock } from "./turn.js";
import { Driver } from "./driver.js";
import type { WasmModule, WasmTraining, WasmTuner } from "./wasm.js";

type Handlers = {
  [K in CallName]: (request: Calls[K]["request"], context: Context<K>) => Promise<Calls[K]["answer"]>;
};

/** Texts in one engine call; an abort takes effect between calls. */
const TEXTS_AT_A_TIME = 256;

/** The current run. */
interface Current {
  steering: Driver;
  /** Set once it has begun. */
  training?: WasmTraining;
  ended: Promise<unknown>;
}

/** The engine on this thread. */
export class InlineEngine implements Engine {
  readonly #open: () => Promise<WasmModule>;
  readonly #host: Host;
  readonly #read: typeof readModel;
  /** The engine's objects do not allow two calls at a time. */
  readonly #lock = new Lock();
  #tuner: WasmTuner | undefined;
  /** The model's name. */
  #model = "";
  #run: Current | undefined;
  #dead: SubtuneError | undefined;

  /** @param read - reads the files of a model; none if the engine has them */
  constructor(open: () => Promise<WasmModule>, host: Host = {}, read: typeof readModel = readModel) {
    this.#open = open;
    this.#host = host;
    this.#read = read;
  }

  async call<K extends CallName>(name: K, request: Calls[K]["request"], context: Context<K> = {}): Promise<Calls[K]["answer"]> {
    try {
      return await this.#handlers[name](request, context);
    } catch (error) {
      throw named(error);
    }
  }

  steer(order: Order): void {
    this.#run?.steering.steer(order);
  }

  async close(): Promise<void> {
    await this.#run?.ended;
    await this.#lock.run(async () => {
      // a dead engine frees nothing
      if (!this.#dead) await Promise.resolve(this.#tuner?.free()).catch(() => undefined);
      this.#tuner = undefined;
      this.#dead ??= new InvalidArgument("the tuner has been disposed; load another one");
    });
  }

  readonly #handlers: Handlers = {
    load: async ({ device, model }, { signal, notify = () => {} }) => {
      notify({ type: "stage", stage: "engine" });
      const module = await this.#open();
      throwIfAborted(signal);
      notify({ type: "stage", stage: "model" });
      const files = await this.#read(model, signal, notify);
      notify({ type: "stage", stage: "device" });
      const load = () => module.Tuner.load(model.name, files, device);
      this.#model = model.name;
      this.#tuner = await this.#exclusive((opening) => opening(load), signal);
      if (signal?.aborted) {
        await this.close();
        throw aborted(signal);
      }
      return this.#describe();
    },
    inspect: ({ file, settings }, { signal }) => this.#ask((tuner) => tuner.inspect(file, settings), signal),
    rows: ({ file, settings }, { signal }) => this.#ask((tuner) => tuner.rows(file, settings), signal),
    suggest: ({ file, settings, count }, { signal }) => this.#compute((tuner) => tuner.suggest(file, settings, count), signal),
    train: (request, context) => this.#during((run) => withNewRun(request, this.#model, (course) => this.#follow(run, course, context))),
    resume: (request, context) => this.#during((run) => withStoredRun(request, (course) => this.#follow(run, course, context))),
    report: () =>
      this.#exclusive(() => {
        const training = this.#run?.training;
        if (!training) throw new InvalidArgument("there is no report before the first step");
        return training.report();
      }),
    use: async ({ delta }, { signal }) => {
      const bytes = delta instanceof Blob ? new Uint8Array(await delta.arrayBuffer()) : (delta ?? undefined);
      return this.#exclusive(async (opening) => {
        await (await this.#ready(opening)).useDelta(bytes);
        return this.#describe();
      }, signal);
    },
    predict: async ({ texts }, { signal }) => {
      const all: Calls["predict"]["answer"] = [];
      for (let from = 0; from < texts.length; from += TEXTS_AT_A_TIME) {
        const part = texts.slice(from, from + TEXTS_AT_A_TIME);
        all.push(...(await this.#compute<typeof all>((tuner) => tuner.predict(part), signal)));
      }
      return all;
    },
    evaluate: ({ file, settings }, { signal }) => this.#compute((tuner) => tuner.evaluate(file, settings), signal),
    tokenize: ({ texts, maxLength }, { signal }) => this.#ask((tuner) => tuner.tokenize(texts, maxLength), signal),
    export: ({ format, dtype }, { signal }) => this.#exclusive(() => this.#loaded().export(format, dtype), signal),
    doctor: async (_, { signal }) => {
      const module = await this.#open();
      return camel(await this.#exclusive((opening) => opening(() => module.doctor()), signal)) as Calls["doctor"]["answer"];
    },
    reproduce: async ({ files, device }, { signal }) => {
      const module = await this.#open();
      const contents: Record<string, Uint8Array> = {};
      for (const [name, content] of Object.entries(files)) {
        contents[name] = content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;
      }
      const reproduce = () => module.reproduce(contents, device);
      return camel(await this.#exclusive((opening) => opening(reproduce), signal)) as Calls["reproduce"]["answer"];
    },
  };

  async #during(work: (run: Current) => Promise<Trained>): Promise<Trained> {
    const run: Current = { steering: new Driver(), ended: Promise.resolve() };
    const answer = work(run);
    run.ended = answer.catch(() => undefined);
    this.#run = run;
    try {
      return await answer;
    } finally {
      this.#run = undefined;
    }
  }

  async #follow(run: Current, course: Course, { signal, notify = () => {} }: RunContext): Promise<Trained> {
    const exclusive: Exclusive = (work) => this.#exclusive(work);
    const emit = (event: unknown) => notify(camel(event) as TrainEvent);
    const training = await this.#exclusive(async (opening) => course.begin(await this.#ready(opening)), signal);
    run.training = training;
    try {
      for (const event of await exclusive(() => training.events())) emit(event);
      const underWay = { training, exclusive, emit };
      await run.steering.drive(underWay, course.saver?.(underWay), signal);
    } catch (error) {
      await exclusive(async () => {
        if (!signal?.aborted) notify({ type: "report", html: await training.report(named(error).message) });
        await training.free();
      }).catch(() => undefined);
      throw error;
    }
    const trained = await exclusive(async () => {
      notify({ type: "report", html: await training.report() });
      delete run.training;
      const heldOut = camel(await this.#loaded().finish(training)) as Trained["heldOut"];
      return { state: await this.#describe(), heldOut };
    });
    await course.complete?.();
    return trained;
  }

  #ask<T>(work: (tuner: WasmTuner) => unknown, signal: AbortSignal | undefined): Promise<T> {
    return this.#exclusive(async () => camel(await work(this.#loaded())) as T, signal);
  }

  #loaded(): WasmTuner {
    if (!this.#tuner) throw new InvalidArgument("the tuner has been disposed; load another one");
    return this.#tuner;
  }

  async #describe(): Promise<TunerState> {
    return camel(await this.#loaded().describe()) as TunerState;
  }

  /** Like `ask`, for calls that need the device: if it is lost, tries once more on a new one. */
  #compute<T>(work: (tuner: WasmTuner) => unknown, signal: AbortSignal | undefined): Promise<T> {
    return this.#exclusive(async (opening) => {
      try {
        return camel(await work(this.#loaded())) as T;
      } catch (error) {
        if (!(named(error) instanceof DeviceLost)) throw error;
        return camel(await work(await this.#ready(opening))) as T;
      }
    }, signal);
  }

  /** The tuner; replaces its device if that was lost since its last use. */
  async #ready(opening: Opening): Promise<WasmTuner> {
    const tuner = this.#loaded();
    await opening(() => tuner.ready());
    return tuner;
  }

  /**
   * Does `work` while nothing else uses the engine. Work that opens a device must do so through the function it receives. Rejects if
   * the engine crashes in between.
   */
  #exclusive<T>(work: (opening: Opening) => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#lock.run(async () => {
      if (this.#dead) throw this.#dead;
      throwIfAborted(signal);
      let stop = () => {};
      const crash = new Promise<never>((_, reject) => (stop = watchForCrash(reject)));
      const opening: Opening = (open) => withHost(this.#host, () => Promise.race([open(), crash]));
      try {
        return await Promise.race([work(opening), crash]);
      } catch (error) {
        const found = named(error);
        if (found instanceof EngineCrashed) this.#dead = found;
        throw found;
      } finally {
        stop();
      }
    });
  }
}
