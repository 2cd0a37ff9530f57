/**
 * Stands in for the WebAssembly module. It refuses what wasm-bindgen refuses (to be entered twice, to be used after `free`), and
 * counts what is alive.
 */
export function fakeModule({ steps = 3, proceed = async () => {}, predict = async () => {} } = {}) {
  const alive = { tuners: 0, trainings: 0 };
  const seen = { settings: [], files: [], stopped: 0, loaded: [] };

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
    constructor() {
      super();
      alive.trainings++;
    }
    proceed() {
      return this.enter(async () => {
        await proceed(this.#step);
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
      if (!files["config.json"]) throw Object.assign(new Error(`${name}: has no config.json`), { kind: "model" });
      return new Tuner();
    }
    describe() {
      return this.enter(() => ({
        device: { kind: "cpu", name: "CPU", software: false, reason: "it is a fake" },
        model: { name: "m", hidden_size: 4 },
        tuned: this.#trained ? { task: "classification", labels: ["a_b", String(this.#trained)] } : null,
      }));
    }
    inspect(file, settings) {
      return this.enter(() => {
        seen.settings.push(settings);
        if (file.bytes.length === 0) throw Object.assign(new Error(`${file.name}: the file is empty`), { kind: "data" });
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
        return texts.map(({ text }) => ({ label: text, probabilities: [1] }));
      });
    }
    evaluate() {
      return this.enter(async () => ({ metrics: { macro_f1: 1 }, examples: [], notes: [] }));
    }
    tokenize(texts, most) {
      return this.enter(() => texts.map(() => ({ input_ids: [most], token_type_ids: [0], truncated: 0 })));
    }
    export(dtype) {
      return this.enter(() => ({ "config.json": new Uint8Array([1]), dtype: new TextEncoder().encode(dtype) }));
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

/** A promise that is settled from outside. */
export function gate() {
  let open;
  const promise = new Promise((resolve) => (open = resolve));
  return { promise, open };
}
