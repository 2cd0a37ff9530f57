import type { ColumnCandidate, LabelVariants, Question } from "subtune";
import { Name } from "../../parts/name";
import { useInheritedFocus } from "../../parts/focus";
import { tell, told, type Told } from "../../state/data";
import { training } from "../../state/runs";
import { integer } from "../../words";

const MOST_GROUPS = 8;

/** Questions that only a person can answer. Training waits for the answers. */
export function Questions({ questions: all }: { questions: Question[] }) {
  // an answered question disappears at once, while the file is read again
  const questions = all.filter(({ role }) => ANSWERS[role](told.value) === undefined);
  const place = useInheritedFocus<HTMLElement>(questions.length);
  return (
    <section ref={place} tabIndex={-1} aria-label="Questions about the data" class="questions">
      <p class="hidden" role="status">
        {questions.length > 0 &&
          `${questions.length === 1 ? "A question" : `${questions.length} questions`} about the data must be answered before training.`}
      </p>
      {questions.map((question) => (
        <fieldset key={question.role} class="note question" disabled={training.value !== null}>
          <legend class="hidden">{TITLES[question.role]}</legend>
          <h3 aria-hidden="true">{TITLES[question.role]}</h3>
          {question.role === "merge_labels" ? (
            <Merge groups={question.groups} />
          ) : (
            <Which role={question.role} candidates={question.candidates} />
          )}
        </fieldset>
      ))}
    </section>
  );
}

const ANSWERS: Record<Question["role"], (said: Told) => unknown> = {
  text: ({ textColumn }) => textColumn,
  label: ({ labelColumn }) => labelColumn,
  merge_labels: ({ mergeLabels }) => mergeLabels,
};

const TITLES: Record<Question["role"], string> = {
  text: "Which column has the text?",
  label: "Which column has the answer to learn?",
  merge_labels: "Are these answers the same?",
};

function Which({ role, candidates }: { role: "text" | "label"; candidates: ColumnCandidate[] }) {
  const [first, second, ...more] = candidates;
  return (
    <>
      <p>{role === "text" ? "Several are possible." : "Several are possible, and each gives a different model."}</p>
      <ul class="candidates">
        {candidates.map(({ column, why, examples }) => (
          <li key={column}>
            <button onClick={() => tell(role === "text" ? { textColumn: column } : { labelColumn: column })}>
              <strong>
                <Name of={column} />
              </strong>
              <span class="quiet">{why}</span>
              <span class="such">{examples.map((example) => `“${example}”`).join(", ")}</span>
            </button>
          </li>
        ))}
        {role === "text" && first && second && more.length === 0 && (
          <li>
            <button onClick={() => tell({ textColumn: first.column, pairColumn: second.column })}>
              <strong>Both</strong>
              <span class="quiet">The answer is about the two texts together, as a pair.</span>
            </button>
          </li>
        )}
      </ul>
    </>
  );
}

function Merge({ groups }: { groups: LabelVariants[] }) {
  return (
    <>
      <p>They differ only in capitals, spaces or number format. As they are, each is its own class.</p>
      <ul>
        {groups.slice(0, MOST_GROUPS).map(({ label, written }) => (
          <li key={label}>{written.map((one) => `“${one.label}” (${integer(one.examples)})`).join(" and ")}</li>
        ))}
        {groups.length > MOST_GROUPS && <li>and {integer(groups.length - MOST_GROUPS)} more</li>}
      </ul>
      <div class="buttons">
        <button class="main" onClick={() => tell({ mergeLabels: true })}>
          The same: make them one
        </button>
        <button onClick={() => tell({ mergeLabels: false })}>Different: keep them apart</button>
      </div>
    </>
  );
}
