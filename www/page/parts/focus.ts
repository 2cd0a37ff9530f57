import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/**
 * For the element that comes in place of another one: if that had the focus, this gets it, so that nobody with a keyboard or a screen
 * reader falls back to the top of the page. Looks again whenever `state` changes.
 */
export function useInheritedFocus<Kind extends HTMLElement>(state?: unknown): RefObject<Kind | null> {
  const place = useRef<Kind>(null);
  const first = useRef(true);
  useEffect(() => {
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (lost && (touched || !first.current)) place.current?.focus({ preventScroll: true });
    first.current = false;
  }, [state]);
  return place;
}

/** Until somebody has done something, nothing has lost a focus. */
let touched = false;
for (const kind of ["pointerdown", "keydown", "drop"]) addEventListener(kind, () => (touched = true), { capture: true, once: true });
