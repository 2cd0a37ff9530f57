import { useInheritedFocus } from "../../parts/focus";
import { Step } from "../../parts/step";
import { chosen, content, type Chosen, dataError, fit, forget, inspection, labelling, reading } from "../../state/data";
import { engine } from "../../state/engine";
import { labelMore, openError, opening, sheet } from "../../state/labelling";
import { KeptLabels } from "../../label/kept-work";
import { Labelling } from "../../label/labelling";
import { training } from "../../state/runs";
import { Trouble } from "../../trouble/trouble";
import { integer } from "../../words";
import { Balance } from "./balance";
import { Checks } from "./checks";
import { Choose } from "./choose";
import { ColumnChoice } from "./columns";
import { HowRead } from "./how-read";
import { Preview } from "./preview";
import { Questions } from "./questions";

export function StepData() {
  const data = chosen.value;
  const found = inspection.value;
  const busy = reading.value;
  const makesLabels = sheet.value !== null && labelling.value;
  const waits = engine.value.phase === "loading";
  return (
    <Step number={1} title="Your data" open done={fit.value} waitsFor="">
      {!data && <KeptLabels />}
      {!data && <Choose />}
      {data && <ChosenData data={data} rows={found?.rows ?? null} busy={busy && !waits} />}
      <div aria-live="polite" class={(busy && !found) || opening.value ? "room" : ""}>
        {opening.value && <p class="quiet">Opening the table…</p>}
        {busy && !found && (waits || !data) && <p class="quiet">{waits ? "It will be read when the engine has loaded…" : "Reading…"}</p>}
      </div>
      {dataError.value && engine.value.phase !== "failed" && <Trouble error={dataError.value} />}
      {data && dataError.value && <FormatHelp />}
      {openError.value && <Trouble error={openError.value} />}
      {found && <Questions questions={found.questions} />}
      {makesLabels && <Labelling />}
      {found && !makesLabels && !opening.value && (
        <div class="parts lean">
          <div>
            <Preview found={found} />
            <ColumnChoice found={found} />
            <HowRead found={found} />
          </div>
          <div class="stack">
            <Balance />
            <Checks />
          </div>
        </div>
      )}
    </Step>
  );
}

function ChosenData({ data, rows, busy }: { data: Chosen; rows: number | null; busy: boolean }) {
  const { name, sample, kept } = data;
  const task = content.value?.task.kind;
  const canLabel =
    rows !== null && !labelling.value && sample === null && !kept && task === "classification" && content.value?.pairColumn === null;
  const place = useInheritedFocus<HTMLElement>();
  return (
    <div class="row chosen">
      <span ref={place} tabIndex={-1}>
        <strong>{name}</strong>
        <span aria-live="polite">{busy ? ", reading…" : rows !== null && `, ${integer(rows)} rows`}</span>
      </span>
      <div class="buttons">
        {canLabel && (
          <button onClick={() => void labelMore()} disabled={training.value !== null}>
            {sheet.value ? "Label more" : "Label or correct"}
          </button>
        )}
        <button onClick={forget} disabled={training.value !== null}>
          Choose other data
        </button>
      </div>
    </div>
  );
}

function FormatHelp() {
  return (
    <div>
      <p>A file that works looks like this:</p>
      <pre tabIndex={0} aria-label="Example of a file">
        {"text,label\nArrived broken and nobody answers,complaint\nThank you for the quick help!,praise"}
      </pre>
    </div>
  );
}
