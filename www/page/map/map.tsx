import { useSignal } from "@preact/signals";
import type { MatrixSelection, Method } from "subtune";
import type { Training } from "../state/training";
import { about } from "../state/settings";
import { count, percent } from "../words";
import { mapOf, shareAgain, shareSelected } from "./matrices";

type View = "again" | "selected";

/** Whether the method selects subnetworks other than at random. */
export function hasMap(method: Method): boolean {
  return about(method).selects;
}

/** The selected share of each matrix of each layer, and how much of it was selected before. */
export function SubnetworkMap({ training }: { training: Training }) {
  training.news.value;
  const { cycles, settings, start } = training;
  const view = useSignal<View>("again");
  if (!hasMap(settings.method)) return null;
  const last = cycles.at(-1);
  const first = cycles.length < 2;
  const showing: View = first ? "selected" : view.value;
  const share = showing === "again" ? shareAgain : shareSelected;
  // before the first selection the map stands there already, so that nothing moves when it comes
  const { columns, layers, outside } = mapOf(last?.matrices ?? []);
  const rows = last ? layers : Array.from({ length: start?.layers ?? settings.layers ?? 6 }, () => []);
  const shares = (last?.matrices ?? []).map(share);
  const [low, high] = range(shares);
  return (
    <section class="map" aria-labelledby="map">
      <h3 id="map">The part of the model that learns</h3>
      <div class="parts">
        <div class="scroll" tabIndex={0} role="region" aria-label="Subnetwork map">
          <table class="heat">
            <caption class="hidden">
              {showing === "again" ? "Share of the chosen weights that were also chosen last time" : "Share of the weights that are chosen"}
              , by layer and matrix
            </caption>
            <thead>
              <tr>
                <th scope="col">Layer</th>
                {columns.map(({ name }) => (
                  <th scope="col" key={name}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, layer) => (
                <tr key={layer}>
                  <th scope="row">{layer + 1}</th>
                  {columns.map(({ name }, column) => (
                    <Cell key={name} matrix={row[column]} share={share} low={low} high={high} />
                  ))}
                </tr>
              ))}
              {outside.map(({ name, matrix }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <Cell matrix={matrix} share={share} low={low} high={high} />
                  <td class="nothing" colSpan={columns.length - 1} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div>
          <p>
            {cycles.length === 0
              ? "The model finds the part that matters for your answers while it learns. The first choice comes soon."
              : `Chosen ${count(cycles.length, "time")} so far, last before step ${last!.step}. A cell is one part of the model; the deeper the colour, the larger the share.`}
          </p>
          <fieldset class="choice" disabled={first}>
            <legend class="hidden">What the map shows</legend>
            <label>
              <input type="radio" name="map-view" checked={showing === "again"} onChange={() => (view.value = "again")} /> kept from the
              last choice
            </label>
            <label>
              <input type="radio" name="map-view" checked={showing === "selected"} onChange={() => (view.value = "selected")} /> chosen now
            </label>
          </fieldset>
          <Chance training={training} />
          <dl>
            {columns
              .filter(({ about }) => about)
              .map(({ name, about }) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{about}</dd>
                </div>
              ))}
          </dl>
        </div>
      </div>
    </section>
  );
}

function Cell(props: { matrix: MatrixSelection | undefined; share: (matrix: MatrixSelection) => number; low: number; high: number }) {
  const { matrix, share, low, high } = props;
  if (!matrix) return <td />;
  const value = share(matrix);
  const depth = 0.1 + 0.9 * Math.min(1, Math.max(0, (value - low) / (high - low)));
  return (
    <td style={{ "--depth": depth.toFixed(2) }} title={matrix.name}>
      {percent(value, 0)}
    </td>
  );
}

/** Bounds in steps of 5 %, wide enough that noise does not look like a pattern. */
function range(shares: number[]): [number, number] {
  const low = Math.floor(20 * Math.min(0.9, ...shares)) / 20;
  const high = Math.min(1, Math.max(Math.ceil(20 * Math.max(0, ...shares)) / 20, low + 0.1));
  return [low, high];
}

function Chance({ training }: { training: Training }) {
  const { cycles, settings } = training;
  if (cycles.length < 2) return <p class="quiet"> </p>;
  return (
    <p class="quiet">
      By chance, two choices would have {percent(settings.updateFraction ?? about(settings.method).fraction ?? 1, 0)} in common. Far more
      means that the model is sure which part matters.
    </p>
  );
}
