import { signal } from "@preact/signals";
import type { StoredRun, Tuner } from "subtune";
import { locate } from "../../src/model/locate";
import { base, BUNDLED, kept, lookForModels, trying, type Base } from "../state/base";
import { replaceEngine, tryModel } from "../state/engine";
import { goOn, putAside } from "../state/runs";
import { set, settings } from "../state/settings";
import { keepModel, rememberChoice, removeModel } from "./keep";

/** Why the last attempt failed. */
export const useError = signal<Error | null>(null);
/** Why the model in use is gone when the page is closed. */
export const unkept = signal<string | null>(null);

/** Loads a model, and puts it in place of the one in use if that works. */
export function useModel(model: Base): Promise<void> {
  return attempt(model, () => use(model, async () => model));
}

/** Does the same with a model among files (by path), and stores it in this browser. */
export async function addModel(found: Promise<Map<string, File>>): Promise<void> {
  let read: ReturnType<typeof locate<File>>;
  try {
    read = locate(await found);
  } catch (error) {
    useError.value = error as Error;
    return;
  }
  const { name, files } = read;
  const bytes = Object.values(files).reduce((sum, { size }) => sum + size, 0);
  const model: Base = { id: null, name, bytes, files };
  await attempt(model, () =>
    use(model, async () => {
      try {
        return await keepModel(name, files);
      } catch (error) {
        unkept.value = (error as Error).message;
        return model;
      }
    }),
  );
}

/** Removes a kept model; the bundled one takes its place if it is in use. */
export function discardModel(model: Base): Promise<void> {
  return attempt(BUNDLED, async () => {
    if (base.peek().id === model.id) await use(BUNDLED, async () => BUNDLED);
    if (model.id !== null) await removeModel(model.id);
    await lookForModels();
  });
}

/** Continues an interrupted training, with the model that it started from. */
export async function continueRun(run: StoredRun): Promise<void> {
  const wanted = [BUNDLED, ...kept.peek()].find((model) => engineName(model) === run.model);
  if (wanted && engineName(base.peek()) !== run.model) {
    await useModel(wanted);
    if (useError.peek()) return;
  }
  await goOn(run);
}

/** What the engine calls a model. */
function engineName({ name, files }: Base): string {
  return files ? name : "minilm";
}

/** `settle` stores the model, once it is known that it can be used. */
async function use(model: Base, settle: () => Promise<Base>): Promise<void> {
  const made = await tryModel(model);
  unkept.value = null;
  const settled = await settle();
  try {
    await putAside();
  } catch (error) {
    await made.dispose();
    throw error;
  }
  fitSettings(made);
  try {
    await rememberChoice(settled.id);
  } catch (error) {
    unkept.value ??= (error as Error).message;
  }
  await replaceEngine(made, settled);
  if (settled.id !== null && !kept.peek().some(({ id }) => id === settled.id)) await lookForModels();
}

/** Another model may have fewer layers, or read less of a text. */
function fitSettings({ model }: Tuner): void {
  const { layers, maxLength } = settings.peek();
  set({ layers: layers !== null && layers > model.layers ? null : layers, maxLength: Math.min(maxLength, model.maxLength) });
}

async function attempt(model: Base, work: () => Promise<void>): Promise<void> {
  if (trying.peek() !== null) return;
  trying.value = model;
  useError.value = null;
  try {
    await work();
  } catch (error) {
    useError.value = error as Error;
  } finally {
    trying.value = null;
  }
}
