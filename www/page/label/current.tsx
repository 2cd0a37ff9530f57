import { useSignal } from "@preact/signals";
import { Name } from "../parts/name";
import { addClass, canUndo, classes, counts, cursor, labels, removeClass, sheet, texts, undo } from "../state/labelling";
import { isAsked, proposalOf, skip } from "../state/suggestions";
import { integer, percent } from "../words";
import { accept, clear, give } from "./act";

/** The text to label now, what the model takes it for, and the classes. */
export function Current() {
  const row = cursor.value;
  const count = sheet.value?.rows.length ?? 0;
  const own = labels.value[row] ?? null;
  const proposal = proposalOf(row);
  return (
    <section class="current" aria-labelledby="current">
      <h3 id="current">
        Text {integer(row + 1)} of {integer(count)}
        {isAsked(row) && own === null && <span class="quiet"> This one would teach the model much.</span>}
      </h3>
      <p class="text" aria-live="polite" tabIndex={0}>
        {texts.value[row] || <span class="quiet">(empty)</span>}
      </p>
      <p class="proposal">
        {own !== null && (
          <>
            It is <strong>{own}</strong>.
          </>
        )}
        {proposal && (
          <>
            Probably <strong>{proposal.label}</strong> <span class="quiet">({percent(proposal.probability, 0)})</span>{" "}
            <button class="small" aria-keyshortcuts="Enter" onClick={accept}>
              Yes <kbd>Enter</kbd>
            </button>
          </>
        )}
      </p>
      <ul class="label-classes" aria-label="Classes">
        {classes.value.map((name, at) => (
          <Class key={name} name={name} digit={at < 9 ? at + 1 : null} isOwn={name === own} />
        ))}
      </ul>
      <NewClass />
      <div class="buttons">
        <button disabled={!canUndo.value} aria-keyshortcuts="z" onClick={undo}>
          Undo <kbd>Z</kbd>
        </button>
        <button aria-keyshortcuts="s" onClick={() => skip(row)}>
          Later <kbd>S</kbd>
        </button>
        <button disabled={own === null} aria-keyshortcuts="0" onClick={clear}>
          No label <kbd>0</kbd>
        </button>
      </div>
    </section>
  );
}

function Class({ name, digit, isOwn }: { name: string; digit: number | null; isOwn: boolean }) {
  const count = counts.value.get(name) ?? 0;
  return (
    <li>
      <button aria-pressed={isOwn} {...(digit !== null && { "aria-keyshortcuts": String(digit) })} onClick={() => give(name)}>
        {digit !== null && <kbd>{digit}</kbd>}
        <span>
          <Name of={name} />
        </span>
        <span class="quiet figures">{integer(count)}</span>
      </button>
      {count === 0 && (
        <button class="plain" title="Remove this class" aria-label={`Remove the class ${name}`} onClick={() => removeClass(name)}>
          ×
        </button>
      )}
    </li>
  );
}

function NewClass() {
  const name = useSignal("");
  const refusal = useSignal<string | null>(null);
  return (
    <form
      class="new-class"
      onSubmit={(event) => {
        event.preventDefault();
        refusal.value = addClass(name.value);
        if (refusal.value === null) name.value = "";
      }}
    >
      <label for="new-class">New class</label>
      <input
        id="new-class"
        autocomplete="off"
        spellcheck={false}
        aria-describedby="new-class-refusal"
        value={name.value}
        onInput={(event) => {
          name.value = event.currentTarget.value;
          refusal.value = null;
        }}
      />
      <button>Add</button>
      <span id="new-class-refusal" role="status">
        {refusal.value}
      </span>
    </form>
  );
}
