/** The work was not started, because other work under the same key is still running. */
export class Taken extends Error {}

/**
 * Does `work` while no other tab or worker of this origin does work under the same key. Rejects with {@link Taken} if other work still
 * runs after `patience` milliseconds. (A page that was just closed or reloaded releases its key a moment later.)
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
