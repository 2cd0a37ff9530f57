import { useSignal } from "@preact/signals";
import { save, slug } from "../../download/save";
import { filesOf } from "../../state/models";
import type { Training } from "../../state/training";
import { Trouble } from "../../trouble/trouble";

export function folderName(training: Training): string {
  return `${slug(training.data.name)}-${training.settings.method}-run${training.id}`;
}

/** Downloads of the model and the report. */
export function Downloads({ training }: { training: Training }) {
  training.news.value;
  const state = useSignal<"idle" | "packing" | "done">("idle");
  const error = useSignal<Error | null>(null);
  const name = folderName(training);
  const model = async () => {
    state.value = "packing";
    error.value = null;
    try {
      const [files, { zip }] = await Promise.all([filesOf(training), import("../../download/zip")]);
      save(`${name}.zip`, await zip(name, files));
      training.downloaded = true;
      state.value = "done";
    } catch (reason) {
      error.value = reason as Error;
      state.value = "idle";
    }
  };
  return (
    <section aria-labelledby="downloads">
      <h3 id="downloads">Keep it</h3>
      <p>
        The model exists in this tab only. The download is a folder that Python’s transformers, subtune’s terminal program and its npm
        package can load.
      </p>
      <div class="buttons">
        <button class="main" disabled={state.value === "packing"} onClick={() => void model()}>
          {state.value === "packing" ? "Packing…" : "Download the model (zip)"}
        </button>
        <button disabled={training.report === null} onClick={() => save(`${name}-report.html`, training.report!, "text/html")}>
          Download the report
        </button>
      </div>
      <p class="quiet" role="status">
        {state.value === "done" ? `${name}.zip is in your downloads.` : "\u00a0"}
      </p>
      {error.value && <Trouble error={error.value} />}
    </section>
  );
}
