import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Prediction, Tuner } from "subtune";
import { Name } from "../../parts/name";
import type { Sample } from "../data/samples";
import { Trouble } from "../../trouble/trouble";
import { percent, score } from "../../words";

const MOST_SHOWN = 8;
/** Some browsers send typed text away to check its spelling. */
const PRIVATE = { spellcheck: false, autocomplete: "off" } as const;

interface TryProps {
  /** Gives the tuner that has the model. Called each time, because it may have to be loaded again. */
  tuner: () => Promise<Tuner>;
  labels: string[];
  pairs: boolean;
  sample: Sample | null;
}

/** Typed text stays when another model is shown. */
const typed = { of: null as Sample | null, text: "", pair: "" };

/** A text field, and the model's prediction for its text. */
export function Try({ tuner, labels, pairs, sample }: TryProps) {
  const tries = sample?.tries ?? [];
  if (typed.of !== sample) Object.assign(typed, { of: sample, text: "", pair: "" });
  const text = useSignal(typed.text || (tries[0]?.text ?? ""));
  const pair = useSignal(typed.pair || (tries[0]?.pair ?? ""));
  const said = useSignal<Prediction | null>(null);
  const error = useSignal<Error | null>(null);
  const busy = useSignal(false);

  useEffect(() => {
    Object.assign(typed, { text: text.value, pair: pair.value });
    if (text.value.trim() === "") {
      said.value = null;
      return;
    }
    let over = false;
    // wait for a pause in typing
    const soon = setTimeout(async () => {
      busy.value = true;
      try {
        const [prediction] = await (await tuner()).predict([pairs ? { text: text.value, pair: pair.value } : text.value]);
        if (over) return;
        said.value = prediction ?? null;
        error.value = null;
      } catch (reason) {
        if (!over) error.value = reason as Error;
      } finally {
        if (!over) busy.value = false;
      }
    }, 250);
    return () => {
      over = true;
      clearTimeout(soon);
    };
  }, [text.value, pair.value]);

  return (
    <section aria-labelledby="try">
      <h3 id="try">Try it</h3>
      <div class="field">
        <label for="try-text">{pairs ? "First text" : "A text of yours"}</label>
        <textarea id="try-text" rows={3} {...PRIVATE} value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
      </div>
      {pairs && (
        <div class="field">
          <label for="try-pair">Second text</label>
          <textarea id="try-pair" rows={3} {...PRIVATE} value={pair.value} onInput={(event) => (pair.value = event.currentTarget.value)} />
        </div>
      )}
      {tries.length > 1 && (
        <p class="tries">
          {tries.map((one) => (
            <button
              key={one.text + (one.pair ?? "")}
              aria-pressed={text.value === one.text && pair.value === (one.pair ?? "")}
              onClick={() => {
                text.value = one.text;
                pair.value = one.pair ?? "";
              }}
            >
              {one.pair ?? one.text}
            </button>
          ))}
        </p>
      )}
      <div class="says" aria-live="polite" aria-busy={busy.value} style={{ "--classes": labels.length }}>
        {said.value && <Says prediction={said.value} />}
        {!said.value && <p class="quiet">{text.value.trim() === "" ? "Type a text to see the answer." : "…"}</p>}
      </div>
      {error.value && <Trouble error={error.value} />}
    </section>
  );
}

function Says({ prediction }: { prediction: Prediction }) {
  if (prediction.value !== undefined) {
    return (
      <p>
        <strong class="big">{score(prediction.value, 2)}</strong>
      </p>
    );
  }
  const rows = [...prediction.probabilities];
  rows.sort((one, other) => other.probability - one.probability);
  return (
    <table class="bars">
      <caption>
        The answer is <strong>{prediction.label ?? (prediction.labels.join(", ") || "no label")}</strong>
      </caption>
      <colgroup>
        <col class="name" />
        <col />
        <col class="amount" />
      </colgroup>
      <thead class="hidden">
        <tr>
          <th scope="col">Class</th>
          <th scope="col">Bar</th>
          <th scope="col" class="figures">
            Probability
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, MOST_SHOWN).map(({ label, probability }) => (
          <tr key={label}>
            <th scope="row">
              <Name of={label} />
            </th>
            <td class="bar">
              <div style={{ width: `${100 * probability}%` }} />
            </td>
            <td class="figures">{percent(probability)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
