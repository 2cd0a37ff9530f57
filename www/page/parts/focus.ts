import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/**
 * For an element that replaces another one: it inherits the focus, so that people with a keyboard or a screen reader do not fall back to
 * the top of the page. Checks again whenever `state` changes.
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

/** Before the first input, no element can have lost the focus. */
let touched = false;
for (const kind of ["pointerdown", "keydown", "drop"]) addEventListener(kind, () => (touched = true), { capture: true, once: true });
