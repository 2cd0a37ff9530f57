/** Checks of values from the disk. They may have any shape, because another version or program wrote them. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the files of a record are objects with the number of their bytes. */
export function haveBytes(files: unknown): files is Record<string, { bytes: number }> {
  return isObject(files) && Object.values(files).every((file) => isObject(file) && typeof file.bytes === "number");
}
