// Made from src/spec by scripts/generate. Do not edit.

/** A model to start from. It suits texts of `job`; `parameters` are in millions, and `length` is in tokens. */
export interface BaseModel {
  id: string;
  name: string;
  job: string;
  why: string;
  languages: string;
  length: number;
  parameters: number;
  licence: string;
  /** The shell command that downloads it. */
  command: string;
}

/** The first one is bundled. */
export const BASE_MODELS: readonly BaseModel[] = [
  {
    id: "sentence-transformers/all-MiniLM-L6-v2",
    name: "all-MiniLM-L6-v2",
    job: "English, short, by topic or intent",
    why: "the bundled model: the smallest and fastest here",
    languages: "English",
    length: 512,
    parameters: 22.7,
    licence: "Apache-2.0",
    command: "hf download sentence-transformers/all-MiniLM-L6-v2 config.json model.safetensors tokenizer.json tokenizer_config.json 1_Pooling/config.json --local-dir all-MiniLM-L6-v2",
  },
  {
    id: "BAAI/bge-small-en-v1.5",
    name: "bge-small-en-v1.5",
    job: "English, by opinion or sentiment",
    why: "its vectors separate opinions well, at nearly the same size",
    languages: "English",
    length: 512,
    parameters: 33.0,
    licence: "MIT",
    command: "hf download BAAI/bge-small-en-v1.5 config.json model.safetensors tokenizer.json tokenizer_config.json 1_Pooling/config.json --local-dir bge-small-en-v1.5",
  },
  {
    id: "sentence-transformers/all-mpnet-base-v2",
    name: "all-mpnet-base-v2",
    job: "English, short, with more computing time",
    why: "the best of its family, and a fifth as fast as the bundled model",
    languages: "English",
    length: 512,
    parameters: 110.0,
    licence: "Apache-2.0",
    command: "hf download sentence-transformers/all-mpnet-base-v2 config.json model.safetensors tokenizer.json tokenizer_config.json 1_Pooling/config.json --local-dir all-mpnet-base-v2",
  },
  {
    id: "distilbert/distilbert-base-uncased",
    name: "distilbert-base-uncased",
    job: "English, with many labels to learn from",
    why: "made to be fine-tuned, and not for comparing sentences",
    languages: "English",
    length: 512,
    parameters: 66.0,
    licence: "Apache-2.0",
    command: "hf download distilbert/distilbert-base-uncased config.json model.safetensors tokenizer.json tokenizer_config.json --local-dir distilbert-base-uncased",
  },
  {
    id: "FacebookAI/roberta-base",
    name: "roberta-base",
    job: "English, with many labels and more computing time",
    why: "made to be fine-tuned, and not for comparing sentences",
    languages: "English",
    length: 512,
    parameters: 125.0,
    licence: "MIT",
    command: "hf download FacebookAI/roberta-base config.json model.safetensors tokenizer.json tokenizer_config.json --local-dir roberta-base",
  },
  {
    id: "answerdotai/ModernBERT-base",
    name: "ModernBERT-base",
    job: "English or code, longer than 512 tokens",
    why: "reads up to 8,192 tokens",
    languages: "English, code",
    length: 8192,
    parameters: 149.0,
    licence: "Apache-2.0",
    command: "hf download answerdotai/ModernBERT-base config.json model.safetensors tokenizer.json tokenizer_config.json --local-dir ModernBERT-base",
  },
  {
    id: "intfloat/multilingual-e5-small",
    name: "multilingual-e5-small",
    job: "another language, or several",
    why: "about 90 languages, with layers as small as those of bge-small",
    languages: "about 90",
    length: 512,
    parameters: 118.0,
    licence: "MIT",
    command: "hf download intfloat/multilingual-e5-small config.json model.safetensors tokenizer.json tokenizer_config.json 1_Pooling/config.json --local-dir multilingual-e5-small",
  },
  {
    id: "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
    name: "paraphrase-multilingual-MiniLM-L12-v2",
    job: "several languages, short, with few labels",
    why: "made to compare sentences across languages",
    languages: "over 50",
    length: 512,
    parameters: 118.0,
    licence: "Apache-2.0",
    command: "hf download sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2 config.json model.safetensors tokenizer.json tokenizer_config.json 1_Pooling/config.json --local-dir paraphrase-multilingual-MiniLM-L12-v2",
  },
  {
    id: "FacebookAI/xlm-roberta-base",
    name: "xlm-roberta-base",
    job: "many languages, with more computing time",
    why: "100 languages",
    languages: "100",
    length: 512,
    parameters: 280.0,
    licence: "MIT",
    command: "hf download FacebookAI/xlm-roberta-base config.json model.safetensors tokenizer.json tokenizer_config.json --local-dir xlm-roberta-base",
  },
];
