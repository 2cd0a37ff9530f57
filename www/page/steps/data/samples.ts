import type { NamedBytes } from "subtune";

export interface Sample {
  id: string;
  title: string;
  about: string;
  /** Addresses, relative to the page. */
  files: { data: string; validationData?: string; testData?: string };
  /** A good number of examples to start with on a slow device. */
  few: number;
  /** Texts to try the trained model with. */
  tries: { text: string; pair?: string }[];
}

export const SAMPLES: Sample[] = [
  {
    id: "sms",
    title: "Spam or not",
    about: "5,574 text messages in 2 classes",
    files: { data: "samples/sms_spam.csv" },
    few: 500,
    tries: [
      { text: "Congratulations! You have won a free cruise. Call 0900 123 456 now to claim your prize." },
      { text: "Running late, start without me. See you at the station?" },
    ],
  },
  {
    id: "banking",
    title: "What a bank’s customer wants",
    about: "13,083 questions in 77 classes",
    files: { data: "samples/banking77/train.csv", testData: "samples/banking77/test.csv" },
    few: 1500,
    tries: [{ text: "My card was swallowed by the machine, what now?" }, { text: "Why is the exchange rate different from yesterday?" }],
  },
  {
    id: "pairs",
    title: "Does one sentence follow from the other",
    about: "2,266 pairs of sentences in 3 classes",
    files: {
      data: "samples/snli_cad/train.tsv",
      validationData: "samples/snli_cad/validation.tsv",
      testData: "samples/snli_cad/test.tsv",
    },
    few: 500,
    tries: [
      { text: "A man plays the guitar on a stage.", pair: "Someone makes music." },
      { text: "A man plays the guitar on a stage.", pair: "The man is asleep." },
    ],
  },
];

export async function fetchSample(path: string): Promise<NamedBytes> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`the sample could not be loaded (the server answered ${response.status})`);
  return { name: path.split("/").at(-1)!, bytes: new Uint8Array(await response.arrayBuffer()) };
}
