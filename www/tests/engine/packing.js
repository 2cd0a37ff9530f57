/**
 * A recording as a small text: numbers of six digits, and lists of objects that have the same keys as tables. Lists that begin with
 * {@link TABLE} do not occur in what the engine says.
 */
export function pack(recording) {
  return `${JSON.stringify(packed(recording))}\n`;
}

export function unpack(value) {
  if (Array.isArray(value)) {
    if (value[0] !== TABLE) return value.map(unpack);
    const [, keys, ...rows] = value;
    return rows.map((row) => Object.fromEntries(keys.map((key, at) => [key, unpack(row[at])])));
  }
  return value !== null && typeof value === "object" ? mapped(value, unpack) : value;
}

const TABLE = "#";

function packed(value) {
  if (typeof value === "number") return Number.isFinite(value) ? Number(value.toPrecision(6)) : value;
  if (value === null || typeof value !== "object") return value;
  if (!Array.isArray(value)) return mapped(value, packed);
  const keys = value.length > 1 && isObject(value[0]) ? Object.keys(value[0]) : [];
  const alike = keys.length > 0 && value.every((one) => isObject(one) && Object.keys(one).join() === keys.join());
  return alike ? [TABLE, keys, ...value.map((one) => keys.map((key) => packed(one[key])))] : value.map(packed);
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const mapped = (object, change) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
