import type { DeviceInfo, Metrics } from "subtune";
import { here, program } from "../src/program/program";

/** Whether `subtune ui` serves this page, with an engine of its own. */
export const hasProgram = program() !== undefined;

/** Where things are kept. */
export const HERE = here();

/** Numbers for people. */
const whole = new Intl.NumberFormat("en");

export function count(number: number, one: string, many = `${one}s`): string {
  return `${whole.format(number)} ${number === 1 ? one : many}`;
}

export function integer(number: number): string {
  return whole.format(Math.round(number));
}

/** With at most one decimal. */
export function fraction(number: number): string {
  return String(Math.round(10 * number) / 10);
}

/** 0.9871 as "98.7 %", with a space that does not break. */
export function percent(share: number, digits = 1): string {
  if (!Number.isFinite(share)) return "–";
  return `${(100 * share).toFixed(digits)}\u00a0%`;
}

export function score(value: number, digits = 3): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}

/** The main score of an evaluation, in a few words. */
export function scoreWords(metrics: Metrics): string {
  if ("exactMatch" in metrics) return `F1 ${score(metrics.microF1, 2)} over all labels`;
  return "accuracy" in metrics ? `${percent(metrics.accuracy)} right` : `${score(metrics.spearman, 2)} rank correlation`;
}

/** The interval of a score, such as "12 texts: between 55 and 95 %"; `null` if there is none. */
export function intervalWords({ examples, interval }: Metrics): string | null {
  if (!interval) return null;
  const { low, high, metric } = interval;
  const range = metric !== "spearman" ? `${(100 * low).toFixed(0)} and ${percent(high, 0)}` : `${score(low, 2)} and ${score(high, 2)}`;
  return `${count(examples, "text")}: between ${range}`;
}

export function megabytes(bytes: number): string {
  if (bytes < 1e5) return `${Math.max(1, Math.round(bytes / 1e3))}\u00a0kB`;
  if (bytes < 1e7) return `${(bytes / 1e6).toFixed(1)}\u00a0MB`;
  if (bytes < 1e9) return `${Math.round(bytes / 1e6)}\u00a0MB`;
  return `${(bytes / 1e9).toFixed(1)}\u00a0GB`;
}

/** A duration, rounded as an estimate deserves. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  if (seconds < 50) return count(Math.max(1, seconds < 10 ? Math.ceil(seconds) : Math.ceil(seconds / 5) * 5), "second");
  const minutes = seconds / 60;
  // a minute more or less would be half of it
  if (minutes < 4) {
    const halves = Math.round(2 * minutes);
    return halves === 2 ? "1 minute" : `${Math.floor(halves / 2)}${halves % 2 ? "½" : ""} minutes`;
  }
  if (minutes < 60) return count(Math.round(minutes), "minute");
  const hours = Math.floor(minutes / 60);
  const rest = Math.round((minutes - 60 * hours) / 5) * 5;
  return rest === 0 || hours > 9 ? count(Math.round(minutes / 60), "hour") : `${count(hours, "hour")} ${count(rest, "minute")}`;
}

/** The time since then, in words. */
export function ago(time: Date): string {
  const minutes = (Date.now() - Number(time)) / 60_000;
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${count(Math.floor(minutes), "minute")} ago`;
  if (minutes < 24 * 60) return `${count(Math.floor(minutes / 60), "hour")} ago`;
  return `${count(Math.floor(minutes / (24 * 60)), "day")} ago`;
}

/** The device in words. Browsers often hide the name of the graphics processor. */
export function deviceName({ kind, name }: DeviceInfo): string {
  if (kind === "cpu") return "the processor (CPU)";
  const known = name.replace(/\s*\(BrowserWebGpu\)$/, "").trim();
  return `the graphics processor${known ? ` (${known})` : ""}`;
}

/** A duration as a clock shows it. */
export function clock(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (number: number) => String(number).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A message as a sentence. One that is about a file begins with its name, which stays as it is. */
export function sentence(message: string, file?: string): string {
  const begins = file !== undefined && message.startsWith(file) ? message : message.charAt(0).toUpperCase() + message.slice(1);
  return ".!?".includes(begins.charAt(begins.length - 1)) ? begins : `${begins}.`;
}
