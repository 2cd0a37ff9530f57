import { Step } from "../../parts/step";
import { chosen, dataError, forget, inspection, reading } from "../../state/data";
import { engine } from "../../state/engine";
import { training } from "../../state/runs";
import { Trouble } from "../../trouble/trouble";
import { integer } from "../../words";
import { Balance } from "./balance";
import { Checks } from "./checks";
import { Choose } from "./choose";
import { ColumnChoice } from "./columns";
import { Preview } from "./preview";

export function StepData() {
  const data = chosen.value;
  const found = inspection.value;
  const busy = reading.value;
  const waits = engine.value.phase === "loading";
  return (
    <Step number={1} title="Your data" open waitsFor="">
      {!data && <Choose />}
      {data && (
        <div class="row chosen">
          <span>
            <strong>{data.name}</strong>
            {found && `, ${integer(found.rows)} rows`}
          </span>
          <button onClick={forget} disabled={training.value !== null}>
            Choose other data
          </button>
        </div>
      )}
      <div aria-live="polite">
        {busy && <p class="quiet">{waits ? "It is read as soon as the engine is here…" : "Reading…"}</p>}
      </div>
      {dataError.value && engine.value.phase !== "failed" && <Trouble error={dataError.value} />}
      {data && dataError.value && <FormatHelp />}
      {found && (
        <>
          <Preview found={found} />
          <ColumnChoice found={found} />
          <Checks />
          <Balance />
        </>
      )}
    </Step>
  );
}

function FormatHelp() {
  return (
    <div>
      <p>This is what a file looks like that works:</p>
      <pre tabIndex={0} aria-label="Example of a file">{"text,label\nArrived broken and nobody answers,complaint\nThank you for the quick help!,praise"}</pre>
    </div>
  );
}
