//! The files of a fine-tuned model, and the way it reads texts. Nothing here needs a device.

use crate::encoder::{ModelConfig, Remembered};
use crate::error::{Error, Result};
use crate::model::{ModelFolder, task_of};
use crate::spec::Long;
use crate::text::{
    ColumnChoice, Columns, Encoded, Example, MOST_WINDOWS, Table, Task, TaskKind, Tokenizer, Why, examples,
    folded,
};
use crate::train::{EvaluationOptions, TrainingArguments, encode};

/// A fine-tuned model that is not on a device yet.
pub struct Tuned {
    /// Its files.
    pub folder: ModelFolder,
    /// Its configuration.
    pub config: ModelConfig,
    /// The task that it was trained for.
    pub task: Task,
    /// The settings for running texts through it.
    pub options: EvaluationOptions,
    /// The source of `options.max_length`, at which texts are cut.
    pub origin: Origin,
    /// The tokens that are read of a longer text, as in training.
    pub long: Long,
    tokenizer: Tokenizer,
    /// Notes for the user on the model's files.
    notes: Vec<String>,
}

/// The source of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The caller named it.
    Given,
    /// The model was trained with it.
    Training,
    /// The default, because the model has no record.
    Default,
}

/// Labelled texts of a file, ready for the model.
pub struct Labelled {
    /// The texts with their labels.
    pub examples: Vec<Example>,
    /// The same in tokens.
    pub encoded: Vec<Encoded>,
    /// Notes in plain words on how they were read.
    pub notes: Vec<String>,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Origin::Given => "as given",
            Origin::Training => "as in training",
            Origin::Default => "the default, as the model does not say how it was trained",
        })
    }
}

impl Tuned {
    /// Up to `max_length` tokens of a text are read at once, or if that is `None`, as many as in training. The training also
    /// decides what is read of longer texts.
    ///
    /// # Errors
    /// The configuration or the tokenizer cannot be used, or `max_length` is out of range.
    pub fn new(folder: ModelFolder, max_length: Option<usize>, batch_size: usize) -> Result<Self> {
        let config = folder.config()?;
        let remembered = config.remembered.as_ref().map(|remembered| remembered.max_length);
        let long = config.remembered.as_ref().map_or(Long::Head, |remembered| remembered.long);
        let (max_length, origin) = match (max_length, remembered) {
            (Some(given), _) => (given, Origin::Given),
            (None, Some(remembered)) => (remembered, Origin::Training),
            (None, None) => {
                let default = TrainingArguments::default().max_length;
                (default.min(config.max_tokens()), Origin::Default)
            }
        };
        let tokenizer = folder.tokenizer(&config, max_length)?.with_long(long);
        let options = EvaluationOptions { batch_size, max_length, pad_id: tokenizer.pad_id() };
        let task = task_of(&config);
        let notes = folder.reading_notes(&config)?;
        Ok(Tuned { folder, config, task, options, origin, long, tokenizer, notes })
    }

    /// The model's record of its training.
    pub fn remembered(&self) -> Option<&Remembered> {
        self.config.remembered.as_ref()
    }

    /// Chooses the columns to read from a table with the columns `names`: the given ones, then those that the model was
    /// trained on, if the table has them. The others remain to be guessed.
    pub fn columns(&self, names: &[String], given: ColumnChoice) -> ColumnChoice {
        let Some(remembered) = self.remembered() else { return given };
        let known = |name: &Option<String>| name.clone().filter(|name| names.contains(name));
        let (text, pair) = (known(&remembered.text_column), known(&remembered.pair_column));
        let taken = |name: &str| {
            [&given.text, &given.pair, &given.label].into_iter().flatten().any(|one| one == name)
        };
        let text = text.filter(|text| !taken(text));
        let pair = match remembered.pair {
            true => pair.filter(|pair| !taken(pair)),
            false => Some(String::new()),
        };
        let label = known(&remembered.label_column).filter(|label| !taken(label));
        ColumnChoice { text: given.text.or(text), pair: given.pair.or(pair), label: given.label.or(label) }
    }

    /// Describes in one line how a table with the columns `names` is read. `given` holds the columns that the caller
    /// named, `columns` those that are read.
    pub fn reading(&self, names: &[String], given: &ColumnChoice, columns: &Columns) -> String {
        let remembered = self.remembered();
        let chosen = self.columns(names, given.clone());
        let one = |role: &str,
                   column: usize,
                   given: &Option<String>,
                   chosen: &Option<String>,
                   trained: Option<&String>,
                   guessed: Why| {
            let why = match (given, chosen, trained) {
                (Some(_), _, _) => Origin::Given.to_string(),
                (_, Some(_), _) => Origin::Training.to_string(),
                (_, _, Some(trained)) => {
                    format!("{}; the model was trained on {trained:?}, which is not there", guessed.words())
                }
                _ => guessed.words().into(),
            };
            format!("{role} column {:?} ({why})", names[column])
        };
        let mut parts = vec![self.length()];
        let trained = remembered.and_then(|remembered| remembered.text_column.as_ref());
        parts.push(one("text", columns.text, &given.text, &chosen.text, trained, columns.why.text));
        if let Some(pair) = columns.pair {
            let trained = remembered.and_then(|remembered| remembered.pair_column.as_ref());
            parts.push(one("pair", pair, &given.pair, &chosen.pair, trained, columns.why.pair));
        }
        if let Some(label) = columns.label {
            let trained = remembered.and_then(|remembered| remembered.label_column.as_ref());
            parts.push(one("label", label, &given.label, &chosen.label, trained, columns.why.label));
        }
        parts.join(", ")
    }

    /// The length up to which texts are read, its source, and what is read of longer ones.
    pub fn length(&self) -> String {
        let long = match self.long {
            Long::Head => String::new(),
            long => format!(", long {long} (as in training)"),
        };
        let length = format!("max_length {} ({}){long}", self.options.max_length, self.origin);
        [&[length], self.notes.as_slice()].concat().join("; ")
    }

    /// A sentence about the texts that were not read whole; `None` if there were none.
    pub fn cut(&self, cut: u64, texts: u64) -> Option<String> {
        let length = self.options.max_length;
        (cut > 0).then(|| match self.long {
            Long::Head => {
                format!("{cut} of {texts} texts were cut at {length} tokens; the rest of them was not read")
            }
            Long::HeadTail => format!(
                "{cut} of {texts} texts have more than {length} tokens; their beginnings and ends were read"
            ),
            Long::Windows => format!(
                "{cut} of {texts} texts were cut after {MOST_WINDOWS} windows of {length} tokens; the rest of them was not \
                 read"
            ),
        })
    }

    /// Reads the labelled examples of a table. `given` holds the columns that the caller named.
    ///
    /// # Errors
    /// The columns do not exist or are not clear, the model does not know a label, or an error of
    /// [`encode`](Self::encode).
    pub fn labelled(&self, table: &Table, given: &ColumnChoice) -> Result<Labelled> {
        let trained = self.remembered().and_then(|remembered| remembered.label_column.clone());
        let wanted = ColumnChoice { label: given.label.clone().or(trained), ..given.clone() };
        let folded = if self.task.kind == TaskKind::MultiLabel { folded(table, &wanted)? } else { None };
        let (table, given) = match &folded {
            Some((table, choice)) => (table, choice),
            None => (table, given),
        };
        let choice = self.columns(&table.columns, given.clone());
        let columns = Columns::choose(table, &choice, true)?;
        let found = examples(table, &columns, Some(&self.task))?;
        let encoded = self.encode(&found.examples)?;
        let mut notes = table.reading.lines();
        notes.push(self.reading(&table.columns, given, &columns));
        notes.extend(table.notes.iter().cloned().chain(found.notes));
        notes.extend(self.cut(cut(&encoded), encoded.len() as u64));
        Ok(Labelled { examples: found.examples, encoded, notes })
    }

    /// # Errors
    /// The model was trained on pairs and this is a single text, or the reverse.
    pub fn check_pair(&self, is_pair: bool) -> Result<()> {
        let message = match self.remembered().map(|remembered| remembered.pair) {
            Some(true) if !is_pair => {
                "the model was trained on pairs of texts and got one text; give the second text too (--pair, or \
                 --pair-column with a file)"
            }
            Some(false) if is_pair => {
                "the model was trained on single texts and got a pair; leave out the second text (--pair, or \
                 --pair-column \"\" with a file)"
            }
            _ => return Ok(()),
        };
        Err(Error::Usage(message.into()))
    }

    /// # Errors
    /// An example is a pair and the model takes single texts, or the reverse; or the tokenizer cannot encode a text.
    pub fn encode(&self, examples: &[Example]) -> Result<Vec<Encoded>> {
        examples.iter().try_for_each(|example| self.check_pair(example.pair.is_some()))?;
        encode(&self.tokenizer, examples)
    }
}

/// The number of texts that were not read whole.
pub fn cut(encoded: &[Encoded]) -> u64 {
    encoded.iter().filter(|one| one.encoding.truncated > 0).count() as u64
}
