// What tests do in the page. The tiny model and the data are those of the terminal's tests (tests/cli.rs).
export { Subtune } from "../../dist/index.js";

const root = new URL("../../../", import.meta.url);

export async function bytes(path) {
  const response = await fetch(new URL(path, root));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export async function text(path) {
  return new TextDecoder().decode(await bytes(path));
}

/** A BERT 24 wide with 2 layers, which reads at most 32 tokens. `read` gives a file of the repository. */
export async function tinyModel(read = bytes) {
  const golden = "tests/golden/full";
  return {
    "config.json": await read(`${golden}/config.json`),
    "model.safetensors": await read(`${golden}/init.safetensors`),
    "tokenizer.json": new TextEncoder().encode(tokenizer()),
  };
}

/** WordPiece over single letters and digits: 77 tokens, fewer than the model's 97. */
function tokenizer() {
  const specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
  const characters = [..."abcdefghijklmnopqrstuvwxyz0123456789"];
  const tokens = [...specials, ...characters, ...characters.map((one) => `##${one}`)];
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const special = (id) => ({ SpecialToken: { id, type_id: 0 } });
  const sequence = (id, type_id) => ({ Sequence: { id, type_id } });
  return JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specials.map((content, id) => ({ id, content, ...flags })),
    normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [special("[CLS]"), sequence("A", 0), special("[SEP]")],
      pair: [special("[CLS]"), sequence("A", 0), special("[SEP]"), sequence("B", 1), { SpecialToken: { id: "[SEP]", type_id: 1 } }],
      special_tokens: {
        "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
        "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] },
      },
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  });
}

/** Sixty distinct texts of two classes. */
export function data() {
  const rows = Array.from({ length: 60 }, (_, i) => (i % 2 ? `bad poor ugly ${i},no\n` : `good fine nice ${i},yes\n`));
  return `text,label\n${rows.join("")}`;
}

/** What a promise came to, as what can be sent out of the page. */
export async function outcome(promise) {
  try {
    return { value: await promise };
  } catch (error) {
    const { name, message, url, status } = error;
    return { name, message, url, status };
  }
}
