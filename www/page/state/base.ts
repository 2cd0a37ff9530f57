import { signal } from "@preact/signals";
import { BASE_MODELS } from "../generated/models";
import { keptModels } from "../base/keep";

declare const MODEL_BYTES: number;

/** A model to start from. */
export interface Base {
  /** Where it is kept in this browser; `null` if it is not. */
  id: string | null;
  name: string;
  bytes: number;
  /** `null` for the bundled model. */
  files: Record<string, Blob> | null;
}

export const BUNDLED: Base = { id: null, name: BASE_MODELS[0]!.name, bytes: MODEL_BYTES, files: null };

/** The model that the engine has, or is to load. */
export const base = signal<Base>(BUNDLED);
/** The models in this browser, without the bundled one. */
export const kept = signal<Base[]>([]);
/** The model that is being tried. Meanwhile no training starts. */
export const trying = signal<Base | null>(null);
/** Why the kept models are unknown. */
export const lookError = signal<Error | null>(null);

let first: Promise<void> | undefined;

/** Resolves when the model is known that was chosen in an earlier visit. */
export function baseIsKnown(): Promise<void> {
  first ??= (async () => {
    const choice = await lookForModels();
    const chosen = kept.peek().find(({ id }) => id === choice);
    if (chosen) base.value = chosen;
  })();
  return first;
}

/** Looks for the kept models, and returns the id of the chosen one. If that fails, the known ones stay. */
export async function lookForModels(): Promise<string | null> {
  try {
    const { models, choice } = await keptModels();
    const { id } = base.peek();
    // the one in use stays as it was read, so that nothing is read again
    kept.value = models.map((model) => (model.id === id ? base.peek() : model));
    lookError.value = null;
    return choice;
  } catch (error) {
    lookError.value = error as Error;
    return null;
  }
}
