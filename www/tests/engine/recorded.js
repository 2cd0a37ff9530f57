/**
 * @import { CheckpointKeeper, DataFile, Settings, WasmModule, WasmTraining, WasmTuner } from "../../src/engine/wasm.ts"
 * @import { Event, Failure, Recording, RecordedRun } from "./recording.ts"
 */

/**
 * What a test can do to the engine. Each is called before the engine does something, delays it by the promise that it gives, and makes
 * it fail by rejecting.
 *
 * @typedef {object} Knobs
 * @property {(device: string) => Promise<void>} [load]
 * @property {() => Promise<void>} [inspect]
 * @property {(file: DataFile) => Promise<unknown>} [suggest]
 * @property {(texts: { text: string }[]) => Promise<unknown>} [predict]
 * @property {(at: { step: number, next: string[], recoveries: number }) => unknown} [proceed]
 *   `step` steps are done; `next` are the types of the events that come.
 * @property {number} [recovers] - the number of failures of `proceed` that runs can recover from
 * @property {() => Failure | undefined} [resume] - refuses a checkpoint
 */

/**
 * The engine as it was recorded: it plays runs of the real one, with the WebAssembly's interface. It refuses what wasm-bindgen refuses
 * (to be entered twice, to be used after `free`), and counts what is alive.
 *
 * @param {Recording} recording
 * @param {Knobs} [knobs]
 */
export function recordedModule(recording, knobs = {}) {
  const alive = { tuners: 0, trainings: 0 };
  const seen = {
    /** @type {Settings[]} */ settings: [],
    /** @type {import("../../src/engine/wasm.ts").DataFiles[]} */ files: [],
    /** @type {string[]} */ resumed: [],
    /** @type {[string, number][]} */ recovered: [],
    /** @type {string[]} */ predicted: [],
    /** @type {string[]} */ exported: [],
    /** @type {number[]} Bytes of deltas; 0 for the loaded model. */ used: [],
    stopped: 0,
  };

  class Guarded {
    #inside = false;
    #freed = false;
    /**
     * @template T
     * @param {() => T} work
     * @returns {T}
     */
    enter(work) {
      if (this.#freed) throw new Error("null pointer passed to rust");
      if (this.#inside) throw new Error("recursive use of an object detected which would lead to unsafe aliasing in rust");
      this.#inside = true;
      const leave = () => (this.#inside = false);
      try {
        const result = work();
        if (!(result instanceof Promise)) leave();
        else result.then(leave, leave);
        return result;
      } catch (error) {
        leave();
        throw error;
      }
    }
    gone() {
      if (this.#freed) throw new Error("null pointer passed to rust");
      this.#freed = true;
    }
  }

  /** @implements {WasmTraining} */
  class Training extends Guarded {
    /** @type {RecordedRun} */
    run;
    #settings;
    /** Batches of events that were played. */
    #at = 0;
    /** @type {Event[]} */
    #happened = [];
    #stored = 0;
    /** @type {{ store: CheckpointKeeper, steps: number | undefined, limit: number } | undefined} */
    #kept;
    /** The last checkpoint could not be written. */
    #unwritten = false;
    #warned = false;
    /** @type {Event[][] | undefined} What comes after the run was stopped. */
    #ending;
    #failed = false;
    #ended = false;

    /**
     * @param {RecordedRun} run
     * @param {Settings} settings
     * @param {{ at: number, happened: Event[] }} from
     */
    constructor(run, settings, { at, happened }) {
      super();
      alive.trainings++;
      this.run = run;
      this.#settings = settings;
      this.#go(at, happened);
    }

    /** @param {number} at @param {Event[]} happened */
    #go(at, happened) {
      this.#at = at;
      this.#happened = [...happened];
      this.#stored = this.#step;
    }

    get #step() {
      const steps = this.run.happened.slice(0, this.#at).flatMap((events) => events.filter(({ type }) => type === "step"));
      return steps.at(-1)?.step ?? 0;
    }

    get wasStopped() {
      return this.#ending !== undefined;
    }

    /** @param {CheckpointKeeper} store @param {number | undefined} steps @param {number} limit */
    keep(store, steps, limit) {
      this.enter(() => {
        this.#kept = { store, steps, limit };
      });
    }
    proceed() {
      return this.enter(async () => {
        const happened = await this.#advance();
        return happened && this.#isDue() ? [...happened, ...(await this.#save())] : happened;
      });
    }
    async #advance() {
      const next = this.#ending ? this.#ending[0] : this.run.happened[this.#at];
      const types = next?.map(({ type }) => type) ?? [];
      try {
        await knobs.proceed?.({ step: this.#step, next: types, recoveries: seen.recovered.length });
      } catch (error) {
        this.#failed = seen.recovered.length < (knobs.recovers ?? 0);
        throw error;
      }
      if (next === undefined) {
        if (this.run.error) throw failure(this.run.error);
        if (this.run.cut) throw new Error("the recording is cut here; record more of this run (tests/engine/cases.js)");
        this.#ended = true;
        return undefined;
      }
      if (this.#ending) this.#ending.shift();
      else this.#at++;
      this.#happened.push(...next);
      return next;
    }
    stop() {
      this.enter(() => {
        seen.stopped++;
        if (!this.run.stopped) throw new Error("no recording of how this run is stopped; add `stop` to it (tests/engine/cases.js)");
        const step = this.#step;
        const here = { step, steps: step, best_step: step };
        const moved = (/** @type {Event} */ event) => {
          const changed = Object.entries(here).filter(([key]) => key in event);
          return { ...event, ...Object.fromEntries(changed) };
        };
        this.#ending = this.run.stopped.happened.map((events) => events.map(moved));
      });
    }
    can_recover() {
      return this.enter(() => this.#failed);
    }
    recover() {
      return this.enter(async () => {
        const failed = this.#step + 1;
        const last = await this.#last();
        this.#go(last?.state.at ?? 0, last?.state.happened ?? []);
        this.#failed = false;
        const from = this.#step;
        const [fromStart, fromCheckpoint] = recording.recoveries;
        const { event } = from === 0 ? fromStart : fromCheckpoint;
        // the numbers in the sentence are those of the recording
        const numbers = [failed, from];
        const message = event.message.replace(/step \d+/g, () => `step ${numbers.shift()}`);
        seen.recovered.push([last?.place ?? "", from]);
        return this.#note({ ...event, step: failed, from, message });
      });
    }
    async #last() {
      if (!this.#kept) return undefined;
      const { store } = this.#kept;
      const name = (await store.complete()).at(-1);
      return name === undefined ? undefined : { place: store.place(name), state: stateOf(await store.read(name)) };
    }
    #isDue() {
      const { steps } = this.#kept ?? {};
      return steps !== undefined && this.#step !== this.#stored && this.#step % steps === 0;
    }
    is_stored() {
      return this.enter(() => this.#step === this.#stored);
    }
    save() {
      return this.enter(() => this.#save());
    }
    async #save() {
      const isStored = this.#step === this.#stored && !this.#unwritten;
      if (!this.#kept || this.#ended || isStored) return [];
      this.#stored = this.#step;
      const name = checkpointName(this.#step);
      const event = { ...recording.checkpoint.event, step: this.#step, name };
      const happened = [...this.#happened, event];
      const state = { run: recording.runs.indexOf(this.run), settings: this.#settings, at: this.#at, happened };
      try {
        await storeAs(this.#kept.store, name, checkpointFiles(state), this.#kept.limit);
        this.#unwritten = false;
        return [this.#note(event)];
      } catch (error) {
        this.#unwritten = true;
        if (this.#warned) return [];
        this.#warned = true;
        const { unwritten } = recording;
        const message = unwritten.message.replace("something", () => /** @type {Error} */ (error).message);
        return [this.#note({ ...unwritten, message })];
      }
    }
    /** @param {string} message */
    warn(message) {
      return this.enter(() => this.#note({ ...recording.warning, message }));
    }
    /** @param {Event} event */
    #note(event) {
      this.#happened.push(event);
      return event;
    }
    events() {
      return this.enter(() => [...this.#happened]);
    }
    /** A line in place of the page that it really is. @param {string} [error] */
    report(error) {
      return this.enter(() => `<!doctype html><title>report</title>${error ?? "fine"}`);
    }
    free() {
      this.gone();
      alive.trainings--;
    }
  }

  /** @implements {WasmTuner} */
  class Tuner extends Guarded {
    /** @type {RecordedRun | undefined} */
    #trained;
    #loaded;
    /** @param {string} name @param {string} device */
    constructor(name, device) {
      super();
      alive.tuners++;
      this.#loaded = { ...recording.loaded, model: { ...recording.loaded.model, name } };
      if (device === "webgpu") this.#loaded.device = recording.gpu;
    }
    /** @param {string} name @param {Record<string, Uint8Array>} files @param {string} device */
    static async load(name, files, device) {
      await knobs.load?.(device);
      if (!files["config.json"]) {
        const { load } = recording.refusals;
        throw failure({ ...load, message: load.message.replace(/^m:/, `${name}:`) });
      }
      return new Tuner(name, device);
    }
    describe() {
      return this.enter(() => ({ ...this.#loaded, ...(this.#trained && { tuned: this.#trained.tuned }) }));
    }
    ready() {
      return this.enter(async () => {});
    }
    /** @param {DataFile} file @param {Settings} settings */
    inspect(file, settings) {
      return this.enter(async () => {
        seen.settings.push(settings);
        await knobs.inspect?.();
        const found = closest(recording.inspections, file.name, settings);
        if (found.error) throw failure(found.error);
        return found.answer;
      });
    }
    /** Not a recording: the fields of a plain CSV file, which is all that the tests label. @param {DataFile} file @param {Settings} settings */
    rows(file, settings) {
      return this.enter(async () => {
        seen.settings.push(settings);
        await knobs.inspect?.();
        const [columns = [], ...rows] = fieldsOf(file);
        const { text_column: text = "text", label_column: label = "label" } = settings.data;
        const known = (/** @type {unknown} */ name) => (columns.includes(String(name)) ? name : null);
        return {
          columns,
          has_header: true,
          rows,
          text_column: known(text),
          pair_column: known(settings.data.pair_column),
          label_column: known(label),
        };
      });
    }
    /** Not a recording: texts with the same first word are taken to have the same label. @param {DataFile} file @param {Settings} settings @param {number} count */
    suggest(file, settings, count) {
      return this.enter(async () => {
        seen.settings.push(settings);
        await knobs.suggest?.(file);
        return suggestions(fieldsOf(file).slice(1), count);
      });
    }
    /** @param {import("../../src/engine/wasm.ts").DataFiles} files @param {Settings} settings */
    start(files, settings) {
      return this.enter(async () => {
        seen.settings.push(settings);
        seen.files.push(files);
        const alike = recording.runs.filter(({ settings: { arguments: known } }) => known.method === methodOf(settings));
        return new Training(closest(alike, files.train.name, settings), settings, { at: 0, happened: [] });
      });
    }
    /** @param {import("../../src/engine/wasm.ts").DataFiles} files @param {string} place @param {Record<string, Uint8Array>} checkpoint */
    resume(files, place, checkpoint) {
      return this.enter(async () => {
        seen.files.push(files);
        seen.resumed.push(place);
        const state = stateOf(checkpoint);
        const refusal = knobs.resume?.();
        if (refusal) throw failure({ ...refusal, message: `${place}/${refusal.message}` });
        return new Training(/** @type {RecordedRun} */ (recording.runs[state.run]), state.settings, state);
      });
    }
    /** @param {WasmTraining} training */
    finish(training) {
      return this.enter(async () => {
        const { run, wasStopped } = /** @type {Training} */ (training);
        training.free();
        this.#trained = run;
        return wasStopped ? run.stopped?.heldOut : run.heldOut;
      });
    }
    /** Every delta is that of the first run. @param {Uint8Array} [delta] */
    useDelta(delta) {
      this.enter(() => {
        seen.used.push(delta?.length ?? 0);
        this.#trained = delta && recording.runs.find(({ tuned }) => tuned);
      });
    }
    /** @param {{ text: string }[]} texts */
    predict(texts) {
      return this.enter(async () => {
        await knobs.predict?.(texts);
        seen.predicted.push(...texts.map(({ text }) => text));
        if (this.#trained?.predictions) return texts.map((one) => predictionOf(this.#trained?.predictions ?? [], one));
        const { answer, error } = recording.untrained;
        if (error) throw failure(error);
        return texts.map((_, at) => answer?.[at % answer.length]);
      });
    }
    evaluate() {
      return this.enter(async () => recording.evaluation);
    }
    /** @param {unknown[]} texts @param {number} _most */
    tokenize(texts, _most) {
      return this.enter(() => texts.map(() => recording.tokens[0]));
    }
    /** Files of the names that they have, and no larger than is needed. @param {"safetensors" | "onnx"} format @param {string} dtype */
    export(format, dtype) {
      return this.enter(() => {
        seen.exported.push(`${format} ${dtype}`);
        return Object.fromEntries(
          Object.entries(recording.exported[format]).map(([name, size]) => [name, new Uint8Array(Math.min(size, 1e6))]),
        );
      });
    }
    free() {
      this.gone();
      alive.tuners--;
    }
  }

  /** @type {WasmModule} */
  const module = {
    default: async () => ({ memory: new WebAssembly.Memory({ initial: 0 }) }),
    Tuner,
    doctor: async () => recording.examination,
    reproduce: async () => recording.reproduction,
    multiply_with: () => undefined,
    version: () => "recorded",
  };
  return { module, alive, seen };
}

/** The fields of a CSV file, with or without quotes. @param {DataFile} file @returns {string[][]} */
function fieldsOf({ bytes }) {
  const text = new TextDecoder().decode(bytes);
  /** @type {string[][]} */
  const rows = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    const row = /** @type {string[]} */ (rows.at(-1));
    if (end === "" && row.length === 0 && !quoted && !plain) break;
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "") break;
    if (end !== ",") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}

/** @param {string[][]} rows - of a text and a label, which may be empty @param {number} n */
function suggestions(rows, n) {
  const word = (/** @type {string} */ text) => text.split(" ", 1)[0];
  const labelled = rows.filter(([, label]) => label);
  const known = new Map(labelled.map(([text = "", label = ""]) => [word(text), label]));
  const classes = [...new Set(known.values())];
  const rest = rows.flatMap(([text = "", label], row) => (label ? [] : [{ row, label: known.get(word(text)) }]));
  if (classes.length < 2) return { accuracy: null, proposals: [], ask: rest.slice(0, n).map(({ row }) => row) };
  const width = 1 / Math.sqrt(labelled.length);
  return {
    accuracy: { value: 0.75, low: Math.max(0, 0.75 - width), high: Math.min(1, 0.75 + width) },
    proposals: rest.map(({ row, label }) => ({ row, label: label ?? classes[0], probability: label ? 0.9 : 1 / classes.length })),
    ask: [...rest.filter(({ label }) => !label), ...rest.filter(({ label }) => label)].slice(0, n).map(({ row }) => row),
  };
}

/** @param {Settings} settings */
function methodOf({ arguments: { method } }) {
  return method === "dps-dense" ? undefined : method;
}

/**
 * Of what is recorded of a file, that with the most of these settings. Others, such as a seed, change numbers and not what kind of thing
 * happens.
 *
 * @template {{ file: string, settings: Settings }} T
 * @param {T[]} recorded
 * @param {string} file
 * @param {Settings} settings
 * @returns {T}
 */
function closest(recorded, file, settings) {
  const flat = (/** @type {Settings} */ { data, arguments: others }) => Object.entries({ ...data, ...others });
  const wanted = Object.fromEntries(flat(settings));
  const distance = (/** @type {T} */ one) => {
    const known = flat(one.settings);
    const missing = Object.keys(settings.data).filter((key) => !(key in one.settings.data)).length;
    return missing + known.filter(([key, value]) => wanted[key] !== value).length;
  };
  const [found] = recorded.filter((one) => one.file === file).sort((one, other) => distance(one) - distance(other));
  if (!found) throw new Error(`nothing is recorded of ${file} with ${JSON.stringify(settings)}; add it to tests/engine/cases.js`);
  return found;
}

/**
 * What was said of this text, else of some other one.
 *
 * @param {NonNullable<RecordedRun["predictions"]>} predictions
 * @param {{ text: string, pair?: string | null }} wanted
 */
function predictionOf(predictions, { text, pair = null }) {
  const same = predictions.find((one) => one.text === text && one.pair === pair);
  return (same ?? predictions[text.length % predictions.length])?.prediction;
}

/** @param {Failure} failure */
export function failure({ message, ...others }) {
  return Object.assign(new Error(message), others);
}

/** As the engine calls a checkpoint after so many steps. @param {number} step */
export function checkpointName(step) {
  return `step-${String(step).padStart(6, "0")}`;
}

/** A checkpoint in the engine's layout, that holds a value. @param {unknown} value */
export function checkpointFiles(value, tensors = 20) {
  const encode = (/** @type {unknown} */ value) => new TextEncoder().encode(JSON.stringify(value));
  const files = { "state.json": encode(value), "tensors.safetensors": new Uint8Array(tensors) };
  const sizes = Object.fromEntries(Object.entries(files).map(([name, { length }]) => [name, { bytes: length }]));
  return { ...files, "commit.json": encode({ files: sizes }) };
}

/**
 * Stores a checkpoint as the engine's session does. Then it removes those before the last `limit`, and those of later steps.
 *
 * @param {Pick<CheckpointKeeper, "complete" | "write" | "remove">} store
 * @param {string} name
 * @param {Record<string, Uint8Array>} files
 * @param {number} limit
 */
export async function storeAs(store, name, files, limit) {
  await store.write(name, files);
  const all = await store.complete();
  const end = all.indexOf(name) + 1;
  const kept = all.slice(Math.max(0, end - limit), end);
  for (const other of all) if (!kept.includes(other)) await store.remove(other);
}

/** @param {Record<string, Uint8Array>} files */
function stateOf(files) {
  return JSON.parse(new TextDecoder().decode(files["state.json"]));
}
