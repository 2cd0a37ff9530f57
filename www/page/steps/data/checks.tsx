import { chosen, content, inspection, problem } from "../../state/data";
import { integer, sentence } from "../../words";

/** Findings about the data, in words. */
export function Checks() {
  const found = content.value;
  const stop = problem.value;
  // the questions are shown on their own
  if (inspection.value?.questions.length) return null;
  if (stop) {
    return (
      <section class="note bad" role="alert">
        <h3>Something is missing</h3>
        <p>{sentence(stop, chosen.value?.train.name)}</p>
        {inspection.value?.problem && <ColumnNames />}
      </section>
    );
  }
  if (!found) return null;
  const { findings, notes, examples } = found;
  return (
    <section class="checks" aria-labelledby="checks">
      <h3 id="checks">{findings.length === 0 ? "The data looks good" : "About this data"}</h3>
      <p>{integer(examples)} examples can be used.</p>
      <ul>
        {findings.map(({ kind, message, lines }) => (
          <li key={kind} class={kind === "imbalance" || kind === "long-texts" || kind === "duplicates" ? "hint" : "warn"}>
            {sentence(message)}
            {lines.length > 0 && (
              <span class="quiet">
                {" "}
                Line{lines.length > 1 ? "s" : ""} {lines.join(", ")}
                {lines.length === 10 ? ", …" : ""}
              </span>
            )}
          </li>
        ))}
        {notes.map((note) => (
          <li key={note} class="hint">
            {sentence(note)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The engine names columns by its settings. */
function ColumnNames() {
  return (
    <p>
      Choose the columns under “Which column holds what”: “Text” is <code>text_column</code>, “Second text” is <code>pair_column</code> and
      “Answer” is <code>label_column</code>.
    </p>
  );
}
