//! Chooses the columns of a table that hold the text, its pair and the label.

use super::labels::is_flag;
use super::names::{
    HEADING, KAGGLE_SPAM, LABEL, MAIN_TEXT, PAIRS, SURE_TEXT, UNSURE_LABEL, has_word, is_id, plain,
};
use super::table::Table;
use crate::error::{Error, Result};
use crate::spec::quote::{list, quoted};
use crate::spec::{Candidate, DataArguments, Question};
use std::collections::HashSet;

/// The columns that the user named, by name or by number from 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnChoice {
    /// The text column; `None` leaves the choice to the file.
    pub text: Option<String>,
    /// An empty name means that there is no pair, and none is guessed.
    pub pair: Option<String>,
    /// The label column; `None` leaves the choice to the file.
    pub label: Option<String>,
}

impl ColumnChoice {
    /// Takes the columns from the settings.
    pub fn new(data: &DataArguments) -> Self {
        ColumnChoice {
            text: data.text_column.clone(),
            pair: data.pair_column.clone(),
            label: data.label_column.clone(),
        }
    }
}

/// Indices into [`Table::columns`], all different.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Columns {
    /// The text column.
    pub text: usize,
    /// The column of second texts, if there are pairs.
    pub pair: Option<usize>,
    /// The label column, if labels are needed.
    pub label: Option<usize>,
    /// The reason for each of them.
    pub why: Reasons,
}

/// The reason for each column.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Reasons {
    /// For the text column.
    pub text: Why,
    /// For the column of second texts.
    pub pair: Why,
    /// For the label column.
    pub label: Why,
}

/// The reason for choosing a column.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Why {
    /// The user named it.
    #[default]
    Named,
    /// Its name says so.
    Name,
    /// Its name says so, and other columns of text are shorter.
    NameAndLength,
    /// Its texts are by far the longest.
    Length,
    /// No other column holds text.
    OnlyText,
    /// No other column has few short values that recur.
    OnlyLabel,
    /// There is no header, and its classes are numbered from 0 or 1.
    Numbered,
}

impl Why {
    /// The reason as a phrase, such as "by its name".
    pub fn words(self) -> &'static str {
        match self {
            Why::Named => "as chosen",
            Why::Name => "by its name",
            Why::NameAndLength => "by its name, and the longer texts",
            Why::Length => "by its content: by far the longest texts",
            Why::OnlyText => "by its content: no other column holds text",
            Why::OnlyLabel => "by its content: a few short values that recur",
            Why::Numbered => "by its content: classes numbered from 0 or 1",
        }
    }
}

/// The ratio of lengths from which on a column is the text by length alone.
const FAR_LONGER: f64 = 3.0;
/// The same for a column whose name says that it holds the text.
const LONGER: f64 = 2.0;

impl Columns {
    /// Takes the named columns and guesses the others, by well-known names first and then by content.
    ///
    /// - The pair: only by a well-known pair of names (sentence1, sentence2). If the user named the text, the pair must
    ///   be named too.
    /// - The label: by its name. Otherwise the only column with a few short values that recur; without a header, the
    ///   only one of these whose classes are numbered from 0 or 1. `type`, `status` and the like count as names only if
    ///   no other column could be the label.
    /// - The text: a column named `text`. Otherwise one whose name says that it holds the text, if the other columns of
    ///   text are headings (`title`, `subject`) and not longer, or if its texts are twice as long. Otherwise the only
    ///   column of texts, or the one whose texts are three times as long as those of any other.
    ///
    /// Columns that number the rows are ignored. Without `needs_label`, a label column is used only if it was named.
    ///
    /// # Errors
    /// [`Error::Data`] if a named column does not exist, one column has two roles, no column could be the text or the
    /// label, or text and label were swapped; [`Error::Unclear`] if several columns could be meant.
    pub fn choose(table: &Table, choice: &ColumnChoice, needs_label: bool) -> Result<Columns> {
        let single = choice.pair.as_deref() == Some("");
        let named = |name: &Option<String>, setting| {
            name.as_deref().map(|name| find(table, name, setting)).transpose()
        };
        let named_text = named(&choice.text, "text_column")?;
        let named_pair = if single { None } else { named(&choice.pair, "pair_column")? };
        let named_label = named(&choice.label, "label_column")?;
        check_different(table, [named_text, named_pair, named_label])?;
        let guess = Guess::new(table);
        guess.check_swapped(named_text, named_label)?;

        let mut taken: Vec<usize> = [named_text, named_pair, named_label].into_iter().flatten().collect();
        let by_name = guess.pair_by_name(named_text, named_pair, &taken).filter(|_| !single);
        let (mut text, pair) = match by_name {
            Some((text, pair)) => (Some((text, Why::Name)), Some((pair, Why::Name))),
            None => (None, named_pair.map(|pair| (pair, Why::Named))),
        };
        text = named_text.map(|text| (text, Why::Named)).or(text);
        let pair = named_pair.map(|pair| (pair, Why::Named)).or(pair);
        taken.extend([text, pair].into_iter().flatten().map(|(column, _)| column));

        let mut questions = Vec::new();
        let mut asked = |found: Found| match found {
            Found::Column(column, why) => Ok(Some((column, why))),
            Found::Unclear(question) => {
                questions.push(question);
                Ok(None)
            }
            Found::Nothing(error) => Err(error),
        };
        let label = match named_label {
            Some(label) => Some((label, Why::Named)),
            None if needs_label => asked(guess.label(&taken, text.map(|(text, _)| text)))?,
            // a column that is certainly a label is not the text
            None => match guess.label(&taken, None) {
                Found::Column(column, why) => Some((column, why)),
                _ => None,
            },
        };
        taken.extend(label.map(|(label, _)| label));
        let text = match text {
            Some(text) => Some(text),
            None => asked(guess.text(&taken))?,
        };
        let Some((text, why_text)) = text.filter(|_| questions.is_empty()) else {
            return Err(Error::Unclear { file: table.file.clone(), questions });
        };
        let label = label.filter(|_| needs_label || named_label.is_some());
        let why = |found: Option<(usize, Why)>| found.map_or(Why::default(), |(_, why)| why);
        Ok(Columns {
            text,
            pair: pair.map(|(pair, _)| pair),
            label: label.map(|(label, _)| label),
            why: Reasons { text: why_text, pair: why(pair), label: why(label) },
        })
    }
}

fn check_different(table: &Table, [text, pair, label]: [Option<usize>; 3]) -> Result<()> {
    let roles = [("text", text), ("pair", pair), ("label", label)];
    for (index, (role, column)) in roles.iter().enumerate() {
        for (other, other_column) in &roles[index + 1..] {
            if let (Some(column), true) = (column, column == other_column) {
                let name = quoted(&table.columns[*column]);
                return Err(Error::data(
                    &table.file,
                    None,
                    format!(
                        "the column {name} is both {role} and {other}; expected different columns: \
                         name them with text_column, pair_column and label_column"
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// The error for a text and a label that were swapped.
fn swapped(file: &str, named: &str, other: &str) -> Error {
    let (named, other) = (quoted(named), quoted(other));
    Error::data(
        file,
        None,
        format!(
            "the column {named} was named as the text, but holds a few short values that recur, as labels do, and \
             {other} holds texts; swap them: text_column {other}, label_column {named}"
        ),
    )
}

/// Finds a column by its exact name, otherwise ignoring case if that is unique, otherwise by its number from 1.
fn find(table: &Table, name: &str, setting: &str) -> Result<usize> {
    let lower = name.trim().to_lowercase();
    let matches: Vec<usize> =
        (0..table.columns.len()).filter(|&column| table.columns[column].to_lowercase() == lower).collect();
    let number =
        name.trim().parse::<usize>().ok().filter(|number| (1..=table.columns.len()).contains(number));
    let exact = table.columns.iter().position(|column| column == name.trim());
    match (exact, &matches[..], number) {
        (Some(column), _, _) => Ok(column),
        (None, [column], _) => Ok(*column),
        (None, _, Some(number)) => Ok(number - 1),
        _ => Err(Error::data(
            &table.file,
            None,
            format!(
                "no column {} ({setting}); the columns are {}, or their numbers from 1",
                quoted(name),
                list(&table.columns)
            ),
        )),
    }
}

/// The result of the search for one role.
enum Found {
    Column(usize, Why),
    Unclear(Question),
    Nothing(Error),
}

/// Statistics of the values of a column.
struct Profile {
    /// The number of different values, counted up to `MAX_DISTINCT`.
    distinct: usize,
    filled: usize,
    all_short: bool,
    all_integers: bool,
    /// The distinct values are 0..distinct or 1..=distinct.
    class_ids: bool,
    mean_words: f64,
    mean_characters: f64,
    examples: Vec<String>,
}

impl Profile {
    /// Whether the values have several words and rarely recur. Sentences may recur more often, as second texts of pairs
    /// do.
    fn holds_texts(&self) -> bool {
        self.mean_words >= 2.0 && !self.comes_again()
            || self.mean_words >= 4.0 && self.distinct > FEW_SENTENCES
    }

    /// Whether values occur more than once on average.
    fn comes_again(&self) -> bool {
        self.distinct * 2 <= self.filled
    }

    /// Whether the values are short and some of them recur.
    fn could_be_labels(&self) -> bool {
        self.all_short && (2..self.filled.min(MAX_DISTINCT)).contains(&self.distinct)
    }
}

/// The largest number of different sentences that may be classes. A column with more holds texts.
const FEW_SENTENCES: usize = 20;
const MAX_DISTINCT: usize = 1001;

struct Guess<'a> {
    table: &'a Table,
    names: Vec<String>,
    profiles: Vec<Profile>,
}

impl<'a> Guess<'a> {
    fn new(table: &'a Table) -> Self {
        let columns = 0..table.columns.len();
        Guess {
            table,
            names: table.columns.iter().map(|name| plain(name)).collect(),
            profiles: columns.map(|column| profile(table, column)).collect(),
        }
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|other| other == name)
    }

    /// The columns that are not taken, not empty, and do not number the rows.
    fn free(&self, taken: &[usize]) -> impl Iterator<Item = usize> {
        let free = |column: &usize| {
            !taken.contains(column) && self.profiles[*column].filled > 0 && !self.is_id(*column)
        };
        (0..self.names.len()).filter(free)
    }

    /// Both columns of a well-known pair, if neither contradicts the named columns.
    fn pair_by_name(
        &self,
        text: Option<usize>,
        pair: Option<usize>,
        taken: &[usize],
    ) -> Option<(usize, usize)> {
        PAIRS.iter().find_map(|(first, second)| {
            let (first, second) = (self.column(first)?, self.column(second)?);
            let fits = |named: Option<usize>, column| {
                named == Some(column) || named.is_none() && !taken.contains(&column)
            };
            let hold_text = self.is_text_like(first) && self.is_text_like(second);
            (fits(text, first) && fits(pair, second) && hold_text).then_some((first, second))
        })
    }

    /// Whether the values have several words, or at least are not a few values that recur (a "question" may be Q0, Q1
    /// or Q2).
    fn is_text_like(&self, column: usize) -> bool {
        let profile = &self.profiles[column];
        profile.filled > 0 && (profile.mean_words >= 2.0 || !profile.comes_again())
    }

    /// Checks whether the column that was named as the text holds labels and the label column, named or not, holds
    /// texts.
    fn check_swapped(&self, text: Option<usize>, label: Option<usize>) -> Result<()> {
        let Some(text) = text else { return Ok(()) };
        let is_label = |column: usize| {
            let profile = &self.profiles[column];
            profile.could_be_labels() && profile.comes_again()
        };
        let texts: Vec<usize> = match label {
            Some(label) => vec![label],
            None => self.free(&[text]).collect(),
        };
        let nothing_else =
            label.is_some() || !texts.iter().any(|column| self.profiles[*column].could_be_labels());
        match texts.iter().find(|column| self.profiles[**column].holds_texts()) {
            Some(other) if is_label(text) && nothing_else => {
                Err(swapped(&self.table.file, &self.table.columns[text], &self.table.columns[*other]))
            }
            _ => Ok(()),
        }
    }

    /// `text` is a column that the user named or that has a well-known name.
    fn label(&self, taken: &[usize], text: Option<usize>) -> Found {
        let free: Vec<usize> = self.free(taken).collect();
        let could_be: Vec<usize> =
            free.iter().copied().filter(|column| self.profiles[*column].could_be_labels()).collect();
        // a column of a few values is a safer choice than one in which some values happen to recur
        let (often, rarely): (Vec<usize>, Vec<usize>) =
            could_be.iter().partition(|column| self.profiles[**column].comes_again());
        let mut likely = if often.is_empty() { rarely } else { often };
        let is_text =
            |column: usize| self.profiles[column].mean_words >= 4.0 && !self.profiles[column].comes_again();
        let named: Vec<usize> = (0..self.names.len())
            .filter(|column| {
                !taken.contains(column) && self.profiles[*column].filled > 0 && !is_text(*column)
            })
            .collect();

        if let (Some(label), true) = (self.column(KAGGLE_SPAM.0), self.column(KAGGLE_SPAM.1).is_some())
            && named.contains(&label)
        {
            return Found::Column(label, Why::Name);
        }
        let exact = LABEL.iter().map(|tier| {
            (
                tier,
                named
                    .iter()
                    .filter(|column| tier.contains(&self.names[**column].as_str()))
                    .copied()
                    .collect::<Vec<_>>(),
            )
        });
        let by_word = LABEL[..2].iter().map(|tier| {
            (
                tier,
                likely
                    .iter()
                    .filter(|column| has_word(&self.names[**column], tier))
                    .copied()
                    .collect::<Vec<_>>(),
            )
        });
        let (sure, unsure): (Vec<_>, Vec<_>) = exact.partition(|(tier, _)| **tier != UNSURE_LABEL);
        for (tier, found) in sure.into_iter().chain(by_word).chain(unsure) {
            match found[..] {
                [] => {}
                [column] if *tier == UNSURE_LABEL && likely.iter().any(|other| *other != column) => {
                    likely.retain(|other| *other != column);
                    likely.insert(0, column);
                    return Found::Unclear(Question::Label { candidates: self.candidates(&likely) });
                }
                [column] => return Found::Column(column, Why::Name),
                _ => return Found::Unclear(Question::Label { candidates: self.candidates(&found) }),
            }
        }
        if self.names.len() == 1 {
            return Found::Nothing(Error::data(
                &self.table.file,
                None,
                "found one column; expected a text and a label with a tab, comma or semicolon between them",
            ));
        }
        let numbered: Vec<usize> =
            likely.iter().copied().filter(|&column| self.profiles[column].class_ids).collect();
        match (&likely[..], &numbered[..]) {
            ([], _) => Found::Nothing(self.no_label(text)),
            ([column], _) => Found::Column(*column, Why::OnlyLabel),
            (_, [column]) if !self.table.has_header => Found::Column(*column, Why::Numbered),
            _ => Found::Unclear(Question::Label { candidates: self.candidates(&likely) }),
        }
    }

    fn no_label(&self, text: Option<usize>) -> Error {
        let is_empty = |column: &usize| {
            self.profiles[*column].filled == 0
                && LABEL.iter().any(|names| names.contains(&self.names[*column].as_str()))
        };
        let empty = (0..self.names.len()).find(is_empty).map(|column| &self.table.columns[column]);
        let taken = match (empty, text) {
            (Some(empty), _) => format!("; the column {} is empty", quoted(empty)),
            (None, Some(text)) => format!("; {} is the text", quoted(&self.table.columns[text])),
            (None, None) => String::new(),
        };
        Error::data(
            &self.table.file,
            None,
            format!(
                "no column looks like a label among {}{taken}; expected a few short values that recur: name one \
                 with label_column",
                list(&self.table.columns)
            ),
        )
    }

    fn text(&self, taken: &[usize]) -> Found {
        let free: Vec<usize> = self.free(taken).collect();
        if let (Some(_), Some(text)) = (self.column(KAGGLE_SPAM.0), self.column(KAGGLE_SPAM.1))
            && free.contains(&text)
        {
            return Found::Column(text, Why::Name);
        }
        let named = |names: &[&str]| -> Vec<usize> {
            let is_named =
                |column: &usize| names.contains(&self.names[*column].as_str()) && self.is_text_like(*column);
            free.iter().copied().filter(is_named).collect()
        };
        let (sure, headings) = (named(SURE_TEXT), named(HEADING));
        let mut main = named(MAIN_TEXT);
        if let [column] = sure[..] {
            return Found::Column(column, Why::Name);
        }
        let has_text_word = |column: &usize| {
            let name = &self.names[*column];
            self.is_text_like(*column) && (has_word(name, SURE_TEXT) || has_word(name, MAIN_TEXT))
        };
        if main.is_empty() {
            main = free.iter().copied().filter(has_text_word).collect();
        }
        let mut pool: Vec<usize> = free
            .iter()
            .copied()
            .filter(|column| {
                self.profiles[*column].holds_texts()
                    || [&sure, &main, &headings].iter().any(|names| names.contains(column))
            })
            .collect();
        if pool.is_empty() {
            // the texts may have a single word each
            pool = free;
        }
        let length = |column: usize| self.profiles[column].mean_characters;
        let others = |column: usize| pool.iter().copied().filter(move |other| *other != column);
        let is_longer =
            |column: usize, times: f64| others(column).all(|other| length(column) >= times * length(other));
        let is_main = |column: usize| {
            others(column).all(|other| {
                let times = if headings.contains(&other) { 1.0 } else { LONGER };
                length(column) >= times * length(other)
            })
        };
        let longest = pool.iter().copied().max_by(|a, b| length(*a).total_cmp(&length(*b)));
        match (&main[..], &pool[..], longest) {
            (_, [], _) | (_, _, None) => Found::Nothing(Error::data(
                &self.table.file,
                None,
                format!(
                    "no column looks like a text among {}; name one with text_column",
                    list(&self.table.columns)
                ),
            )),
            (_, [column], _) if main.contains(column) || headings.contains(column) => {
                Found::Column(*column, Why::Name)
            }
            (_, [column], _) => Found::Column(*column, Why::OnlyText),
            ([column], ..) if is_main(*column) => Found::Column(*column, Why::NameAndLength),
            ([], _, Some(longest)) if is_longer(longest, FAR_LONGER) => Found::Column(longest, Why::Length),
            _ => Found::Unclear(Question::Text { candidates: self.candidates(&pool) }),
        }
    }

    /// Whether a column numbers the rows, by its name or because its numbers hardly ever recur.
    fn is_id(&self, column: usize) -> bool {
        let profile = &self.profiles[column];
        let many = self.table.rows.len().min(MAX_DISTINCT);
        is_id(&self.table.columns[column])
            || profile.all_integers && many > 10 && profile.distinct * 10 >= many * 9
    }

    fn candidates(&self, columns: &[usize]) -> Vec<Candidate> {
        let candidate = |column: &usize| {
            let profile = &self.profiles[*column];
            let different = match profile.distinct {
                MAX_DISTINCT.. => format!("{} or more different values", MAX_DISTINCT - 1),
                number => format!("{number} different values"),
            };
            let why = format!(
                "{different} in {} rows, {:.0} characters on average",
                profile.filled, profile.mean_characters
            );
            Candidate { column: self.table.columns[*column].clone(), why, examples: profile.examples.clone() }
        };
        columns.iter().map(candidate).collect()
    }
}

/// All columns that could be the label, if there are three or more and each holds 0 and 1.
pub(super) fn flag_columns(table: &Table, choice: &ColumnChoice) -> Vec<usize> {
    let guess = Guess::new(table);
    let named = |name: &Option<String>| find(table, name.as_deref()?, "").ok();
    let taken: Vec<usize> = [&choice.text, &choice.pair].into_iter().filter_map(named).collect();
    let has_few =
        |column: &usize| guess.profiles[*column].could_be_labels() && guess.profiles[*column].comes_again();
    let found: Vec<usize> = guess.free(&taken).filter(has_few).collect();
    let is_named = |column: &usize| {
        LABEL.iter().any(|names| *names != UNSURE_LABEL && names.contains(&guess.names[*column].as_str()))
    };
    let holds_flags = |column: &usize| table.rows.iter().all(|row| is_flag(row.fields[*column].trim()));
    let are_labels = found.len() >= 3 && found.iter().all(|column| holds_flags(column) && !is_named(column));
    if are_labels { found } else { Vec::new() }
}

/// The columns besides `taken` that could be the label.
pub(super) fn other_labels(table: &Table, taken: &[usize]) -> Vec<Candidate> {
    let guess = Guess::new(table);
    let found: Vec<usize> =
        guess.free(taken).filter(|column| guess.profiles[*column].could_be_labels()).collect();
    guess.candidates(&found)
}

/// The number of words in a value. In a script without blanks between words, two characters count as one word.
fn words(value: &str) -> usize {
    let is_unspaced = |character: &char| {
        matches!(character, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
            | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
    };
    value.split_whitespace().map(|piece| (piece.chars().filter(is_unspaced).count() / 2).max(1)).sum()
}

fn profile(table: &Table, column: usize) -> Profile {
    let mut values = HashSet::new();
    let mut examples = Vec::new();
    let (mut filled, mut all_words, mut characters) = (0, 0, 0);
    let (mut all_short, mut all_integers) = (true, true);
    for row in &table.rows {
        let value = row.fields[column].trim();
        if value.is_empty() {
            continue;
        }
        let length = value.chars().count();
        filled += 1;
        all_words += words(value);
        characters += length;
        all_short &= length <= 60 && value.split_whitespace().take(5).count() <= 4;
        all_integers &= value.parse::<i64>().is_ok();
        if values.len() < MAX_DISTINCT && values.insert(value) && examples.len() < 3 {
            examples.push(value.chars().take(40).collect());
        }
    }
    let ids = |from: usize| (from..from + values.len()).all(|id| values.contains(id.to_string().as_str()));
    Profile {
        distinct: values.len(),
        filled,
        all_short,
        all_integers: all_integers && filled > 0,
        class_ids: ids(0) || ids(1),
        mean_words: all_words as f64 / filled.max(1) as f64,
        mean_characters: characters as f64 / filled.max(1) as f64,
        examples,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(name: &str, text: &str) -> (usize, Option<usize>, Option<usize>) {
        let table = Table::parse(name, text.as_bytes()).unwrap();
        let columns =
            Columns::choose(&table, &ColumnChoice::default(), true).unwrap_or_else(|error| panic!("{error}"));
        (columns.text, columns.pair, columns.label)
    }

    fn choose(text: &str, choice: [Option<&str>; 3], needs_label: bool) -> Result<Columns> {
        let [text_column, pair, label] = choice.map(|name| name.map(String::from));
        let table = Table::parse("f.csv", text.as_bytes()).unwrap();
        Columns::choose(&table, &ColumnChoice { text: text_column, pair, label }, needs_label)
    }

    #[test]
    fn public_data_sets_with_a_header_need_no_options() {
        assert_eq!(
            guessed("b.csv", "text,category\nMy card?,card_arrival\nWhere?,card_arrival\n"),
            (0, None, Some(1))
        );
        assert_eq!(
            guessed("s.tsv", "sentence1\tsentence2\tgold_label\nA boy.\tA man.\tneutral\n"),
            (0, Some(1), Some(2))
        );
        assert_eq!(
            guessed("r.tsv", "index\tsentence1\tsentence2\tlabel\n0\tA b.\tC d.\tentailment\n"),
            (1, Some(2), Some(3))
        );
        assert_eq!(
            guessed("m.tsv", "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t7\t8\tHe \" said\tHe\n"),
            (3, Some(4), Some(0))
        );
        assert_eq!(
            guessed("q.tsv", "index\tquestion\tsentence\tlabel\n0\tWhat?\tThat.\tentailment\n"),
            (1, Some(2), Some(3))
        );
        assert_eq!(guessed("2.tsv", "sentence\tlabel\nhide new \t0\n"), (0, None, Some(1)));
        assert_eq!(
            guessed(
                "b.tsv",
                "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n0\tmain\tMSRvid\t2012test\t0001\tnone\tnone\tA plane.\tA jet.\t5.000\n"
            ),
            (7, Some(8), Some(9))
        );
        assert_eq!(guessed("k.csv", "v1,v2,,,\nham,Go on,,,\nspam,Win now,,,\n"), (1, None, Some(0)));
    }

    #[test]
    fn public_data_sets_without_a_header_need_no_options() {
        assert_eq!(
            guessed("SMS", "ham\tGo until jurong\nham\tOk lar Joking\nspam\tFree entry in 2\n"),
            (1, None, Some(0))
        );
        assert_eq!(
            guessed(
                "cola.tsv",
                "gj04\t1\t\tThe sailors rode.\ngj04\t0\t*\tThe car honked.\nbc01\t1\t\tJohn is here.\n"
            ),
            (3, None, Some(1))
        );
    }

    #[test]
    fn two_texts_are_a_pair_by_their_names_only() {
        for (name, text, label) in [
            (
                "quora.txt",
                "Is honey good ?\tIs sugar ?\t1\nHow come ?\tWhy so ?\t0\nWhy ?\tWhat now ?\t1\n",
                "3",
            ),
            (
                "mnli",
                "entailment\tIn Temple Bar , it is .\tThere is a shop .\nneutral\tImpossible .\tImpossible , unless .\nentailment\tA b .\tC d e .\n",
                "1",
            ),
            (
                "snli.txt",
                "two women are here\tthe sisters hug\t1\ntwo women are here\ttwo woman hold\t0\ntwo women\tthe men fight\t2\na man\ta dog barks\t1\n",
                "3",
            ),
        ] {
            let table = Table::parse(name, text.as_bytes()).unwrap();
            let error = Columns::choose(&table, &ColumnChoice::default(), true).unwrap_err();
            assert!(
                matches!(&error, Error::Unclear { questions, .. } if matches!(questions[..], [Question::Text { .. }])),
                "{error}"
            );
            let texts: Vec<String> =
                ["1", "2", "3"].into_iter().filter(|column| *column != label).map(String::from).collect();
            let choice =
                ColumnChoice { text: Some(texts[0].clone()), pair: Some(texts[1].clone()), label: None };
            let columns = Columns::choose(&table, &choice, true).unwrap();
            assert_eq!(table.columns[columns.label.unwrap()], label);
        }
    }

    #[test]
    fn columns_are_named_exactly_or_without_case_or_by_number() {
        let text = "Body,body,Kind,3\na b,c d,x,1\ne f,g h,y,1\n";
        let found = |text_column, label| {
            choose(text, [Some(text_column), None, Some(label)], true).map(|c| (c.text, c.label))
        };
        assert_eq!(found("body", "kind").unwrap(), (1, Some(2)));
        assert_eq!(found("1", "3").unwrap(), (0, Some(3)));
        let error = found("BODY", "kind").unwrap_err().to_string();
        assert!(
            error.contains("no column \"BODY\" (text_column); the columns are \"Body\", \"body\""),
            "{error}"
        );
        assert!(found("body", "body").unwrap_err().to_string().contains("is both text and label"));
    }

    #[test]
    fn unclear_guesses_name_the_candidates_and_the_setting() {
        let labels = choose("text,class,intent\na b,x,y\n", [None; 3], true).unwrap_err().to_string();
        assert!(labels.contains("\"class\", \"intent\"; name it with label_column"), "{labels}");
        let texts = choose("eins,zwei,label\na b c,d e f,x\nh i j,k l m,y\n", [None; 3], true)
            .unwrap_err()
            .to_string();
        assert!(texts.contains("\"eins\", \"zwei\"; name it with text_column"), "{texts}");
        let one = choose("text\na b\n", [None; 3], true).unwrap_err().to_string();
        assert!(one.contains("found one column"), "{one}");
        let none = choose("text,x\na b,c d e f g\n", [None; 3], true).unwrap_err().to_string();
        assert!(none.contains("no column looks like a label"), "{none}");
    }

    #[test]
    fn a_named_text_gets_a_pair_only_by_its_name() {
        let text = "sentence1,sentence2,label\na b,c d,x\ne f,g h,y\n";
        assert_eq!(choose(text, [Some("sentence1"), None, None], true).unwrap().pair, Some(1));
        assert_eq!(choose(text, [Some("sentence2"), None, None], true).unwrap().pair, None);
        assert_eq!(choose(text, [None, Some("sentence2"), None], true).unwrap().text, 0);
    }

    #[test]
    fn an_empty_pair_means_that_there_is_none() {
        let named = "sentence1,sentence2,label\na b,c d,x\ne f,g h,y\n";
        let found = choose(named, [Some("sentence1"), Some(""), None], true).unwrap();
        assert_eq!((found.text, found.pair, found.label), (0, None, Some(2)));
        let nameless = "Is it ?\tWhy so ?\t1\nHow come ?\tWhere to ?\t0\nWhy ?\tWhat now ?\t1\n";
        let choice = ColumnChoice { pair: Some(String::new()), ..Default::default() };
        let table = Table::parse("f.tsv", nameless.as_bytes()).unwrap();
        let error = Columns::choose(&table, &choice, true).unwrap_err().to_string();
        assert!(error.contains("could be the text: \"1\", \"2\""), "{error}");
    }

    #[test]
    fn without_need_a_label_column_is_neither_used_nor_taken_for_the_text() {
        let columns = choose("klasse,tekst\nx,a b c\ny,d e f\nx,g h i\n", [None; 3], false).unwrap();
        assert_eq!((columns.text, columns.pair, columns.label), (1, None, None));
    }
}
