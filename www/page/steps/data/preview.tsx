import type { Inspection } from "subtune";

const ROWS = 5;

/** The first rows, with the columns in use marked. */
export function Preview({ found }: { found: Inspection }) {
  const { columns, content, preview } = found;
  const role = (name: string) =>
    name === content?.textColumn ? "text" : name === content?.pairColumn ? "second text" : name === content?.labelColumn ? "answer" : null;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="First rows">
      <table class="preview">
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col" class={role(name) ? "used" : ""}>
                {found.hasHeader ? name : `Column ${name}`}
                {role(name) && <span class="role">{role(name)}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {preview.slice(0, ROWS).map((fields, row) => (
            <tr key={row}>
              {columns.map((name, at) => (
                <td key={name} class={role(name) ? "used" : ""}>
                  <div class="cell">{fields[at] ?? ""}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
