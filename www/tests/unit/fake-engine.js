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
    constructor({ step, told } = { step: 0, told: [] }) {
      super();
      alive.trainings++;
      [this.#step, this.#stored, this.#told] = [step, step, told];
    }
    async proceed() {
      const happened = await this.next();
      this.#told.push(...(happened ?? []));
      return happened;
    }
    next() {
      return this.enter(async () => {
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
      });
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
    recover(place, files) {
      return this.enter(async () => {
        const from = files ? JSON.parse(new TextDecoder().decode(files["state.json"])).step : 0;
        seen.recovered.push([place, from]);
        const event = { type: "recovery", step: this.#step, from, message: "lost" };
        [this.#step, this.#stored, this.#failed] = [from, from, false];
        return event;
      });
    }
    checkpoint_due(steps) {
      return this.enter(() => steps !== undefined && this.#step !== this.#stored && this.#step <= this.#last && this.#step % steps === 0);
    }
    is_stored() {
      return this.enter(() => this.#step === this.#stored);
    }
    checkpoint() {
      return this.enter(async () => {
        this.#stored = this.#step;
        return { name: checkpointName(this.#step), files: checkpointFiles({ step: this.#step, told: this.#told }) };
      });
    }
    checkpoint_stored(name) {
      return this.enter(() => this.note({ type: "checkpoint", step: this.#stored, name }));
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

/** A promise that is settled from outside. */
export function gate() {
  let open;
  const promise = new Promise((resolve) => (open = resolve));
  return { promise, open };
}
