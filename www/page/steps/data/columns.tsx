import type { Inspection } from "subtune";
import { chosen, tell, told } from "../../state/data";
import { training } from "../../state/runs";

/** The role of each column: guessed, and can be changed. */
export function ColumnChoice({ found }: { found: Inspection }) {
  const { content } = found;
  const said = told.value;
  // separate validation and test files must have the same columns
  const fixed = training.value !== null || chosen.value?.sample != null;
  const numbers =
    content?.task.kind === "regression" ||
    (content?.task.kind === "classification" &&
      content.task.classes.every(({ label }) => label.trim() !== "" && Number.isFinite(Number(label))));
  const names = found.columns.map((name) => ({ value: name, words: found.hasHeader ? name : `Column ${name}` }));
  return (
    <fieldset class="columns" disabled={fixed}>
      <legend>Which column holds what</legend>
      <Select
        id="text-column"
        label="Text"
        value={said.textColumn ?? content?.textColumn}
        options={names}
        onChange={(textColumn) => tell({ textColumn })}
      />
      <Select
        id="label-column"
        label="Answer"
        value={said.labelColumn ?? content?.labelColumn}
        options={names}
        onChange={(labelColumn) => tell({ labelColumn })}
      />
      {found.columns.length > 2 && (
        <Select
          id="pair-column"
          label="Second text"
          value={(said.pairColumn === undefined ? content?.pairColumn : said.pairColumn) ?? undefined}
          options={names}
          none="none"
          onChange={(pairColumn) => tell({ pairColumn: pairColumn || null })}
        />
      )}
      {numbers && (
        <Select
          id="task"
          label="The answer is"
          value={said.task ?? content?.task.kind}
          options={[
            { value: "classification", words: "one of several classes" },
            { value: "regression", words: "a number" },
          ]}
          onChange={(task) => tell({ task: task as "classification" | "regression" })}
        />
      )}
      {said.mergeLabels !== undefined && (
        <Select
          id="merge-labels"
          label="Answers that are written differently"
          value={said.mergeLabels ? "merge" : "apart"}
          options={[
            { value: "merge", words: "are the same" },
            { value: "apart", words: "are different" },
          ]}
          onChange={(value) => tell({ mergeLabels: value === "merge" })}
        />
      )}
    </fieldset>
  );
}

interface SelectProps {
  id: string;
  label: string;
  value: string | undefined;
  options: { value: string; words: string }[];
  none?: string;
  onChange: (value: string) => void;
}

export function Select({ id, label, value, options, none, onChange }: SelectProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value ?? ""} onChange={(event) => onChange(event.currentTarget.value)}>
        {(none !== undefined || value === undefined) && <option value="">{none ?? "choose…"}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.words}
          </option>
        ))}
      </select>
    </div>
  );
}
