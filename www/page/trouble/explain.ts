import type { SubtuneError } from "subtune";
import { sentence } from "../words";

export interface Explanation {
  title: string;
  /** What it means. */
  text: string;
  /** What helps. */
  advice: string[];
  /** What the page can do about it. */
  actions: ("again" | "cpu" | "smaller" | "slower")[];
  /** The engine cannot be used any more. */
  dead: boolean;
  /** It would end the same way again, wherever the training went on from. */
  final?: true;
}

/** An error in words. `name` tells the package's errors apart. */
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
        advice: ["Change it in the settings below, or put them back to what they were."],
        actions: [],
        dead: false,
      };
    case "DownloadFailed":
      return {
        title: "A part of the page did not arrive",
        text: said,
        advice: [
          "Check the connection, and load the page again: it may have been renewed meanwhile. Once everything has arrived, no network is needed.",
        ],
        actions: ["again"],
        dead: true,
      };
    case "WebGpuUnavailable":
      return {
        title: "The graphics processor cannot be used",
        text: said,
        advice: ["The processor (CPU) does the same, more slowly."],
        actions: ["cpu"],
        dead: true,
      };
    case "DeviceLost":
      return {
        title: "The graphics processor was taken away",
        text: `${said} That happens when a driver restarts, a laptop goes to sleep or another program needs it.`,
        advice: ["Your data is still here."],
        actions: ["again", "cpu"],
        dead: true,
      };
    case "OutOfMemory":
      return {
        title: "There is not enough memory",
        text: said,
        advice: ["Close other tabs and programs, or take less at once: a smaller batch, shorter texts or fewer layers."],
        actions: ["smaller", "again"],
        dead: true,
      };
    case "Diverged":
      return {
        title: "The training ran off",
        text: said,
        advice: ["A smaller learning rate helps, such as a third of the one that was used."],
        actions: ["slower"],
        dead: false,
        final: true,
      };
    case "InvalidCheckpoint":
      return {
        title: "The interrupted training cannot go on",
        text: said,
        advice: [
          "What is kept of it is damaged, or from another version of this page. Discard it and train again; the data is still here.",
        ],
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
      return { title: "The training is under way elsewhere", text: said, advice: [], actions: ["again"], dead: false };
    case "InvalidModel":
      return {
        title: "The model cannot be used",
        text: said,
        advice: ["Loading the page again may help."],
        actions: ["again"],
        dead: true,
      };
    case "EngineCrashed":
      return {
        title: "The engine stopped working",
        text: said,
        advice: ["This should not happen and is a mistake in subtune. Your data is still here."],
        actions: ["again", "cpu"],
        dead: true,
      };
    default:
      return { title: "That did not work", text: said, advice: [], actions: ["again"], dead: false };
  }
}
