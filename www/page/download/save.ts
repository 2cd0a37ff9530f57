/** Offers a file for download. */
export function save(name: string, content: Blob | string, type = "application/octet-stream"): void {
  const blob = typeof content === "string" ? new Blob([content], { type }) : content;
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // the browser has it once the download has begun
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** A file name from what a person called it. */
export function slug(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/\.(csv|tsv|tab|jsonl?|txt|ndjson|xlsx|ods)$/, "")
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
  return plain.slice(0, 40) || "model";
}
