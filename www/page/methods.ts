import type { Method } from "subtune";

/** In words. */
export const METHODS: { value: Method; words: string; about: string }[] = [
  { value: "dps-dense", words: "DPS dense", about: "Finds the part of the model that matters for your answers and changes mostly that. A good choice for small data." },
  { value: "dps-mix", words: "DPS mix", about: "As DPS dense, and pulls the rest towards what the model knew before." },
  { value: "full", words: "Everything", about: "Changes the whole model in every step, as is usual." },
  { value: "mixout", words: "Mixout", about: "Changes everything, with random parts put back to what they were." },
  { value: "child-tuning-f", words: "Child-Tuning F", about: "Changes another random part in each step." },
  { value: "child-tuning-d", words: "Child-Tuning D", about: "Chooses one part before training and changes only that." },
  { value: "bitfit", words: "BitFit", about: "Changes the biases only, a thousandth of the model." },
  { value: "probe", words: "First model only", about: "Leaves the model as it is and computes the last decision at once. Takes seconds, and is what the other ways begin with." },
  { value: "head", words: "Last layer only", about: "Leaves the model as it is and learns the last decision only." },
];
