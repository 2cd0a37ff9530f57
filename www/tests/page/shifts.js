// What moves on the page without anybody having touched it, as Chromium counts it (cumulative layout shift).
import assert from "node:assert/strict";

/** From the next page load on. */
export function watchShifts(page) {
  return page.addInitScript(() => {
    globalThis.shifts = [];
    const moved = ({ node, previousRect, currentRect }) => `${node?.nodeName}.${node?.className} ${previousRect.y} to ${currentRect.y}`;
    new PerformanceObserver((list) => {
      for (const { hadRecentInput, value, sources } of list.getEntries())
        if (!hadRecentInput) globalThis.shifts.push([value, ...sources.map(moved)]);
    }).observe({ type: "layout-shift", buffered: true });
  });
}

/** So far; 0.1 and less counts as good. */
export async function assertStill(page) {
  const shifts = await page.evaluate(() => globalThis.shifts);
  const sum = shifts.reduce((sum, [value]) => sum + value, 0);
  assert.ok(sum < 0.1, `${sum}: ${shifts.join("\n")}`);
}
