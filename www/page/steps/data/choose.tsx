import { useSignal } from "@preact/signals";
import { useInheritedFocus } from "../../parts/focus";
import { chooseFile, choosePasted, chooseSample } from "../../state/data";
import { SAMPLES } from "./samples";
import { HERE } from "../../words";

/** Endings, and types for phones that know only those. */
const ACCEPTED = [
  ".csv,.tsv,.tab,.txt,.json,.jsonl,.ndjson,.xlsx,.ods",
  "text/csv,text/plain,text/tab-separated-values,application/json,application/jsonl",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,application/vnd.oasis.opendocument.spreadsheet",
].join();

/** A file, pasted rows or a sample. */
export function Choose() {
  const over = useSignal(false);
  const pasted = useSignal("");
  const place = useInheritedFocus<HTMLInputElement>();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    over.value = false;
    const file = event.dataTransfer?.files[0];
    if (file) void chooseFile(file);
  };
  return (
    <>
      <p>A table with one example in each row: a text, and the answer the model should learn. A few hundred rows are a good start.</p>
      <label
        class={`drop ${over.value ? "over" : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          over.value = true;
        }}
        onDragLeave={() => (over.value = false)}
        onDrop={drop}
      >
        <input
          ref={place}
          id="data-file"
          type="file"
          class="hidden"
          accept={ACCEPTED}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void chooseFile(file);
            event.currentTarget.value = "";
          }}
        />
        <strong>Choose a file</strong> or drop it here
        <small>CSV, TSV, Excel (xlsx), OpenDocument (ods), JSON, JSON Lines or plain text. The file stays {HERE}.</small>
      </label>
      <details class="paste">
        <summary>Paste rows from a spreadsheet</summary>
        <label for="pasted">Rows, with column names in the first row</label>
        <textarea
          id="pasted"
          rows={6}
          spellcheck={false}
          autocomplete="off"
          placeholder={"text\tlabel\nArrived broken\tcomplaint\nThank you!\tpraise"}
          value={pasted.value}
          onInput={(event) => (pasted.value = event.currentTarget.value)}
        />
        <button disabled={pasted.value.trim() === ""} onClick={() => void choosePasted(pasted.value)}>
          Use these rows
        </button>
      </details>
      <h3>Or try a sample</h3>
      <ul class="samples">
        {SAMPLES.map((sample) => (
          <li key={sample.id}>
            <button onClick={() => void chooseSample(sample)}>
              <strong>{sample.title}</strong>
              <span>{sample.about}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
