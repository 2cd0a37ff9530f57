import { useSignal } from "@preact/signals";
import { useInheritedFocus } from "../parts/focus";
import { continueWork, discardKept, kept } from "../state/labelling";
import type { KeptWork } from "./keep";
import { ago, integer } from "../words";

/** Labels of earlier visits, with buttons to continue or discard them. */
export function KeptLabels() {
  if (kept.value.length === 0) return null;
  return (
    <section class="kept-labels" aria-labelledby="kept-labels">
      <h3 id="kept-labels">Continue labelling</h3>
      {kept.value.map((one) => (
        <One key={one.key} one={one} />
      ))}
    </section>
  );
}

function One({ one }: { one: KeptWork }) {
  const asking = useSignal(false);
  const place = useInheritedFocus<HTMLButtonElement>(asking.value);
  const { name, labels } = one.work;
  const done = labels.filter((label) => label >= 0).length;
  return (
    <div class="row">
      <span>
        <strong>{name}</strong>
        <span class="quiet">
          {" "}
          {integer(done)} of {integer(labels.length)} labelled, saved {ago(one.savedAt)}
        </span>
      </span>
      {asking.value ? (
        <>
          <button ref={place} class="danger" onClick={() => void discardKept(one)}>
            Yes, throw them away
          </button>
          <button onClick={() => (asking.value = false)}>No</button>
        </>
      ) : (
        <>
          <button class="main" aria-label={`Continue with ${name}`} onClick={() => void continueWork(one)}>
            Continue
          </button>
          <button ref={place} class="plain" aria-label={`Discard the labels of ${name}…`} onClick={() => (asking.value = true)}>
            Discard…
          </button>
        </>
      )}
    </div>
  );
}
