/**
 * Stands in for the WebAssembly module. It refuses what wasm-bindgen refuses (to be entered twice, to be used after `free`), and
 * counts what is alive.
 */
export function fakeModule({ steps = 3, proceed = async () => {}, predict = async () => {}, recovers = 0 } = {}) {
  const alive = { tuners: 0, trainings: 0 };
  const seen = { settings: [], files: [], stopped: 0, loaded: [], recovered: [], resumed: [] };

  class Guarded {
    #inside = false;
    #freed = false;
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

  class Training extends Guarded {
    #step = 0;
    #last = steps;
    #stored = 0;
    #told = [];
    #failed = false;
    #kept;
    #unstored = false;
    constructor({ step, told } = { step: 0, told: [] }) {
      super();
      alive.trainings++;
      [this.#step, this.#stored, this.#told] = [step, step, told];
    }
    keep(store, steps, limit) {
      this.enter(() => void (this.#kept = { store, steps, limit }));
    }
    proceed() {
      return this.enter(async () => {
        const happened = await this.next();
        if (!happened) return undefined;
        this.#told.push(...happened);
        const { steps } = this.#kept ?? {};
        const due = steps !== undefined && this.#step !== this.#stored && this.#step <= this.#last && this.#step % steps === 0;
        return due ? [...happened, ...(await this.store())] : happened;
      });
    }
    async next() {
      try {
        await proceed(this.#step);
      } catch (error) {
        this.#failed = seen.recovered.length < recovers;
        throw error;
      }
      if (this.#step > this.#last) return undefined;
      this.#step++;
      if (this.#step === 1) return [{ type: "start", max_steps: steps, labels: ["no_under", "yes"], arguments: { num_train_epochs: 3 } }];
      if (this.#step <= this.#last) return [{ type: "step", step: this.#step - 1, grad_norm: 1 }];
      return [
        { type: "evaluation", part: "validation", step: this.#last, best: true, macro_f1: 1, per_class: [] },
        { type: "evaluation", part: "test", step: this.#last, best: false, macro_f1: 1, per_class: [] },
        { type: "end", steps: this.#last, best_step: this.#last, interrupted: seen.stopped > 0 },
      ];
    }
    save() {
      return this.enter(() => this.store());
    }
    async store() {
      if (!this.#kept || (!this.#unstored && this.#step === this.#stored)) return [];
      const name = checkpointName(this.#step);
      this.#stored = this.#step;
      const warned = this.#unstored;
      try {
        await storeAs(this.#kept.store, name, checkpointFiles({ step: this.#step, told: this.#told }), this.#kept.limit);
        this.#unstored = false;
      } catch ({ message }) {
        this.#unstored = true;
        const warning = { type: "warning", message: `no checkpoint could be written (${message}); the run continues, and earlier checkpoints are kept` };
        return warned ? [] : [this.note(warning)];
      }
      return [this.note({ type: "checkpoint", step: this.#step, name })];
    }
    stop() {
      this.enter(() => {
        seen.stopped++;
        this.#last = this.#step;
      });
    }
    can_recover() {
      return this.enter(() => this.#failed);
    }
    recover() {
      return this.enter(async () => {
        const { store } = this.#kept ?? {};
        const name = (await store?.complete())?.at(-1);
        const from = name === undefined ? 0 : JSON.parse(new TextDecoder().decode((await store.read(name))["state.json"])).step;
        seen.recovered.push([name === undefined ? "" : store.place(name), from]);
        const event = { type: "recovery", step: this.#step, from, message: "lost" };
        [this.#step, this.#stored, this.#failed] = [from, from, false];
        return event;
      });
    }
    is_stored() {
      return this.enter(() => this.#step === this.#stored);
    }
    warn(message) {
      return this.enter(() => this.note({ type: "warning", message }));
    }
    note(event) {
      this.#told.push(event);
      return event;
    }
    events() {
      return this.enter(() => [...this.#told]);
    }
    report(error) {
      return this.enter(() => `<html>${error ?? "fine"}</html>`);
    }
    free() {
      this.gone();
      alive.trainings--;
    }
  }

  class Tuner extends Guarded {
    #trained = 0;
    constructor() {
      super();
      alive.tuners++;
    }
    static async load(name, files, device) {
      seen.loaded.push({ name, files, device });
      if (!files["config.json"]) throw Object.assign(new Error(`${name}: has no config.json`), { code: "model" });
      return new Tuner();
    }
    describe() {
      return this.enter(() => ({
        device: { kind: "cpu", name: "CPU", software: false, reason: "it is a fake" },
        model: { name: "m", hidden_size: 4 },
        tuned: this.#trained ? { task: "classification", labels: ["a_b", String(this.#trained)] } : null,
      }));
    }
    ready() {
      return this.enter(async () => {});
    }
    inspect(file, settings) {
      return this.enter(() => {
        seen.settings.push(settings);
        if (file.bytes.length === 0) throw Object.assign(new Error(`${file.name}: the file is empty`), { code: "data" });
        return { columns: ["some_text"], has_header: true, name: file.name, text: new TextDecoder().decode(file.bytes) };
      });
    }
    start(files, settings) {
      return this.enter(async () => {
        seen.settings.push(settings);
        seen.files.push(files);
        return new Training();
      });
    }
    resume(files, place, checkpoint) {
      return this.enter(async () => {
        seen.files.push(files);
        seen.resumed.push(place);
        return new Training(JSON.parse(new TextDecoder().decode(checkpoint["state.json"])));
      });
    }
    finish(training) {
      return this.enter(async () => {
        training.free();
        this.#trained++;
        return { part: "test", step: 3, examples: [{ prediction: { label: "a_b" } }] };
      });
    }
    predict(texts) {
      return this.enter(async () => {
        await predict(texts);
        return texts.map(({ text }) => ({ label: text, probability: 1, probabilities: [{ label: text, probability: 1 }] }));
      });
    }
    evaluate() {
      return this.enter(async () => ({ metrics: { macro_f1: 1 }, examples: [], notes: [] }));
    }
    tokenize(texts, most) {
      return this.enter(() => texts.map(() => ({ input_ids: [most], token_type_ids: [0], truncated: 0 })));
    }
    export(format, dtype) {
      return this.enter(() => ({ "config.json": new Uint8Array([1]), asked: new TextEncoder().encode(`${format} ${dtype}`) }));
    }
    free() {
      this.gone();
      alive.tuners--;
    }
  }

  const module = {
    default: async () => ({ memory: {} }),
    Tuner,
    reproduce: async (files, device) => ({ name: Object.keys(files)[0], device, steps: 1, deviations: [] }),
    version: () => "0",
  };
  return { module, alive, seen };
}

/** As the engine calls a checkpoint after so many steps. */
export const checkpointName = (step) => `step-${String(step).padStart(6, "0")}`;

/** A checkpoint in the engine's layout, that holds a value. */
export function checkpointFiles(value, tensors = 20) {
  const encode = (value) => new TextEncoder().encode(JSON.stringify(value));
  const files = { "state.json": encode(value), "tensors.safetensors": new Uint8Array(tensors) };
  const sizes = Object.fromEntries(Object.entries(files).map(([name, { length }]) => [name, { bytes: length }]));
  return { ...files, "commit.json": encode({ files: sizes }) };
}

/** Stores a checkpoint as the engine's session does: older ones go except the last `limit` in all, and so do later ones. */
export async function storeAs(store, name, files, limit) {
  await store.write(name, files);
  const all = await store.complete();
  const end = all.indexOf(name) + 1;
  const kept = all.slice(Math.max(0, end - limit), end);
  for (const other of all) if (!kept.includes(other)) await store.remove(other);
}

/** A promise that is settled from outside. */
export function gate() {
  let open;
  const promise = new Promise((resolve) => (open = resolve));
  return { promise, open };
}
