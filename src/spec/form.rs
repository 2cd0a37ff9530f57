//! The page's form: the settings that it shows, and its words for them. Defaults and choices come from the tables.

use super::{ClassWeights, Long, Method, Pooling, Recipe};

/// A number that can be set on the page.
pub struct Field {
    /// The setting.
    pub name: &'static str,
    pub label: &'static str,
    /// `{layers}` stands for the number of layers of the model.
    pub about: &'static str,
    pub least: f64,
    pub most: Most,
    /// `None` allows any number.
    pub step: Option<f64>,
    /// The text in an empty field.
    pub empty: Option<&'static str>,
}

/// The largest number that a field takes.
pub enum Most {
    Number(f64),
    /// The model's value of this name.
    Model(&'static str),
}

/// The words for a value that is chosen from a list.
pub struct Wording {
    pub value: &'static str,
    pub words: &'static str,
    pub about: &'static str,
}

const MANY: f64 = 10_000_000.0;

pub const NUMBERS: &[Field] = &[
    Field {
        name: "num_train_epochs",
        label: "Passes (epochs)",
        about: "How often the model reads all examples. More is slower, and too many make it learn by heart. Empty: by the recipe.",
        least: 0.1,
        most: Most::Number(100.0),
        step: None,
        empty: Some("by the recipe"),
    },
    Field {
        name: "learning_rate",
        label: "Learning rate",
        about: "How far each step goes. Too large and it learns nothing, too small and it takes forever. Empty: by the size of the model.",
        least: 1e-7,
        most: Most::Number(1.0),
        step: None,
        empty: Some("by the model"),
    },
    Field {
        name: "update_fraction",
        label: "Update fraction",
        about: "The share of each part of the model that is changed. Smaller keeps more of what the model knew. Empty: by the method.",
        least: 0.001,
        most: Most::Number(1.0),
        step: None,
        empty: Some("by the method"),
    },
    Field {
        name: "per_device_train_batch_size",
        label: "Batch",
        about: "The number of examples read at once. More needs more memory and makes fewer, steadier steps. Empty: by the recipe.",
        least: 1.0,
        most: Most::Number(512.0),
        step: Some(1.0),
        empty: Some("by the recipe"),
    },
    Field {
        name: "layers",
        label: "Layers",
        about: "How many of the model’s {layers} layers to use. Half of them is nearly twice as fast and a little worse.",
        least: 1.0,
        most: Most::Model("layers"),
        step: Some(1.0),
        empty: Some("all"),
    },
    Field {
        name: "max_length",
        label: "Longest text",
        about: "In tokens, which are words or parts of words. “Longer texts” says what is read of the others. Shorter is faster.",
        least: 8.0,
        most: Most::Model("maxLength"),
        step: Some(1.0),
        empty: None,
    },
    Field {
        name: "max_train_samples",
        label: "Examples at most",
        about: "Learns only from this many random examples. Empty: from all.",
        least: 1.0,
        most: Most::Number(MANY),
        step: Some(1.0),
        empty: Some("all"),
    },
    Field {
        name: "max_steps",
        label: "Steps at most",
        about: "Ends after this many steps, whatever the passes. Empty: as many as the passes need.",
        least: 1.0,
        most: Most::Number(MANY),
        step: Some(1.0),
        empty: Some("as needed"),
    },
    Field {
        name: "seed",
        label: "Seed",
        about: "The start of all random choices. The same seed on the same device gives exactly the same model.",
        least: 0.0,
        most: Most::Number(9_007_199_254_740_991.0),
        step: Some(1.0),
        empty: None,
    },
];

/// Settings that are chosen from a list on the page.
pub const LISTS: [&str; 5] = ["recipe", "method", "pooling", "class_weights", "long"];

/// The methods, in the order in which the page offers them.
pub fn methods() -> Vec<(Method, Wording)> {
    let row = |method: Method, words, about| (method, Wording { value: method.name(), words, about });
    vec![
        row(
            Method::DpsDense,
            "DPS dense",
            "Finds the part of the model that matters for your answers and changes mostly that. A good choice for small data.",
        ),
        row(
            Method::DpsMix,
            "DPS mix",
            "Like DPS dense, and pulls the rest towards what the model knew before.",
        ),
        row(Method::Full, "Everything", "Changes the whole model in every step: ordinary fine-tuning."),
        row(Method::Mixout, "Mixout", "Changes everything, with random parts put back to what they were."),
        row(
            Method::Lnsr,
            "Noise stability",
            "Changes everything, so that a little noise in a text changes little. Takes twice as long.",
        ),
        row(Method::ChildTuningF, "Child-Tuning F", "Changes another random part in each step."),
        row(
            Method::ChildTuningD,
            "Child-Tuning D",
            "Chooses one part before training and changes only that.",
        ),
        row(
            Method::Sift,
            "SIFT",
            "Changes one number in a hundred, those that the first examples pull at most. What it changed fits into a small file.",
        ),
        row(
            Method::Random,
            "Random part",
            "Draws one part by chance and changes mostly that. It shows what a clever choice is worth.",
        ),
        row(Method::Magnitude, "Largest weights", "Changes mostly the part with the largest numbers."),
        row(
            Method::Lora,
            "LoRA",
            "Leaves the model as it is and adds a small correction to each of its parts.",
        ),
        row(
            Method::Dsee,
            "DSEE",
            "Like LoRA, and also changes the few numbers of each part that stand out from the rest.",
        ),
        row(Method::Bitfit, "BitFit", "Changes the biases only, a thousandth of the model."),
        row(
            Method::Probe,
            "First model only",
            "Leaves the model as it is and computes the last decision at once. Takes seconds; the other ways start from it.",
        ),
        row(Method::Head, "Last layer only", "Leaves the model as it is and learns the last decision only."),
    ]
}

pub fn recipes() -> Vec<(Recipe, Wording)> {
    let row = |recipe: Recipe, words, about| (recipe, Wording { value: recipe.name(), words, about });
    vec![
        row(
            Recipe::Auto,
            "by the examples",
            "Fills in the empty fields below by the number of examples, and begins with the first model.",
        ),
        row(
            Recipe::Plain,
            "as is usual",
            "Three passes in batches of 16 for any examples, with a tenth kept aside to choose the best step and a tenth for the score.",
        ),
    ]
}

pub fn poolings() -> Vec<(Pooling, Wording)> {
    let row = |pooling: Pooling, words, about| (pooling, Wording { value: pooling.name(), words, about });
    vec![
        row(Pooling::Mean, "mean of all words", "The mean of all words of a text."),
        row(Pooling::Cls, "first place ([CLS])", "What the model collects at the first place of a text."),
    ]
}

pub fn class_weights() -> Vec<(ClassWeights, Wording)> {
    let row =
        |weights: ClassWeights, words, about| (weights, Wording { value: weights.name(), words, about });
    vec![
        row(ClassWeights::None, "as they come", "Each example counts the same."),
        row(
            ClassWeights::Balanced,
            "balanced",
            "Gives each class the same weight, however rare it is. For data in which one class has nearly all examples.",
        ),
    ]
}

pub fn long() -> Vec<(Long, Wording)> {
    let row = |long: Long, words, about| (long, Wording { value: long.name(), words, about });
    vec![
        row(Long::Head, "the beginning", "Reads the beginning of a longer text."),
        row(
            Long::HeadTail,
            "beginning and end",
            "Reads the beginning and the end of a longer text, and leaves out its middle.",
        ),
        row(
            Long::Windows,
            "all, part by part",
            "Reads a longer text in overlapping parts and takes the mean of what each of them says. A text of five parts takes five times as long.",
        ),
    ]
}
