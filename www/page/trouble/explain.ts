import type { SubtuneError } from "subtune";
import { hasProgram, sentence } from "../words";

export interface Explanation {
  title: string;
  /** Its meaning. */
  text: string;
  /** Remedies. */
  advice: string[];
  /** Remedies that the page has a button for. */
  actions: ("again" | "cpu" | "smaller" | "slower")[];
  /** Whether the engine is unusable from now on. */
  dead: boolean;
  /** Resuming the training would fail the same way. */
  final?: true;
}

/** Explains an error, by its `name`. */
export function explain(error: Error): Explanation {
  const said = sentence(error.message, (error as Partial<SubtuneError>).file);
  switch (error.name) {
    case "InvalidData":
      return {
        title: "This file cannot be read as it is",
        text: said,
        advice: [
          "A file with one example in each row is expected: a text and its answer. CSV, TSV, Excel (xlsx), OpenDocument (ods), JSON and JSON Lines work.",
        ],
        actions: [],
        dead: false,
      };
    case "InvalidArgument":
      return {
        title: "A setting does not fit",
        text: said,
        advice: ["Change it in the settings below, or go back to the defaults."],
        actions: [],
        dead: false,
      };
    case "DownloadFailed":
      return {
        title: "Part of the page did not load",
        text: said,
        advice: ["Check the connection and reload the page; there may be a new version. Once everything has loaded, no network is needed."],
        actions: ["again"],
        dead: true,
      };
    case "WebGpuUnavailable":
      return {
        title: "The graphics processor cannot be used",
        text: said,
        advice: ["The processor (CPU) gives the same results, more slowly."],
        actions: ["cpu"],
        dead: true,
      };
    case "DeviceLost":
      return {
        title: "The graphics processor was lost",
        text: `${said} This happens when a driver restarts, a laptop goes to sleep, or another program needs it.`,
        advice: ["Your data is still here."],
        actions: ["again", "cpu"],
        dead: true,
      };
    case "OutOfMemory":
      return {
        title: "There is not enough memory",
        text: said,
        advice: ["Close other tabs and programs, or use a smaller batch, shorter texts or fewer layers."],
        actions: ["smaller", "again"],
        dead: true,
      };
    case "Diverged":
      return {
        title: "The training diverged",
        text: said,
        advice: ["Use a smaller learning rate, such as a third of this one."],
        actions: ["slower"],
        dead: false,
        final: true,
      };
    case "InvalidCheckpoint":
      return {
        title: "The interrupted training cannot continue",
        text: said,
        advice: ["Its stored state is damaged, or from another version of this page. Discard it and train again; the data is still here."],
        actions: [],
        dead: false,
      };
    case "NoSuchRun":
      return {
        title: "The interrupted training is gone",
        text: said,
        advice: ["It was completed or discarded, perhaps in another tab."],
        actions: [],
        dead: false,
      };
    case "RunInUse":
      return { title: "The training is running elsewhere", text: said, advice: [], actions: ["again"], dead: false };
    case "InvalidModel":
      return {
        title: "The model cannot be used",
        text: said,
        advice: ["Choose another model. If it is the one that comes with the page, reload the page."],
        actions: ["again"],
        dead: true,
      };
    case "EngineCrashed":
      return {
        title: "The engine stopped working",
        text: said,
        advice: [hasProgram ? "Your data is still here." : "This is a bug in subtune. Your data is still here."],
        actions: hasProgram ? ["again"] : ["again", "cpu"],
        dead: true,
      };
    default:
      return { title: "That did not work", text: said, advice: [], actions: ["again"], dead: false };
  }
}
