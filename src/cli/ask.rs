//! Asks the questions about the data that only the user can decide. The answers become settings.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin};

use super::output::tell;
use crate::spec::{DataArguments, LogFormat, RunArguments};
use crate::terminal::one_line;
use crate::text::{Candidate, Question, Variants};

/// The number of attempts to get a valid answer.
const MOST_TRIES: usize = 5;

/// Whether a user is there to answer.
pub fn can_ask(run: &RunArguments) -> bool {
    run.log_format == LogFormat::Text && stdin().is_terminal() && stderr().is_terminal()
}

/// Asks about `file` and puts the answers into the settings. Returns whether all questions were answered.
pub fn ask(file: &str, questions: &[Question], data: &mut DataArguments) -> bool {
    let flags = answers(&one_line(file), questions, data, &mut stdin().lock(), &mut stderr());
    if let Some(flags) = &flags {
        tell(&format!("so that the next run need not ask: {flags}"));
    }
    flags.is_some()
}

/// Returns flags for the answers, or `None` if an answer is missing.
fn answers(
    file: &str,
    questions: &[Question],
    data: &mut DataArguments,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Option<String> {
    let mut flags = Vec::new();
    for question in questions {
        match question {
            Question::Label { candidates } => {
                let head = format!("{file}: which column holds the label?");
                let [label] = chosen(&head, candidates, 1, input, output)?[..] else { return None };
                let label = &candidates[label].column;
                flags.push(format!("--label-column {}", quoted(label)));
                data.label_column = Some(label.clone());
            }
            Question::Text { candidates } => {
                let head = format!(
                    "{file}: which column holds the text? (two numbers, such as 1 2, for pairs of texts)"
                );
                let columns = chosen(&head, candidates, 2, input, output)?;
                let column =
                    |index: usize| columns.get(index).map(|column| candidates[*column].column.clone());
                data.text_column = column(0);
                data.pair_column = Some(column(1).unwrap_or_default());
                flags.push(format!("--text-column {}", quoted(&column(0)?)));
                flags.extend(column(1).map(|pair| format!("--pair-column {}", quoted(&pair))));
            }
            Question::MergeLabels { groups } => {
                let merge = merged(file, groups, input, output)?;
                data.merge_labels = Some(merge);
                flags.push(if merge { "--merge-labels" } else { "--merge-labels no" }.into());
            }
        }
    }
    Some(flags.join(" "))
}

/// The indices of the chosen candidates, at most `most`.
fn chosen(
    head: &str,
    candidates: &[Candidate],
    most: usize,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Option<Vec<usize>> {
    writeln!(output, "{}", one_line(head)).ok()?;
    for (index, Candidate { column, why, examples }) in candidates.iter().enumerate() {
        let examples: Vec<String> = examples.iter().map(|example| format!("{example:?}")).collect();
        writeln!(output, "  {}  {column:?}: {why}, such as {}", index + 1, examples.join(", ")).ok()?;
    }
    read(&format!("number from 1 to {}: ", candidates.len()), input, output, |answer| {
        let numbers: Vec<usize> = answer
            .split([' ', ','])
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().ok())
            .collect::<Option<_>>()?;
        let mut different = numbers.clone();
        different.dedup();
        let fits = (1..=most).contains(&numbers.len()) && different.len() == numbers.len();
        let all_known = numbers.iter().all(|number| (1..=candidates.len()).contains(number));
        (fits && all_known).then(|| numbers.iter().map(|number| number - 1).collect())
    })
}

fn merged(
    file: &str,
    groups: &[Variants],
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Option<bool> {
    writeln!(output, "{}: these labels differ only in spelling:", one_line(file)).ok()?;
    for group in groups {
        writeln!(output, "  {} would be {:?}", group.describe(), group.label).ok()?;
    }
    read("make one class of each? yes or no: ", input, output, |answer| {
        match answer.to_lowercase().as_str() {
            "yes" | "y" => Some(true),
            "no" | "n" => Some(false),
            _ => None,
        }
    })
}

/// Reads lines until one is a valid answer.
fn read<T>(
    prompt: &str,
    input: &mut impl BufRead,
    output: &mut impl Write,
    understood: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    for _ in 0..MOST_TRIES {
        write!(output, "{prompt}").and_then(|()| output.flush()).ok()?;
        let mut answer = String::new();
        if input.read_line(&mut answer).ok()? == 0 {
            return None;
        }
        if let Some(answer) = understood(answer.trim()) {
            return Some(answer);
        }
    }
    None
}

/// Quotes a name so that a shell takes it for one word.
fn quoted(name: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.');
    match !name.is_empty() && name.chars().all(is_plain) {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::ClassSize;

    fn candidates(columns: &[&str]) -> Vec<Candidate> {
        let candidate = |column: &&str| Candidate {
            column: column.to_string(),
            why: "2 different values in 9 rows".into(),
            examples: vec!["yes".into(), "no".into()],
        };
        columns.iter().map(candidate).collect()
    }

    fn asked(questions: &[Question], typed: &str) -> (Option<String>, DataArguments, String) {
        let mut run = DataArguments::default();
        let mut output = Vec::new();
        let flags = answers("a.csv", questions, &mut run, &mut typed.as_bytes(), &mut output);
        (flags, run, String::from_utf8(output).unwrap())
    }

    #[test]
    fn an_answer_becomes_the_setting_and_the_flag() {
        let questions = [
            Question::Label { candidates: candidates(&["resolved", "subject area"]) },
            Question::Text { candidates: candidates(&["title", "body"]) },
        ];
        let (flags, run, output) = asked(&questions, "3\nx\n2\n2\n");
        assert_eq!(flags.unwrap(), "--label-column 'subject area' --text-column body");
        assert_eq!(
            (run.label_column.as_deref(), run.text_column.as_deref()),
            (Some("subject area"), Some("body"))
        );
        assert_eq!(run.pair_column.as_deref(), Some(""));
        assert!(
            output.contains("  1  \"resolved\": 2 different values in 9 rows, such as \"yes\", \"no\""),
            "{output}"
        );
    }

    #[test]
    fn two_numbers_are_a_pair_of_texts() {
        let questions = [Question::Text { candidates: candidates(&["1", "2", "it's"]) }];
        let (flags, run, _) = asked(&questions, "1 1\n3, 1\n");
        assert_eq!(flags.unwrap(), "--text-column 'it'\\''s' --pair-column 1");
        assert_eq!(run.pair_column.as_deref(), Some("1"));
    }

    #[test]
    fn labels_are_merged_on_one_word() {
        let written = ["A", "a"].map(|label| ClassSize { label: label.into(), examples: 3 }).to_vec();
        let questions = [Question::MergeLabels { groups: vec![Variants { label: "a".into(), written }] }];
        let (flags, run, output) = asked(&questions, "maybe\nYes\n");
        assert_eq!((flags.as_deref(), run.merge_labels), (Some("--merge-labels"), Some(true)));
        assert!(output.contains("\"A\" (3), \"a\" (3) would be \"a\""), "{output}");
        assert_eq!(asked(&questions, "n\n").0.as_deref(), Some("--merge-labels no"));
    }

    #[test]
    fn without_an_answer_nothing_is_decided() {
        let questions = [Question::Label { candidates: candidates(&["a", "b"]) }];
        assert_eq!(asked(&questions, "").0, None);
        assert_eq!(asked(&questions, &"9\n".repeat(9)).0, None);
    }
}
