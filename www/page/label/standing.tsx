import { classes, counts, labelled, sheet } from "../state/labelling";
import { accuracy, enough, FEW, fitting, suggestError } from "../state/suggestions";
import { explain } from "../trouble/explain";
import { integer, percent } from "../words";

/** How much is labelled, and how good a model of these labels is. */
export function Standing() {
  const found = accuracy.value;
  const count = sheet.value?.rows.length ?? 0;
  return (
    <section class="standing" aria-labelledby="standing">
      <h3 id="standing">
        {integer(labelled.value)} of {integer(count)} labelled
      </h3>
      <div class="measure" aria-live="polite">
        {found && (
          <>
            <p>
              <strong>{percent(found.value, 0)} right</strong>
              <span class="quiet">
                {" "}
                on texts it has not seen: between {(100 * found.low).toFixed(0)} and {percent(found.high, 0)}
              </span>
            </p>
            <div class="interval" aria-hidden="true">
              <div style={{ left: `${100 * found.low}%`, width: `${100 * (found.high - found.low)}%` }} />
              <i style={{ left: `${100 * found.value}%` }} />
            </div>
          </>
        )}
        {!found && <p class="quiet">{hint()}</p>}
      </div>
      {suggestError.value && (
        <section class="note bad" role="alert">
          <h3>The model can suggest nothing</h3>
          <p>{explain(suggestError.value).text}</p>
          <p>You can label all the same.</p>
        </section>
      )}
      <details>
        <summary>Which texts come first?</summary>
        <p>
          Once two classes have {FEW} texts each, a model is fitted to your labels after each new one. It asks for texts about which it is
          in doubt and which differ from each other, because those teach it most. The score is measured on your labelled texts, each by a
          model that has not seen it; its range shrinks as you label more.
        </p>
      </details>
    </section>
  );
}

function hint(): string {
  if (fitting.value === "first") return "The model reads your texts for the first time. You can go on.";
  if (classes.value.length < 2) return "Make two classes or more to begin.";
  if (enough.value) return "The score comes with more labels.";
  const lacking = [...counts.value].filter(([, number]) => number < FEW).map(([name, number]) => `${FEW - number} more “${name}”`);
  return `The model makes suggestions after ${FEW} texts of two classes: ${lacking.slice(0, 2).join(", ")}.`;
}
