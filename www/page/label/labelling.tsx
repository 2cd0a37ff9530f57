import { useSignal } from "@preact/signals";
import { save } from "../download/save";
import { useInheritedFocus } from "../parts/focus";
import { counts, labelled, labelledTable, sheet, chooseLabels, chooseText, textAt, unkept, useLabels } from "../state/labelling";
import { Select } from "../steps/data/columns";
import { HERE, sentence } from "../words";
import { onKey } from "./act";
import { Current } from "./current";
import { Standing } from "./standing";
import { Table } from "./table";

/** A table that lacks labels, to be labelled by hand with the model's help. */
export function Labelling() {
  const busy = useSignal(false);
  const place = useInheritedFocus<HTMLElement>();
  const { columns, hasHeader } = sheet.value!;
  const options = columns.map((name, at) => ({ value: String(at), words: hasHeader ? name : `Column ${name}` }));
  const used = [...counts.value.values()].filter((count) => count > 0).length;
  const during = async (work: () => Promise<void>) => {
    busy.value = true;
    try {
      await work();
    } finally {
      busy.value = false;
    }
  };
  const train = async () => {
    await useLabels();
    // what comes next takes the place of this table
    document.getElementById("step-1")?.focus();
  };
  const download = async () => {
    const { name, bytes } = await labelledTable();
    save(name, new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "text/csv" }));
  };
  return (
    <section ref={place} tabIndex={-1} class="labelling" aria-label="Labelling" onKeyDown={onKey}>
      <p>
        This table has texts without labels. Make a class for each answer, then label texts with the keys <kbd>1</kbd> to <kbd>9</kbd>.
        After a few, a model suggests the rest.
      </p>
      {columns.length > 1 && labelled.value === 0 && (
        <div class="columns">
          <Select
            id="label-text-column"
            label="Text"
            value={String(textAt.value)}
            options={options}
            onChange={(value) => chooseText(Number(value))}
          />
          <Select
            id="label-label-column"
            label="Labels"
            value=""
            none="none yet"
            options={options.filter(({ value }) => value !== String(textAt.value))}
            onChange={(value) => chooseLabels(Number(value))}
          />
        </div>
      )}
      <div class="parts lean">
        <Current />
        <Standing />
      </div>
      <Table />
      <div class="buttons">
        <button class="main" disabled={busy.value || used < 2} onClick={() => void during(train)}>
          Train with these labels
        </button>
        <button disabled={busy.value || labelled.value === 0} onClick={() => void during(download)}>
          Download the table (CSV)
        </button>
      </div>
      {unkept.value !== null ? (
        <p class="note" role="status">
          {sentence(`your labels are not kept ${HERE} (${unkept.value})`)} Download the table before you close the page.
        </p>
      ) : (
        <p class="quiet">Your labels are kept {HERE} as you go. Keys: arrows to move, / to search, N for a new class.</p>
      )}
    </section>
  );
}
