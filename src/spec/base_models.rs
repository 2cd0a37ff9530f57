//! Models to start from. The tables of docs/models.md, the page's list, and what is said of a `--model` that is not there
//! come from here. The figures are those of the models' own pages.

/// A recommended model of the Hugging Face Hub.
pub struct BaseModel {
    /// The owner and the name.
    pub id: &'static str,
    /// The kind of texts that it suits.
    pub job: &'static str,
    /// The reason to choose it.
    pub why: &'static str,
    /// The languages that it knows.
    pub languages: &'static str,
    /// The longest text that it reads, in tokens.
    pub length: u32,
    /// The number of layers.
    pub layers: u32,
    /// The size of a hidden state.
    pub width: u32,
    /// The number of parameters, in millions.
    pub parameters: f64,
    /// The licence of the weights.
    pub licence: &'static str,
    /// Whether sentence-transformers made it, so that a file in its folder names the pooling.
    pub pools: bool,
}

/// The files that every model needs.
const FILES: &str = "config.json model.safetensors tokenizer.json tokenizer_config.json";
const POOLING: &str = "1_Pooling/config.json";

impl BaseModel {
    /// The last part of its name.
    pub fn name(&self) -> &'static str {
        last(self.id)
    }

    /// The shell command that downloads it into a folder of its name.
    pub fn command(&self) -> String {
        command(self.id, self.pools)
    }
}

/// The last part of a model's name.
pub fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// The shell command that downloads a model of the hub. If it `pools`, the command includes the file that names the pooling.
pub fn command(id: &str, pools: bool) -> String {
    let pooling = if pools { format!(" {POOLING}") } else { String::new() };
    format!("hf download {id} {FILES}{pooling} --local-dir {}", last(id))
}

/// The recommended models; the first one is bundled.
pub const BASE_MODELS: [BaseModel; 9] = [
    BaseModel {
        id: "sentence-transformers/all-MiniLM-L6-v2",
        job: "English, short, by topic or intent",
        why: "the bundled model: the smallest and fastest here",
        languages: "English",
        length: 512,
        layers: 6,
        width: 384,
        parameters: 22.7,
        licence: "Apache-2.0",
        pools: true,
    },
    BaseModel {
        id: "BAAI/bge-small-en-v1.5",
        job: "English, by opinion or sentiment",
        why: "its vectors separate opinions well, at nearly the same size",
        languages: "English",
        length: 512,
        layers: 12,
        width: 384,
        parameters: 33.0,
        licence: "MIT",
        pools: true,
    },
    BaseModel {
        id: "sentence-transformers/all-mpnet-base-v2",
        job: "English, short, with more computing time",
        why: "the best of its family, and a fifth as fast as the bundled model",
        languages: "English",
        length: 512,
        layers: 12,
        width: 768,
        parameters: 110.0,
        licence: "Apache-2.0",
        pools: true,
    },
    BaseModel {
        id: "distilbert/distilbert-base-uncased",
        job: "English, with many labels to learn from",
        why: "made to be fine-tuned, and not for comparing sentences",
        languages: "English",
        length: 512,
        layers: 6,
        width: 768,
        parameters: 66.0,
        licence: "Apache-2.0",
        pools: false,
    },
    BaseModel {
        id: "FacebookAI/roberta-base",
        job: "English, with many labels and more computing time",
        why: "made to be fine-tuned, and not for comparing sentences",
        languages: "English",
        length: 512,
        layers: 12,
        width: 768,
        parameters: 125.0,
        licence: "MIT",
        pools: false,
    },
    BaseModel {
        id: "answerdotai/ModernBERT-base",
        job: "English or code, longer than 512 tokens",
        why: "reads up to 8,192 tokens",
        languages: "English, code",
        length: 8192,
        layers: 22,
        width: 768,
        parameters: 149.0,
        licence: "Apache-2.0",
        pools: false,
    },
    BaseModel {
        id: "intfloat/multilingual-e5-small",
        job: "another language, or several",
        why: "about 90 languages, with layers as small as those of bge-small",
        languages: "about 90",
        length: 512,
        layers: 12,
        width: 384,
        parameters: 118.0,
        licence: "MIT",
        pools: true,
    },
    BaseModel {
        id: "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
        job: "several languages, short, with few labels",
        why: "made to compare sentences across languages",
        languages: "over 50",
        length: 512,
        layers: 12,
        width: 384,
        parameters: 118.0,
        licence: "Apache-2.0",
        pools: true,
    },
    BaseModel {
        id: "FacebookAI/xlm-roberta-base",
        job: "many languages, with more computing time",
        why: "100 languages",
        languages: "100",
        length: 512,
        layers: 12,
        width: 768,
        parameters: 280.0,
        licence: "MIT",
        pools: false,
    },
];
