import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { counts, cursor, labels, texts } from "../state/labelling";
import { proposalOf } from "../state/suggestions";
import { count, integer, percent } from "../words";
import { order, query, shown } from "./order";

/** The height of a row and of the table, in pixels. */
const ROW = 40;
const HEIGHT = 400;
/** Rows in the page above and below those that are seen. */
const MORE = 5;

/** All texts with their labels. Only rows that are seen are in the page. */
export function Table() {
  const rows = order.value;
  const top = useSignal(0);
  const place = useRef<HTMLDivElement>(null);
  const row = cursor.value;
  const first = Math.max(0, Math.floor(top.value / ROW) - MORE);
  const seen = rows.slice(first, first + Math.ceil(HEIGHT / ROW) + 2 * MORE);
  useEffect(() => {
    const box = place.current;
    const at = rows.indexOf(row);
    if (!box || at < 0) return;
    if (at * ROW < box.scrollTop) box.scrollTop = at * ROW;
    else if ((at + 1) * ROW > box.scrollTop + HEIGHT) box.scrollTop = (at + 1) * ROW - HEIGHT;
  }, [row, rows]);
  return (
    <section aria-labelledby="all-texts">
      <h3 id="all-texts">All texts</h3>
      <Filter />
      {rows.length === 0 ? (
        <p class="nothing quiet">No text is like that.</p>
      ) : (
        <div
          id="label-table"
          ref={place}
          class="label-table"
          role="listbox"
          aria-label="Texts"
          tabIndex={0}
          {...(seen.includes(row) && { "aria-activedescendant": `text-${row}` })}
          onScroll={(event) => (top.value = event.currentTarget.scrollTop)}
        >
          <div role="presentation" style={{ height: `${rows.length * ROW}px` }}>
            {seen.map((one, at) => (
              <Row key={one} row={one} place={first + at} of={rows.length} />
            ))}
          </div>
        </div>
      )}
    </section>
  );
}

function Row({ row, place, of: size }: { row: number; place: number; of: number }) {
  const own = labels.value[row] ?? null;
  const proposal = proposalOf(row);
  const isCurrent = cursor.value === row;
  return (
    <div
      id={`text-${row}`}
      role="option"
      tabIndex={-1}
      aria-selected={isCurrent}
      aria-posinset={place + 1}
      aria-setsize={size}
      style={{ transform: `translateY(${place * ROW}px)` }}
      onMouseDown={() => (cursor.value = row)}
    >
      <span class="quiet figures">{integer(row + 1)}</span>
      <span class="words">{texts.value[row]}</span>
      {own !== null && <span class="label">{own}</span>}
      {proposal && (
        <span class="guess quiet">
          {proposal.label}? {percent(proposal.probability, 0)}
        </span>
      )}
    </div>
  );
}

function Filter() {
  const wanted = shown.value;
  const value = typeof wanted === "object" ? `of ${wanted.of}` : wanted;
  return (
    <div class="filter">
      <label for="label-search">Search</label>
      <input
        id="label-search"
        type="search"
        spellcheck={false}
        autocomplete="off"
        aria-keyshortcuts="/"
        value={query.value}
        onInput={(event) => (query.value = event.currentTarget.value)}
      />
      <label for="label-shown">Show</label>
      <select
        id="label-shown"
        value={value}
        onChange={(event) => {
          const { value } = event.currentTarget;
          shown.value = value.startsWith("of ") ? { of: value.slice(3) } : (value as "all" | "without" | "with");
        }}
      >
        <option value="all">all texts</option>
        <option value="without">texts without a label</option>
        <option value="with">texts with a label</option>
        {[...counts.value].map(([name, number]) => (
          <option key={name} value={`of ${name}`}>
            {name} ({integer(number)})
          </option>
        ))}
      </select>
      <span class="quiet" role="status">
        {count(order.value.length, "text")}
      </span>
    </div>
  );
}
