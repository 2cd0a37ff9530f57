import type { ComponentChildren } from "preact";

/** One of the three steps. A closed step says what it needs. */
export function Step(props: {
  number: number;
  title: string;
  open: boolean;
  done?: boolean;
  waitsFor: string;
  room?: boolean;
  children: ComponentChildren;
}) {
  const { number, title, open, done, waitsFor, room, children } = props;
  return (
    <section
      class={["step", !open && "closed", done && "done", room && "room"].filter(Boolean).join(" ")}
      aria-labelledby={`step-${number}`}
    >
      <h2 id={`step-${number}`} tabIndex={-1}>
        <span class="number" aria-hidden="true">
          {done ? "✓" : number}
        </span>
        <span class="hidden">Step {number}: </span>
        {title}
      </h2>
      {open ? children : <p class="quiet">{waitsFor}</p>}
    </section>
  );
}
