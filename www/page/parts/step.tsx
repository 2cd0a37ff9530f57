import type { ComponentChildren } from "preact";

/** One of the three steps. A closed one says what it waits for. */
export function Step(props: { number: number; title: string; open: boolean; waitsFor: string; room?: boolean; children: ComponentChildren }) {
  const { number, title, open, waitsFor, room, children } = props;
  return (
    <section class={`step ${open ? "" : "closed"} ${room ? "room" : ""}`} aria-labelledby={`step-${number}`}>
      <h2 id={`step-${number}`}>
        <span class="number" aria-hidden="true">
          {number}
        </span>
        <span class="hidden">Step {number}: </span>
        {title}
      </h2>
      {open ? children : <p class="quiet">{waitsFor}</p>}
    </section>
  );
}
