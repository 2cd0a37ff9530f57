import type { ComponentChildren } from "preact";
import type { Inspection, Omission, Reading, Understood, UnderstoodColumn } from "subtune";
import { chosen, readAgain } from "../../state/data";
import { training } from "../../state/runs";
import { count, integer } from "../../words";
import { Select } from "./columns";

/** How the file was read, and why. Header and sheet can be changed. */
export function HowRead({ found }: { found: Inspection }) {
  const { reading, content } = found;
  const fixed = training.value !== null || chosen.value?.sample != null;
  const isTable = reading.delimiter !== null || reading.sheet !== null;
  return (
    <section class="how-read" aria-labelledby="how-read">
      <h3 id="how-read">How the file was read</h3>
      <dl>
        <Row name="File">{fileWords(reading)}</Row>
        <Row name="Rows">
          {integer(reading.rows)}
          {content && `, ${content.examples === reading.rows ? "all" : integer(content.examples)} of them used`}
        </Row>
        {content && <Columns understood={content.understood} />}
        {content?.understood.leftOut.map((omission) => (
          <Row key={omission.reason} name="Left out">
            {omissionWords(omission)}
          </Row>
        ))}
        {content?.understood.merged.map(({ label, written }) => (
          <Row key={label} name="Made one">
            {written.map((one) => `“${one.label}” (${integer(one.examples)})`).join(" and ")}, as “{label}”
          </Row>
        ))}
      </dl>
      <fieldset class="columns wide" disabled={fixed}>
        <legend class="hidden">How to read the file</legend>
        {isTable && (
          <Select
            id="has-header"
            label="First row"
            value={found.hasHeader ? "names" : "data"}
            options={[
              { value: "names", words: "column names" },
              { value: "data", words: "an example" },
            ]}
            onChange={(value) => readAgain({ header: value === "names" })}
          />
        )}
        {reading.sheet !== null && reading.otherSheets.length > 0 && (
          <Select
            id="sheet"
            label="Sheet"
            value={reading.sheet}
            options={[reading.sheet, ...reading.otherSheets].map((name) => ({ value: name, words: name }))}
            onChange={(sheet) => readAgain({ sheet, header: undefined })}
          />
        )}
      </fieldset>
    </section>
  );
}

function Columns({ understood: { text, pair, label, unused } }: { understood: Understood }) {
  const row = (name: string, column: UnderstoodColumn) => (
    <Row name={name}>
      {column.column} <span class="quiet">({column.why})</span>
    </Row>
  );
  return (
    <>
      {row("Text", text)}
      {pair && row("Second text", pair)}
      {label.column !== "" && row("Answer", label)}
      {unused.length > 0 && <Row name="Not used">{unused.join(", ")}</Row>}
    </>
  );
}

function Row({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const DELIMITERS: Record<string, string> = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", " ": "blanks" };

function fileWords({ format, encoding, delimiter, headerLine, sheet, otherSheets }: Reading): string {
  const words = [format];
  if (sheet !== null) words.push(`sheet “${sheet}”${otherSheets.length > 0 ? ` of ${otherSheets.length + 1}` : ""}`);
  if (encoding !== null) words.push(encoding);
  if (delimiter !== null) words.push(`${DELIMITERS[delimiter] ?? `“${delimiter}”`} between the fields`);
  if (headerLine !== null) words.push(`column names in line ${integer(headerLine)}`);
  else if (delimiter !== null || sheet !== null) words.push("no column names");
  return words.join(", ");
}

function omissionWords({ reason, count: number, lines }: Omission): string {
  const more = number > lines.length ? ", …" : "";
  return `${reason}: ${integer(number)} (${count(lines.length, "line", "lines").replace(/^\S+ /, "")} ${lines.map(integer).join(", ")}${more})`;
}
