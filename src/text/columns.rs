//! Which columns of a table hold the text, its pair and the label.

use super::names::{KAGGLE_SPAM, LABEL, PAIRS, TEXT, is_id, plain};
use super::table::Table;
use super::words::{list, shown};
use crate::error::{Error, Result};
use std::collections::HashSet;

/// The columns that a person named: by name, or by number from 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnChoice {
    pub text: Option<String>,
    /// Empty: there is no pair, and none is guessed.
    pub pair: Option<String>,
    pub label: Option<String>,
}

/// Indices into [`Table::columns`], all different.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Columns {
    pub text: usize,
    pub pair: Option<usize>,
    pub label: Option<usize>,
}

impl Columns {
    /// Takes what was named and guesses the rest: first by well-known names, then by content. By content,
    /// the label is the column with the fewest different short values; texts are columns of several words.
    /// Two texts by content are a pair only where there is no header. Columns that number the rows are
    /// passed over. Where the text was named, a pair is guessed only from the name (sentence1, sentence2).
    ///
    /// Without `needs_label` a label column is only used if it was named.
    ///
    /// Errors: [`Error::Data`] if a named column does not exist, two roles fall on one column, or a guess
    /// is not clear; the message lists the candidates and the setting that decides.
    pub fn choose(table: &Table, choice: &ColumnChoice, needs_label: bool) -> Result<Columns> {
        let single = choice.pair.as_deref() == Some("");
        let named = |name: &Option<String>, setting| {
            name.as_deref().map(|name| find(table, name, setting)).transpose()
        };
        let named_text = named(&choice.text, "text_column")?;
        let named_pair = if single { None } else { named(&choice.pair, "pair_column")? };
        let named_label = named(&choice.label, "label_column")?;
        let guess = Guess::new(table, single);

        let taken: Vec<usize> = [named_text, named_pair, named_label].into_iter().flatten().collect();
        let (text, pair) = match guess.pair_by_name(named_text, named_pair, &taken) {
            Some((text, pair)) => (Some(text), Some(pair)),
            None => (named_text, named_pair),
        };
        let text = match text {
            Some(text) => Some(text),
            None => guess.by_name(TEXT, &taken, "text", "text_column")?,
        };

        let mut taken: Vec<usize> = [text, pair, named_label].into_iter().flatten().collect();
        let label = match named_label {
            Some(label) => Some(label),
            None => match guess.label(&taken) {
                Err(error) if needs_label => return Err(error),
                found => found.ok(),
            },
        };
        taken.extend(label);
        let (text, pair) = match text {
            Some(text) => (text, pair),
            None => guess.text_by_content(pair, &taken)?,
        };
        let columns = Columns { text, pair, label: if needs_label { label } else { named_label } };
        columns.check_different(table)?;
        Ok(columns)
    }

    /// The names of the columns; that of the pair is empty where there is none.
    pub fn named(&self, table: &Table) -> ColumnChoice {
        let name = |column: usize| table.columns[column].clone();
        ColumnChoice {
            text: Some(name(self.text)),
            pair: Some(self.pair.map(name).unwrap_or_default()),
            label: self.label.map(name),
        }
    }

    fn check_different(&self, table: &Table) -> Result<()> {
        let roles = [("text", Some(self.text)), ("pair", self.pair), ("label", self.label)];
        for (index, (role, column)) in roles.iter().enumerate() {
            for (other, other_column) in &roles[index + 1..] {
                if let (Some(column), true) = (column, column == other_column) {
                    let name = shown(&table.columns[*column]);
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
}

/// By exact name, else without regard to case if that is unique, else by number from 1.
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
                shown(name),
                list(&table.columns)
            ),
        )),
    }
}

/// What the values of a column look like.
struct Profile {
    /// Different values, counted up to `MAX_DISTINCT`.
    distinct: usize,
    filled: usize,
    all_short: bool,
    all_integers: bool,
    /// The distinct values are 0..distinct or 1..=distinct.
    class_ids: bool,
    mean_words: f64,
    mean_characters: f64,
}

const MAX_DISTINCT: usize = 1001;

struct Guess<'a> {
    table: &'a Table,
    /// No pair is wanted.
    single: bool,
    names: Vec<String>,
    profiles: Vec<Profile>,
}

impl<'a> Guess<'a> {
    fn new(table: &'a Table, single: bool) -> Self {
        let columns = 0..table.columns.len();
        Guess {
            table,
            single,
            names: table.columns.iter().map(|name| plain(name)).collect(),
            profiles: columns.map(|column| profile(table, column)).collect(),
        }
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|other| other == name)
    }

    /// Both columns of a well-known pair, where neither contradicts what was named.
    fn pair_by_name(
        &self,
        text: Option<usize>,
        pair: Option<usize>,
        taken: &[usize],
    ) -> Option<(usize, usize)> {
        if self.single {
            return None;
        }
        PAIRS.iter().find_map(|(first, second)| {
            let (first, second) = (self.column(first)?, self.column(second)?);
            let fits = |named: Option<usize>, column| {
                named == Some(column) || named.is_none() && !taken.contains(&column)
            };
            (fits(text, first) && fits(pair, second) && self.is_text_like(second)).then_some((first, second))
        })
    }

    /// Several words, or at least not the same few values again and again (an "answer" may be yes or no).
    fn is_text_like(&self, column: usize) -> bool {
        let profile = &self.profiles[column];
        profile.mean_words >= 2.0 || profile.distinct * 2 > self.table.rows.len().min(MAX_DISTINCT)
    }

    /// The column with the surest well-known name.
    fn by_name(
        &self,
        tiers: &[&[&str]],
        taken: &[usize],
        role: &str,
        setting: &str,
    ) -> Result<Option<usize>> {
        for tier in tiers {
            let found: Vec<usize> = (0..self.names.len())
                .filter(|column| !taken.contains(column) && self.profiles[*column].filled > 0)
                .filter(|&column| tier.contains(&self.names[column].as_str()))
                .collect();
            match found[..] {
                [] => {}
                [column] => return Ok(Some(column)),
                _ => return Err(self.unclear(role, &found, setting)),
            }
        }
        let spam = |name| self.column(name).filter(|column| !taken.contains(column));
        Ok(match (role, spam(KAGGLE_SPAM.0), spam(KAGGLE_SPAM.1)) {
            ("label", Some(label), _) if self.column(KAGGLE_SPAM.1).is_some() => Some(label),
            ("text", Some(_), Some(text)) => Some(text),
            _ => None,
        })
    }

    fn label(&self, taken: &[usize]) -> Result<usize> {
        if let Some(column) = self.by_name(LABEL, taken, "label", "label_column")? {
            return Ok(column);
        }
        let rows = self.table.rows.len();
        let mut found: Vec<usize> = (0..self.names.len())
            .filter(|column| !taken.contains(column) && !self.is_id(*column))
            .filter(|&column| {
                let profile = &self.profiles[column];
                profile.filled == rows
                    && profile.all_short
                    && (2..rows.min(MAX_DISTINCT)).contains(&profile.distinct)
            })
            .collect();
        found.sort_by_key(|&column| self.profiles[column].distinct);
        if self.names.len() == 1 {
            return Err(Error::data(
                &self.table.file,
                None,
                "found one column; expected a text and a label with a tab, comma or semicolon between them",
            ));
        }
        let Some(&best) = found.first() else {
            return Err(Error::data(
                &self.table.file,
                None,
                format!(
                    "no column looks like a label among {}; expected a few short values that come again: \
                     name one with label_column",
                    list(&self.table.columns)
                ),
            ));
        };
        let rivals: Vec<usize> = found
            .into_iter()
            .filter(|&column| self.profiles[column].distinct < 3 * self.profiles[best].distinct)
            .collect();
        let numbered: Vec<usize> =
            rivals.iter().copied().filter(|&column| self.profiles[column].class_ids).collect();
        match (&rivals[..], &numbered[..]) {
            ([column], _) | (_, [column]) => Ok(*column),
            _ => Err(self.unclear("label", &rivals, "label_column")),
        }
    }

    fn text_by_content(&self, pair: Option<usize>, taken: &[usize]) -> Result<(usize, Option<usize>)> {
        let free: Vec<usize> = (0..self.names.len())
            .filter(|column| {
                !taken.contains(column) && !self.is_id(*column) && self.profiles[*column].filled > 0
            })
            .collect();
        let texts: Vec<usize> =
            free.iter().copied().filter(|&column| self.profiles[column].mean_words >= 2.0).collect();
        match (&texts[..], pair) {
            ([column], _) => Ok((*column, pair)),
            ([first, second], None) if !self.table.has_header && !self.single => Ok((*first, Some(*second))),
            ([], _) => {
                let longest = |a: &&usize, b: &&usize| {
                    self.profiles[**a].mean_characters.total_cmp(&self.profiles[**b].mean_characters)
                };
                match free.iter().max_by(longest) {
                    Some(column) => Ok((*column, pair)),
                    None => Err(Error::data(
                        &self.table.file,
                        None,
                        format!(
                            "no column looks like a text among {}; name one with text_column",
                            list(&self.table.columns)
                        ),
                    )),
                }
            }
            _ if self.single => Err(self.unclear("text", &texts, "text_column")),
            _ => Err(self.unclear("text", &texts, "text_column and, for two texts, pair_column")),
        }
    }

    /// Whether a column numbers the rows, by its name or because its numbers (almost) never come again.
    fn is_id(&self, column: usize) -> bool {
        let profile = &self.profiles[column];
        let many = self.table.rows.len().min(MAX_DISTINCT);
        is_id(&self.table.columns[column])
            || profile.all_integers && many > 10 && profile.distinct * 10 >= many * 9
    }

    fn unclear(&self, role: &str, candidates: &[usize], setting: &str) -> Error {
        let names: Vec<&str> = candidates.iter().map(|&column| self.table.columns[column].as_str()).collect();
        Error::data(
            &self.table.file,
            None,
            format!("several columns could be the {role}: {}; name it with {setting}", list(&names)),
        )
    }
}

fn profile(table: &Table, column: usize) -> Profile {
    let mut values = HashSet::new();
    let (mut filled, mut words, mut characters) = (0, 0, 0);
    let (mut all_short, mut all_integers) = (true, true);
    for row in &table.rows {
        let value = row.fields[column].trim();
        if value.is_empty() {
            continue;
        }
        let (length, parts) = (value.chars().count(), value.split_whitespace().count());
        filled += 1;
        words += parts;
        characters += length;
        all_short &= length <= 60 && parts <= 4;
        all_integers &= value.parse::<i64>().is_ok();
        if values.len() < MAX_DISTINCT {
            values.insert(value);
        }
    }
    let ids = |from: usize| (from..from + values.len()).all(|id| values.contains(id.to_string().as_str()));
    Profile {
        distinct: values.len(),
        filled,
        all_short,
        all_integers: all_integers && filled > 0,
        class_ids: ids(0) || ids(1),
        mean_words: words as f64 / filled.max(1) as f64,
        mean_characters: characters as f64 / filled.max(1) as f64,
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
        assert_eq!(
            guessed(
                "quora.txt",
                "Is honey good ?\tIs sugar ?\t1\nHow come ?\tWhy so ?\t0\nWhy ?\tWhat now ?\t1\n"
            ),
            (0, Some(1), Some(2))
        );
        assert_eq!(
            guessed(
                "mnli",
                "entailment\tIn Temple Bar , it is .\tThere is a shop .\nneutral\tImpossible .\tImpossible , unless .\nneutral\tA b .\tC d e .\n"
            ),
            (1, Some(2), Some(0))
        );
        assert_eq!(
            guessed(
                "snli.txt",
                "two women are here\tthe sisters hug\t1\ntwo women are here\ttwo woman hold\t0\ntwo women\tthe men fight\t2\na man\ta dog barks\t1\n"
            ),
            (0, Some(1), Some(2))
        );
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
        let texts = choose("titre,corps,label\na b c,d e f,x\nh i j,k l m,y\n", [None; 3], true)
            .unwrap_err()
            .to_string();
        assert!(texts.contains("\"titre\", \"corps\"; name it with text_column"), "{texts}");
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
        assert_eq!(found, Columns { text: 0, pair: None, label: Some(2) });
        let nameless = "Is it ?\tWhy so ?\t1\nHow come ?\tWhere to ?\t0\nWhy ?\tWhat now ?\t1\n";
        let choice = ColumnChoice { pair: Some(String::new()), ..Default::default() };
        let table = Table::parse("f.tsv", nameless.as_bytes()).unwrap();
        let error = Columns::choose(&table, &choice, true).unwrap_err().to_string();
        assert!(error.ends_with("name it with text_column"), "{error}");
    }

    #[test]
    fn without_need_a_label_column_is_neither_used_nor_taken_for_the_text() {
        let columns = choose("klasse,tekst\nx,a b c\ny,d e f\nx,g h i\n", [None; 3], false).unwrap();
        assert_eq!(columns, Columns { text: 1, pair: None, label: None });
    }
}
