import { useSignal } from "@preact/signals";
import { Copy } from "../../parts/copy";
import type { Training } from "../../state/training";
import { folderName } from "./downloads";

type Language = "python" | "javascript" | "terminal";
const LANGUAGES: { id: Language; name: string }[] = [
  { id: "python", name: "Python" },
  { id: "javascript", name: "JavaScript" },
  { id: "terminal", name: "Terminal" },
];

/** Code to use the model in a program. */
export function Code({ training }: { training: Training }) {
  const language = useSignal<Language>("python");
  const example = training.result.value?.heldOut?.examples[0];
  const pair = example?.pair != null ? (training.data.sample?.tries[0]?.pair ?? "the second text") : null;
  const text = training.data.sample?.tries[0]?.text ?? "a text of yours";
  const code = CODE[language.value](folderName(training), text, pair);
  return (
    <section class="code" aria-labelledby="code">
      <h3 id="code">Use it elsewhere</h3>
      <p>Unpack the zip, and:</p>
      <fieldset class="choice">
        <legend class="hidden">Language</legend>
        {LANGUAGES.map(({ id, name }) => (
          <label key={id}>
            <input type="radio" name="language" checked={language.value === id} onChange={() => (language.value = id)} /> {name}
          </label>
        ))}
      </fieldset>
      <pre tabIndex={0} aria-label={`Code for ${language.value}`}>
        <code>{code}</code>
      </pre>
      <Copy text={code} />
    </section>
  );
}

const CODE: Record<Language, (folder: string, text: string, pair: string | null) => string> = {
  python: (folder, text, pair) => `# pip install transformers torch
from transformers import pipeline

classify = pipeline("text-classification", model="${folder}", top_k=None)
print(classify(${pair === null ? quoted(text) : `{"text": ${quoted(text)}, "text_pair": ${quoted(pair)}}`}))`,
  javascript: (folder, text, pair) => `// npm install subtune
import { Subtune } from "subtune";

const tuner = await Subtune.load({ model: "./${folder}/" });
const [answer] = await tuner.predict([${pair === null ? quoted(text) : `{ text: ${quoted(text)}, pair: ${quoted(pair)} }`}]);
console.log(answer);`,
  terminal: (folder, text, pair) => `subtune predict --model ${folder} ${shell(text)}${pair === null ? "" : ` --pair ${shell(pair)}`}
subtune evaluate --model ${folder} --file more.csv`,
};

function quoted(text: string): string {
  return JSON.stringify(text);
}

function shell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
