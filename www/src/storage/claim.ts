/** Work was not begun because somebody else does some under the same key. */
export class Taken extends Error {}

/**
 * Does `work` while nobody else in this origin, be it in another tab or worker, does work under the same key. Rejects with
 * {@link Taken} where somebody still does after `patience` milliseconds: what was just left behind, such as by a reload, is let go of
 * a moment later.
 */
export async function claimed<T>(key: string, patience: number, work: () => Promise<T>): Promise<T> {
  const { locks } = globalThis.navigator ?? {};
  if (!locks) return work();
  let begun = false;
  const options = { signal: AbortSignal.timeout(patience) };
  try {
    return (await locks.request(`subtune run ${key}`, options, () => {
      begun = true;
      return work();
    })) as T;
  } catch (error) {
    throw begun ? error : new Taken("it is taken", { cause: error });
  }
}
