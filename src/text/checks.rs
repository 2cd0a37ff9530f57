//! Checks labelled examples before training, and reports findings in plain words.

use super::batch::Encoded;
use super::tokenizer::MOST_WINDOWS;
use crate::spec::quote::{count, quoted};
use crate::spec::{ClassSize, Example, Finding, FindingKind, Long, Task, TaskKind};
use std::collections::{BTreeSet, HashMap, HashSet};

const FEW_EXAMPLES: usize = 10;
/// The share of unknown tokens from which on a finding reports it.
const MANY_UNKNOWN: f64 = 0.1;

/// The length of an example in tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenCount {
    /// The line of the file on which the example begins, from 1.
    pub line: u64,
    /// The number of tokens of the whole text, including special tokens.
    pub tokens: usize,
    /// The number of these that are not read.
    pub left_out: usize,
    /// The number of unknown tokens among those that are read at once.
    pub unknown: usize,
}

impl TokenCount {
    /// Counts the tokens of an example.
    pub fn new(Encoded { encoding, line, .. }: &Encoded, unknown: Option<u32>) -> Self {
        TokenCount {
            line: *line,
            tokens: encoding.tokens,
            left_out: encoding.truncated,
            unknown: encoding.input_ids.iter().filter(|id| Some(**id) == unknown).count(),
        }
    }
}

/// Looks for texts that recur (ignoring case and spacing), texts with different labels, classes of fewer than 10
/// examples, a class that has 80 % of all examples or ten times as many as another, texts over `max_length` tokens, and
/// tokens that the model does not know.
pub(super) fn check(
    examples: &[Example],
    task: &Task,
    tokens: &[TokenCount],
    (max_length, long): (usize, Long),
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = repetitions(examples).into_iter().flatten().collect();
    if !task.labels.is_empty() {
        let [small, imbalance] = balance(examples, &task.labels);
        // where a text may have several labels, each of them may be rare
        findings.extend(small.into_iter().chain(imbalance.filter(|_| task.kind == TaskKind::Classification)));
    }
    findings.extend(long_texts(tokens, max_length, long));
    findings.extend(unknown_tokens(tokens));
    findings
}

/// Looks for texts of a validation or test file that are also trained on, ignoring case and spacing.
pub(super) fn overlap(train: &[Example], held_out: &[Example], what: &str) -> Option<Finding> {
    let trained: HashSet<String> = train.iter().map(Example::key).collect();
    let both: Vec<u64> = held_out
        .iter()
        .filter(|example| trained.contains(&example.key()))
        .map(|example| example.line)
        .collect();
    (!both.is_empty()).then(|| {
        let message = format!(
            "{} of {} of the {what} file are in the training file too, so that the score says too much; take them out of \
             one of the two",
            count(both.len(), "text"),
            held_out.len()
        );
        Finding::new(FindingKind::Overlap, message, both)
    })
}

fn repetitions(examples: &[Example]) -> [Option<Finding>; 2] {
    let mut first_of: HashMap<String, usize> = HashMap::new();
    let mut repeated = Vec::new();
    let mut conflicts = 0;
    let mut conflicting = BTreeSet::new();
    for (row, example) in examples.iter().enumerate() {
        let first = *first_of.entry(example.key()).or_insert(row);
        if first == row {
            continue;
        }
        repeated.push(example.line);
        if examples[first].target != example.target {
            conflicts += 1;
            conflicting.extend([examples[first].line, example.line]);
        }
    }
    let duplicates = (!repeated.is_empty()).then(|| {
        let verb = if repeated.len() == 1 { "repeats" } else { "repeat" };
        let message = format!(
            "{} of {} {verb} the text of an earlier one; when some are held out, equal texts stay together",
            count(repeated.len(), "example"),
            examples.len()
        );
        Finding::new(FindingKind::Duplicates, message, repeated)
    });
    let conflicts = (conflicts > 0).then(|| {
        let message = format!(
            "{} the text of an earlier one, upper and lower case aside, but another label; check which label is right",
            match conflicts {
                1 => "1 example has".to_string(),
                number => format!("{number} examples have"),
            }
        );
        Finding::new(FindingKind::ConflictingLabels, message, conflicting.into_iter().collect())
    });
    [duplicates, conflicts]
}

fn balance(examples: &[Example], labels: &[String]) -> [Option<Finding>; 2] {
    let mut sizes = vec![0usize; labels.len()];
    for class in examples.iter().flat_map(Example::classes) {
        sizes[*class] += 1;
    }
    let total: usize = sizes.iter().sum();
    let small: Vec<usize> = (0..labels.len()).filter(|&class| sizes[class] < FEW_EXAMPLES).collect();
    let small_classes = (!small.is_empty()).then(|| {
        let of_class = |&class: &usize| ClassSize { label: labels[class].clone(), examples: sizes[class] };
        let names = crate::spec::question::sizes(&small.iter().map(of_class).collect::<Vec<_>>());
        let classes = match small.len() {
            1 => "1 class has".to_string(),
            number => format!("{number} classes have"),
        };
        let single = match small.iter().filter(|&&class| sizes[class] < 3).count() {
            0 => "",
            _ => "; a class of one or two is hardly learned, and may not be scored at all",
        };
        let lines =
            examples.iter().filter(|example| example.classes().iter().any(|class| sizes[*class] < FEW_EXAMPLES));
        let message = format!(
            "{classes} fewer than {FEW_EXAMPLES} examples, too few to learn from: {names}{single}; add examples, or \
             merge or leave out such classes"
        );
        Finding::new(FindingKind::SmallClasses, message, lines.map(|example| example.line).collect())
    });

    let by_size = |class: &usize| sizes[*class];
    let largest = (0..labels.len()).max_by_key(by_size);
    let smallest = (0..labels.len()).min_by_key(by_size);
    let imbalance = largest.zip(smallest).and_then(|(largest, smallest)| {
        let is_strong = sizes[largest] * 5 >= total * 4 || sizes[largest] >= 10 * sizes[smallest];
        (total > 0 && labels.len() > 1 && is_strong).then(|| {
            let percent = (100 * sizes[largest] + total / 2) / total;
            let message = format!(
                "the class {} has {} of {total} examples ({percent} %) and {} has {}; always answering {0} \
                 would be right {percent} % of the time, so look at the scores per class",
                quoted(&labels[largest]),
                sizes[largest],
                quoted(&labels[smallest]),
                sizes[smallest],
            );
            Finding::new(FindingKind::Imbalance, message, Vec::new())
        })
    });
    [small_classes, imbalance]
}

fn long_texts(counts: &[TokenCount], max_length: usize, long: Long) -> Option<Finding> {
    let found: Vec<&TokenCount> = counts.iter().filter(|count| count.tokens > max_length).collect();
    let longest = found.iter().map(|count| count.tokens).max()?;
    let percent = |part: usize, all: usize| 100.0 * part as f64 / all as f64;
    let left_out: usize = found.iter().map(|count| count.left_out).sum();
    let left_out = percent(left_out, counts.iter().map(|count| count.tokens).sum());
    let read = match long {
        Long::Head => format!(
            "what is over is cut off, {left_out:.1} % of all tokens; long windows (--long windows) reads them whole"
        ),
        Long::HeadTail => format!(
            "their middle is left out, {left_out:.1} % of all tokens; long windows (--long windows) reads them whole"
        ),
        Long::Windows if left_out == 0.0 => "they are read whole, in windows".into(),
        Long::Windows => format!(
            "they are read in windows; what is after {MOST_WINDOWS} of them is cut off, {left_out:.1} % of all tokens"
        ),
    };
    let verb = if found.len() == 1 { "is" } else { "are" };
    let message = format!(
        "{} of {} ({:.0} %) {verb} longer than {max_length} tokens (the longest has {longest}): {read}",
        count(found.len(), "text"),
        counts.len(),
        percent(found.len(), counts.len()),
    );
    Some(Finding::new(FindingKind::LongTexts, message, sorted(&found)))
}

/// Unknown tokens are many if the texts use a script that the model was not trained on.
fn unknown_tokens(counts: &[TokenCount]) -> Option<Finding> {
    let unknown: usize = counts.iter().map(|count| count.unknown).sum();
    let all: usize = counts.iter().map(|count| count.tokens).sum();
    let share = unknown as f64 / all.max(1) as f64;
    (share >= MANY_UNKNOWN).then(|| {
        let message = format!(
            "the model does not know {:.0} % of the tokens: it was made for another language or script; take a model \
             that knows these texts",
            100.0 * share
        );
        let found: Vec<&TokenCount> = counts.iter().filter(|count| count.unknown > 0).collect();
        Finding::new(FindingKind::UnknownTokens, message, sorted(&found))
    })
}

fn sorted(counts: &[&TokenCount]) -> Vec<u64> {
    let mut lines: Vec<u64> = counts.iter().map(|count| count.line).collect();
    lines.sort_unstable();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Target;

    fn examples(rows: &[(&str, usize)]) -> Vec<Example> {
        let example = |(row, (text, class)): (usize, &(&str, usize))| Example {
            line: row as u64 + 1,
            text: text.to_string(),
            pair: None,
            target: Some(Target::Class(*class)),
        };
        rows.iter().enumerate().map(example).collect()
    }

    fn task() -> Task {
        Task::classification(vec!["ham".into(), "spam".into()])
    }

    fn counts(lengths: &[usize]) -> Vec<TokenCount> {
        let count = |(row, tokens): (usize, &usize)| TokenCount {
            line: row as u64 + 1,
            tokens: *tokens,
            left_out: tokens.saturating_sub(128),
            unknown: 0,
        };
        lengths.iter().enumerate().map(count).collect()
    }

    #[test]
    fn balanced_short_and_different_texts_give_no_finding() {
        let texts: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        let rows: Vec<(&str, usize)> =
            texts.iter().enumerate().map(|(row, text)| (text.as_str(), row % 2)).collect();
        assert_eq!(check(&examples(&rows), &task(), &counts(&[128; 40]), (128, Long::Head)), []);
    }

    #[test]
    fn each_problem_is_found_with_its_numbers_and_lines() {
        let mut rows = vec![("a", 0); 12];
        rows.extend([("A ", 1), ("b", 1)]);
        let mut lengths = vec![10; 14];
        lengths[13] = 150;
        let found = check(&examples(&rows), &task(), &counts(&lengths), (128, Long::Head));
        let kinds: Vec<FindingKind> = found.iter().map(|finding| finding.kind).collect();
        use FindingKind::*;
        assert_eq!(kinds, [Duplicates, ConflictingLabels, SmallClasses, Imbalance, LongTexts]);
        assert!(found[0].message.starts_with("12 examples of 14 repeat the text"));
        assert_eq!(found[0].lines.len(), 10);
        assert_eq!(
            (found[1].lines.as_slice(), found[1].message.contains("1 example has")),
            (&[1, 13][..], true)
        );
        assert!(
            found[1].describe().ends_with("which label is right (lines 1, 13)"),
            "{}",
            found[1].describe()
        );
        assert!(found[0].describe().ends_with("and 2 more)"), "{}", found[0].describe());
        assert_eq!(
            (
                found[2].lines.as_slice(),
                found[2].message.contains("\"spam\" (2); a class of one or two is hardly learned")
            ),
            (&[13, 14][..], true)
        );
        assert!(found[3].message.contains("\"ham\" has 12 of 14 examples (86 %)"));
        assert_eq!(
            found[4].message,
            "1 text of 14 (7 %) is longer than 128 tokens (the longest has 150): what is over is cut off, 7.9 % of all \
             tokens; long windows (--long windows) reads them whole"
        );
    }

    #[test]
    fn what_is_read_of_long_texts_is_said() {
        let message = |long, left_out| {
            let counts = [300, 20].map(|tokens| TokenCount { line: 1, tokens, left_out, unknown: 0 });
            long_texts(&counts, 128, long).unwrap().message
        };
        assert!(message(Long::HeadTail, 160).ends_with(
            "(the longest has 300): their middle is left out, 50.0 % of all tokens; long windows (--long windows) reads \
             them whole"
        ));
        assert!(
            message(Long::Windows, 0).ends_with("(the longest has 300): they are read whole, in windows")
        );
        assert!(
            message(Long::Windows, 32).ends_with("what is after 16 of them is cut off, 10.0 % of all tokens")
        );
    }

    #[test]
    fn kinds_are_written_in_kebab_case() {
        assert_eq!(serde_json::to_string(&FindingKind::ConflictingLabels).unwrap(), "\"conflicting-labels\"");
    }

    #[test]
    fn texts_that_are_trained_on_and_scored_on_are_told() {
        let train = examples(&[("a b", 0), ("c", 1)]);
        let found = overlap(&train, &examples(&[("x", 0), ("A  B", 0)]), "test").unwrap();
        assert!(
            found.message.starts_with("1 text of 2 of the test file are in the training file"),
            "{}",
            found.message
        );
        assert_eq!(found.lines, [2]);
        assert_eq!(overlap(&train, &examples(&[("d", 0)]), "test"), None);
    }

    #[test]
    fn a_script_that_the_model_does_not_know_is_told() {
        let mut counts = counts(&[10; 10]);
        counts[3].unknown = 9;
        assert_eq!(unknown_tokens(&counts), None);
        counts[1].unknown = 1;
        let found = unknown_tokens(&counts).unwrap();
        assert!(found.message.contains("does not know 10 % of the tokens"), "{}", found.message);
        assert_eq!(found.lines, [2, 4]);
    }
}
