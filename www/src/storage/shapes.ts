/** What was read from the disk may have any shape: another version wrote it, or somebody else. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether each of what a record says of files is an object that has the number of its bytes. */
export function haveBytes(files: unknown): files is Record<string, { bytes: number }> {
  return isObject(files) && Object.values(files).every((file) => isObject(file) && typeof file.bytes === "number");
}
