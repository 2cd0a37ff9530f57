import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JudgedExample } from "subtune";
import { Name } from "../../parts/name";
import type { Training } from "../../state/training";
import { count, integer, percent } from "../../words";
import { scoreOf } from "./scores";

/** The most classes that fit in a readable table. */
const MOST_CLASSES = 12;
const MOST_EXAMPLES = 50;

interface Pair {
  right: number;
  said: number;
}

/** Which class is mistaken for which; a cell opens its examples. */
export function Confusion({ training }: { training: Training }) {
  const open = useSignal<Pair | null>(null);
  const result = training.result.value;
  const final = result && scoreOf(result)?.metrics;
  const labels = training.start?.labels ?? [];
  if (!final || !("confusion" in final)) return null;
  const { confusion } = final;
  const most = Math.max(1, ...confusion.flat());
  const isTable = labels.length <= MOST_CLASSES;
  const examples = result?.heldOut?.examples ?? [];
  return (
    <section aria-labelledby="confusion">
      <h3 id="confusion">What it confuses</h3>
      <p>
        {isTable
          ? "Rows are the right answers, columns are the model’s answers. Choose a cell to see its examples."
          : "The most frequent mistakes. Choose one to see its examples."}
      </p>
      {isTable ? (
        <div class="scroll" tabIndex={0} role="region" aria-label="Confusion matrix">
          <table class="heat confusion">
            <thead>
              <tr>
                <td />
                {labels.map((label) => (
                  <th scope="col" key={label}>
                    <Name of={label} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {confusion.map((row, right) => (
                <tr key={right}>
                  <th scope="row">
                    <Name of={labels[right]} />
                  </th>
                  {row.map((number, said) => {
                    const depth = number === 0 ? 0 : 0.12 + 0.88 * (number / most);
                    const pressed = open.value?.right === right && open.value.said === said;
                    return (
                      <td key={said} class={right === said ? "right" : "wrong"} style={{ "--depth": depth.toFixed(2) }}>
                        <button
                          disabled={number === 0}
                          aria-pressed={pressed}
                          aria-label={`${count(number, "example")} of ${labels[right]} taken for ${labels[said]}`}
                          onClick={() => (open.value = pressed ? null : { right, said })}
                        >
                          {integer(number)}
                        </button>
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <Confusions confusion={confusion} labels={labels} onOpen={(pair) => (open.value = pair)} />
      )}
      <p class="hidden" role="status">
        {open.value && `Examples are shown below: ${titleOf(open.value, labels)}.`}
      </p>
      {open.value && <Examples pair={open.value} labels={labels} examples={examples} />}
    </section>
  );
}

function titleOf({ right, said }: Pair, labels: string[]): string {
  return right === said ? `${labels[right]}, and recognised` : `${labels[right]}, taken for ${labels[said]}`;
}

/** The most frequent mistakes, if there are too many classes for a table. */
function Confusions({ confusion, labels, onOpen }: { confusion: number[][]; labels: string[]; onOpen: (pair: Pair) => void }) {
  const mistakes = confusion
    .flatMap((row, right) => row.map((number, said) => ({ right, said, number })))
    .filter(({ right, said, number }) => right !== said && number > 0)
    .sort((one, other) => other.number - one.number)
    .slice(0, 15);
  if (mistakes.length === 0) return <p>No mistakes.</p>;
  return (
    <ul class="mistakes">
      {mistakes.map(({ right, said, number }) => (
        <li key={`${right}-${said}`}>
          <button class="plain" onClick={() => onOpen({ right, said })}>
            {labels[right]} taken for {labels[said]}
          </button>{" "}
          ({integer(number)})
        </li>
      ))}
    </ul>
  );
}

function Examples({ pair, labels, examples }: { pair: Pair; labels: string[]; examples: JudgedExample[] }) {
  const place = useRef<HTMLDivElement>(null);
  const { right, said } = pair;
  useEffect(() => place.current?.scrollIntoView({ block: "nearest" }), [right, said]);
  const found = examples.filter(({ target, prediction }) => String(target) === labels[right] && prediction.label === labels[said]);
  return (
    <div class="examples" ref={place} role="region" aria-label="Examples of the cell" tabIndex={0}>
      <h4>
        {titleOf(pair, labels)}: {count(found.length, "example")}
      </h4>
      <ul>
        {found.slice(0, MOST_EXAMPLES).map(({ line, text, pair: second, prediction }) => (
          <li key={line}>
            <span class="text">
              {text}
              {second !== null && (
                <>
                  <br />
                  {second}
                </>
              )}
            </span>
            <span class="quiet">
              line {line}
              {prediction.label !== undefined && `, ${percent(prediction.probability, 0)} sure`}
            </span>
          </li>
        ))}
      </ul>
      {found.length > MOST_EXAMPLES && <p class="quiet">… and {integer(found.length - MOST_EXAMPLES)} more</p>}
    </div>
  );
}
