import { inSlices } from "./slices";

/** Rows as a CSV file. `row` gives the fields of one. */
export async function csv(header: string[], count: number, row: (at: number) => string[]): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const parts: BlobPart[] = [encoder.encode(line(header))];
  await inSlices(count, (at) => parts.push(line(row(at))));
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** A line with every field in quotes, so that an empty one is a field, too. */
function line(fields: string[]): string {
  return `${fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(",")}\r\n`;
}
