import type { TrainOptions } from "subtune";
import { content, type Chosen } from "./data";
import type { Settings } from "../generated/form";

/** Enough examples for a reliable score when training on few: scoring more of a large file would take too long. */
const ENOUGH = { validation: 100, test: 200 };

/** The recipe trains on all examples up to this number. */
const MOST_CROSS_VALIDATED = 1500;

/** The shares to hold out, for parts without their own file. */
export function heldOutShares(data: Chosen, settings: Settings): Pick<TrainOptions, "validationSplit" | "testSplit"> {
  const examples = content.peek()?.examples ?? 0;
  const { recipe, maxTrainSamples } = settings;
  if (maxTrainSamples === null || examples === 0) return {};
  // the recipe cross-validates few examples instead
  if (recipe === "auto" && maxTrainSamples <= MOST_CROSS_VALIDATED) return {};
  const share = (enough: number) => Math.min(0.1, Math.ceil((1e4 * enough) / examples) / 1e4);
  return {
    ...(data.validation ? {} : { validationSplit: share(ENOUGH.validation) }),
    ...(data.test ? {} : { testSplit: share(ENOUGH.test) }),
  };
}
