import { useSignal } from "@preact/signals";
import type { SuspectsEvent } from "subtune";
import { Name } from "../../parts/name";
import { chosen } from "../../state/data";
import { correct } from "../../state/labelling";
import { train, training as running } from "../../state/runs";
import type { Training } from "../../state/training";
import { count, integer, percent } from "../../words";

type Suspect = SuspectsEvent["suspects"][number];

/** The labels that are probably wrong, to be corrected or kept. With corrections, the model is trained again. */
export function Suspects({ training }: { training: Training }) {
  /** By line: the right label, or `null` for the one that it has. */
  const decided = useSignal<ReadonlyMap<number, string | null>>(new Map());
  const busy = useSignal(false);
  const judged = training.result.value?.suspects;
  if (!judged || judged.suspects.length === 0) return null;
  const { examples, suspects } = judged;
  const { sample, kept } = training.data;
  // the table can be changed only while it is the one of step 1
  const canCorrect = training.data === chosen.value && !sample && !kept && suspects.every(({ pair }) => pair === null);
  const changes = new Map([...decided.value].filter((one): one is [number, string] => one[1] !== null));
  const decide = (line: number, label: string | null) => (decided.value = new Map([...decided.value, [line, label]]));
  const again = async () => {
    busy.value = true;
    try {
      if (await correct(changes)) await train();
    } finally {
      busy.value = false;
    }
  };
  return (
    <details class="suspects" open>
      <summary>
        <h3>Labels that may be wrong</h3>
      </summary>
      <p>
        {integer(judged.count)} of {count(examples, "label")} looked doubtful to a model that had not seen them. Either the text is hard or
        its label is wrong.
      </p>
      <ul tabIndex={0} aria-label="Labels that may be wrong, the most doubtful first">
        {suspects.map((one) => (
          <One key={one.line} one={one} decision={decided.value.get(one.line)} decide={canCorrect ? decide : null} />
        ))}
      </ul>
      {canCorrect && (
        <button class="main" disabled={changes.size === 0 || busy.value || running.value !== null} onClick={() => void again()}>
          Train again with {changes.size === 0 ? "corrected labels" : count(changes.size, "corrected label")}
        </button>
      )}
    </details>
  );
}

interface OneProps {
  one: Suspect;
  decision: string | null | undefined;
  decide: ((line: number, label: string | null) => void) | null;
}

function One({ one: { line, text, pair, label, likely, likelyProbability }, decision, decide }: OneProps) {
  return (
    <li>
      <span class="text" dir="auto">
        {text}
        {pair !== null && (
          <>
            <br />
            {pair}
          </>
        )}
      </span>
      <span class="quiet">
        line {line}: labelled <Name of={label} />, probably <Name of={likely} /> ({percent(likelyProbability, 0)})
      </span>
      {decide && (
        <span class="buttons">
          <button class="small" aria-pressed={decision === likely} onClick={() => decide(line, likely)}>
            Correct to <Name of={likely} />
          </button>
          <button class="small" aria-pressed={decision === null} onClick={() => decide(line, null)}>
            Keep <Name of={label} />
          </button>
        </span>
      )}
    </li>
  );
}
