// Made from src/spec by scripts/generate. Do not edit.

import type { Method } from "subtune";

/** The settings on the page. `null` leaves one to the engine. */
export interface Settings {
  recipe: "auto" | "plain";
  method: Method;
  pooling: "mean" | "cls" | null;
  classWeights: "none" | "balanced";
  long: "head" | "head-tail" | "windows";
  numTrainEpochs: number | null;
  learningRate: number | null;
  updateFraction: number | null;
  perDeviceTrainBatchSize: number | null;
  layers: number | null;
  maxLength: number;
  maxTrainSamples: number | null;
  maxSteps: number | null;
  seed: number;
}

export const DEFAULTS: Settings = {
  recipe: "auto",
  method: "dps-dense",
  pooling: null,
  classWeights: "none",
  long: "head",
  numTrainEpochs: null,
  learningRate: null,
  updateFraction: null,
  perDeviceTrainBatchSize: null,
  layers: null,
  maxLength: 128,
  maxTrainSamples: null,
  maxSteps: null,
  seed: 42,
};

/** A value of a list, in the page's words. */
export interface Choice<T> {
  value: T;
  words: string;
  about: string;
}

export interface MethodChoice extends Choice<Method> {
  /** What `updateFraction` is where nobody sets it; null where the method does not use it. */
  fraction: number | null;
  /** Whether it selects a subnetwork, which a map can show. */
  selects: boolean;
}

/** The methods, in the order of the page. */
export const METHODS: readonly MethodChoice[] = [
  { value: "dps-dense", words: "DPS dense", about: "Finds the part of the model that matters for your answers and changes mostly that. A good choice for small data.", fraction: 0.7, selects: true },
  { value: "dps-mix", words: "DPS mix", about: "Like DPS dense, and pulls the rest towards what the model knew before.", fraction: 0.7, selects: true },
  { value: "full", words: "Everything", about: "Changes the whole model in every step: ordinary fine-tuning.", fraction: null, selects: false },
  { value: "mixout", words: "Mixout", about: "Changes everything, with random parts put back to what they were.", fraction: 0.7, selects: false },
  { value: "lnsr", words: "Noise stability", about: "Changes everything, so that a little noise in a text changes little. Takes twice as long.", fraction: null, selects: false },
  { value: "child-tuning-f", words: "Child-Tuning F", about: "Changes another random part in each step.", fraction: 0.7, selects: false },
  { value: "child-tuning-d", words: "Child-Tuning D", about: "Chooses one part before training and changes only that.", fraction: 0.7, selects: true },
  { value: "sift", words: "SIFT", about: "Changes one number in a hundred, those that the first examples pull at most. What it changed fits into a small file.", fraction: 0.01, selects: true },
  { value: "random", words: "Random part", about: "Draws one part by chance and changes mostly that. It shows what a clever choice is worth.", fraction: 0.7, selects: true },
  { value: "magnitude", words: "Largest weights", about: "Changes mostly the part with the largest numbers.", fraction: 0.7, selects: true },
  { value: "lora", words: "LoRA", about: "Leaves the model as it is and adds a small correction to each of its parts.", fraction: null, selects: false },
  { value: "dsee", words: "DSEE", about: "Like LoRA, and also changes the few numbers of each part that stand out from the rest.", fraction: null, selects: false },
  { value: "bitfit", words: "BitFit", about: "Changes the biases only, a thousandth of the model.", fraction: null, selects: false },
  { value: "probe", words: "First model only", about: "Leaves the model as it is and computes the last decision at once. Takes seconds; the other ways start from it.", fraction: null, selects: false },
  { value: "head", words: "Last layer only", about: "Leaves the model as it is and learns the last decision only.", fraction: null, selects: false },
];

/** The recipes. */
export const RECIPES: readonly Choice<Settings["recipe"]>[] = [
  { value: "auto", words: "by the examples", about: "Fills in the empty fields below by the number of examples, and begins with the first model." },
  { value: "plain", words: "as is usual", about: "Three passes in batches of 16 for any examples, with a tenth kept aside to choose the best step and a tenth for the score." },
];

/** The ways to make one vector of a text. */
export const POOLINGS: readonly Choice<NonNullable<Settings["pooling"]>>[] = [
  { value: "mean", words: "mean of all words", about: "The mean of all words of a text." },
  { value: "cls", words: "first place ([CLS])", about: "What the model collects at the first place of a text." },
];

/** The weights of the classes. */
export const CLASS_WEIGHTS: readonly Choice<Settings["classWeights"]>[] = [
  { value: "none", words: "as they come", about: "Each example counts the same." },
  { value: "balanced", words: "balanced", about: "Gives each class the same weight, however rare it is. For data in which one class has nearly all examples." },
];

/** The tokens that are read of a long text. */
export const LONG: readonly Choice<Settings["long"]>[] = [
  { value: "head", words: "the beginning", about: "Reads the beginning of a longer text." },
  { value: "head-tail", words: "beginning and end", about: "Reads the beginning and the end of a longer text, and leaves out its middle." },
  { value: "windows", words: "all, part by part", about: "Reads a longer text in overlapping parts and takes the mean of what each of them says. A text of five parts takes five times as long." },
];

export type NumberName = { [Name in keyof Settings]: Settings[Name] extends number | null ? Name : never }[keyof Settings];

/** A number that can be set. `most` may name a value of the model; `{layers}` in `about` stands for its number of layers. */
export interface NumberField {
  name: NumberName;
  label: string;
  about: string;
  least: number;
  most: number | "layers" | "maxLength";
  step: number | "any";
  /** The text in an empty field. */
  empty?: string;
}

export const NUMBERS: readonly NumberField[] = [
  {
    name: "numTrainEpochs",
    label: "Passes (epochs)",
    about: "How often the model reads all examples. More is slower, and too many make it learn by heart. Empty: by the recipe.",
    least: 0.1,
    most: 100,
    step: "any",
    empty: "by the recipe",
  },
  {
    name: "learningRate",
    label: "Learning rate",
    about: "How far each step goes. Too large and it learns nothing, too small and it takes forever. Empty: by the size of the model.",
    least: 0.0000001,
    most: 1,
    step: "any",
    empty: "by the model",
  },
  {
    name: "updateFraction",
    label: "Update fraction",
    about: "The share of each part of the model that is changed. Smaller keeps more of what the model knew. Empty: by the method.",
    least: 0.001,
    most: 1,
    step: "any",
    empty: "by the method",
  },
  {
    name: "perDeviceTrainBatchSize",
    label: "Batch",
    about: "The number of examples read at once. More needs more memory and makes fewer, steadier steps. Empty: by the recipe.",
    least: 1,
    most: 512,
    step: 1,
    empty: "by the recipe",
  },
  {
    name: "layers",
    label: "Layers",
    about: "How many of the model’s {layers} layers to use. Half of them is nearly twice as fast and a little worse.",
    least: 1,
    most: "layers",
    step: 1,
    empty: "all",
  },
  {
    name: "maxLength",
    label: "Longest text",
    about: "In tokens, which are words or parts of words. “Longer texts” says what is read of the others. Shorter is faster.",
    least: 8,
    most: "maxLength",
    step: 1,
  },
  {
    name: "maxTrainSamples",
    label: "Examples at most",
    about: "Learns only from this many random examples. Empty: from all.",
    least: 1,
    most: 10000000,
    step: 1,
    empty: "all",
  },
  {
    name: "maxSteps",
    label: "Steps at most",
    about: "Ends after this many steps, whatever the passes. Empty: as many as the passes need.",
    least: 1,
    most: 10000000,
    step: 1,
    empty: "as needed",
  },
  {
    name: "seed",
    label: "Seed",
    about: "The start of all random choices. The same seed on the same device gives exactly the same model.",
    least: 0,
    most: 9007199254740991,
    step: 1,
  },
];
