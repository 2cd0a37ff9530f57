import type { TrainOptions } from "subtune";
import { content, type Chosen } from "./data";
import type { Settings } from "../generated/form";

/** So many examples tell the score well enough where few are learned from: scoring all of a large file would take longer. */
const ENOUGH = { validation: 100, test: 200 };

/** The recipe's, up to which all examples train. */
const MOST_CROSS_VALIDATED = 1500;

/** What is held out of the data, where a part has no file of its own. */
export function heldOutShares(data: Chosen, settings: Settings): Pick<TrainOptions, "validationSplit" | "testSplit"> {
  const examples = content.peek()?.examples ?? 0;
  const { recipe, maxTrainSamples } = settings;
  if (maxTrainSamples === null || examples === 0) return {};
  // nothing is held out of a few examples, unless it is asked for
  if (recipe === "auto" && maxTrainSamples <= MOST_CROSS_VALIDATED) return {};
  const share = (enough: number) => Math.min(0.1, Math.ceil((1e4 * enough) / examples) / 1e4);
  return {
    ...(data.validation ? {} : { validationSplit: share(ENOUGH.validation) }),
    ...(data.test ? {} : { testSplit: share(ENOUGH.test) }),
  };
}
