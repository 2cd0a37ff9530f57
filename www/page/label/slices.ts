/** Milliseconds of work without a break, so that the page stays responsive. */
const MOST = 8;
/** Items between two looks at the clock. */
const SLICE = 200;

/** Calls `work` for 0 to `count - 1`, with breaks. Returns false if the signal was aborted in between. */
export async function inSlices(count: number, work: (at: number) => void, signal?: AbortSignal): Promise<boolean> {
  let began = performance.now();
  for (let at = 0; at < count; at++) {
    work(at);
    if (at % SLICE !== SLICE - 1 || performance.now() - began < MOST) continue;
    await new Promise((next) => setTimeout(next));
    if (signal?.aborted) return false;
    began = performance.now();
  }
  return !signal?.aborted;
}
