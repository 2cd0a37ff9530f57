import { useSignal } from "@preact/signals";
import { chosenFiles, droppedFiles } from "./dropped";
import { addModel } from "./use";
import { HERE } from "../words";

/** A place to drop a model, and fields to choose its folder or its files. */
export function AddModel({ busy }: { busy: boolean }) {
  const over = useSignal(false);
  const choose = (input: HTMLInputElement) => {
    const files = chosenFiles(input.files!);
    if (files.size > 0) void addModel(Promise.resolve(files));
    input.value = "";
  };
  return (
    <fieldset
      class={`drop add ${over.value ? "over" : ""}`}
      disabled={busy}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = !busy;
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        if (!busy && event.dataTransfer) void addModel(droppedFiles(event.dataTransfer));
      }}
    >
      <legend class="hidden">Add a model</legend>
      <span>Drop a model folder here, or</span>
      <label class="button">
        <input
          id="base-folder"
          type="file"
          class="hidden"
          // @ts-expect-error: known to every browser, but not to the types
          webkitdirectory
          onChange={(event) => choose(event.currentTarget)}
        />
        choose a folder
      </label>
      <label class="button">
        <input id="base-files" type="file" multiple class="hidden" onChange={(event) => choose(event.currentTarget)} />
        choose files
      </label>
      <small>
        <code>config.json</code>, <code>tokenizer.json</code> and <code>model.safetensors</code>, as Hugging Face has them. The files stay{" "}
        {HERE}.
      </small>
    </fieldset>
  );
}
