//! What a person should know about labelled examples before training, in plain words.

use super::examples::{Example, Target, Task};
use super::words::{count, shown};
use serde::Serialize;
use std::collections::HashMap;

const FEW_EXAMPLES: usize = 10;
const MAX_LINES: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    Duplicates,
    ConflictingLabels,
    SmallClasses,
    Imbalance,
    LongTexts,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    pub kind: FindingKind,
    /// One sentence or two, with numbers.
    pub message: String,
    /// Lines of the file where it can be seen, at most 10.
    pub lines: Vec<u64>,
}

/// Looks for texts that come again (case and spacing aside), texts with different labels, classes of fewer
/// than 10 examples, a class that has 80 % of all or ten times as many as another, and texts over
/// `max_length` tokens. `token_counts` has the length of each example before it was cut, special tokens
/// included.
pub fn check(
    examples: &[Example],
    task: &Task,
    token_counts: Option<&[usize]>,
    max_length: usize,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = repetitions(examples).into_iter().flatten().collect();
    if let Task::Classification { labels } = task {
        findings.extend(balance(examples, labels).into_iter().flatten());
    }
    findings.extend(token_counts.and_then(|counts| long_texts(examples, counts, max_length)));
    findings
}

fn finding(kind: FindingKind, message: String, lines: impl Iterator<Item = u64>) -> Finding {
    Finding { kind, message, lines: lines.take(MAX_LINES).collect() }
}

fn repetitions(examples: &[Example]) -> [Option<Finding>; 2] {
    let mut first_of: HashMap<String, usize> = HashMap::new();
    let mut repeated = Vec::new();
    let mut conflicting = Vec::new();
    for (row, example) in examples.iter().enumerate() {
        let first = *first_of.entry(example.key()).or_insert(row);
        if first == row {
            continue;
        }
        repeated.push(example.line);
        if examples[first].target != example.target {
            conflicting.push(example.line);
        }
    }
    let duplicates = (!repeated.is_empty()).then(|| {
        let verb = if repeated.len() == 1 { "repeats" } else { "repeat" };
        let message = format!(
            "{} of {} {verb} the text of an earlier one; when some are held out, equal texts stay together",
            count(repeated.len(), "example"),
            examples.len()
        );
        finding(FindingKind::Duplicates, message, repeated.iter().copied())
    });
    let conflicts = (!conflicting.is_empty()).then(|| {
        let message = format!(
            "{} the text of an earlier one but another label; check which label is right",
            match conflicting.len() {
                1 => "1 example has".to_string(),
                number => format!("{number} examples have"),
            }
        );
        finding(FindingKind::ConflictingLabels, message, conflicting.iter().copied())
    });
    [duplicates, conflicts]
}

fn balance(examples: &[Example], labels: &[String]) -> [Option<Finding>; 2] {
    let mut sizes = vec![0usize; labels.len()];
    let class = |example: &Example| match example.target {
        Some(Target::Class(class)) if class < labels.len() => Some(class),
        _ => None,
    };
    for class in examples.iter().filter_map(class) {
        sizes[class] += 1;
    }
    let total: usize = sizes.iter().sum();
    let named = |class: usize| format!("{} ({})", shown(&labels[class]), sizes[class]);

    let small: Vec<usize> = (0..labels.len()).filter(|&class| sizes[class] < FEW_EXAMPLES).collect();
    let small_classes = (!small.is_empty()).then(|| {
        let mut names = small.iter().take(10).map(|&class| named(class)).collect::<Vec<_>>().join(", ");
        if small.len() > 10 {
            names += &format!(" and {} more", small.len() - 10);
        }
        let classes = match small.len() {
            1 => "1 class has".to_string(),
            number => format!("{number} classes have"),
        };
        let lines =
            examples.iter().filter(|example| class(example).is_some_and(|class| sizes[class] < FEW_EXAMPLES));
        let message = format!("{classes} fewer than {FEW_EXAMPLES} examples, too few to learn from: {names}");
        finding(FindingKind::SmallClasses, message, lines.map(|example| example.line))
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
                shown(&labels[largest]),
                sizes[largest],
                shown(&labels[smallest]),
                sizes[smallest],
            );
            finding(FindingKind::Imbalance, message, std::iter::empty())
        })
    });
    [small_classes, imbalance]
}

fn long_texts(examples: &[Example], counts: &[usize], max_length: usize) -> Option<Finding> {
    let long: Vec<(&Example, usize)> =
        examples.iter().zip(counts.iter().copied()).filter(|(_, tokens)| *tokens > max_length).collect();
    let longest = long.iter().map(|(_, tokens)| *tokens).max()?;
    let cut: usize = long.iter().map(|(_, tokens)| tokens - max_length).sum();
    let percent = 100.0 * cut as f64 / counts.iter().sum::<usize>() as f64;
    let message = format!(
        "{} of {} longer than {max_length} tokens (the longest has {longest}); what is over is cut off, \
         {percent:.1} % of all tokens",
        count(long.len(), "text"),
        match long.len() {
            1 => format!("{} is", examples.len()),
            _ => format!("{} are", examples.len()),
        }
    );
    Some(finding(FindingKind::LongTexts, message, long.iter().map(|(example, _)| example.line)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        Task::Classification { labels: vec!["ham".into(), "spam".into()] }
    }

    #[test]
    fn balanced_short_and_different_texts_give_no_finding() {
        let texts: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        let rows: Vec<(&str, usize)> =
            texts.iter().enumerate().map(|(row, text)| (text.as_str(), row % 2)).collect();
        assert_eq!(check(&examples(&rows), &task(), Some(&[128; 40]), 128), []);
    }

    #[test]
    fn each_problem_is_found_with_its_numbers_and_lines() {
        let mut rows = vec![("a", 0); 12];
        rows.extend([("A ", 1), ("b", 1)]);
        let mut counts = vec![10; 14];
        counts[13] = 150;
        let found = check(&examples(&rows), &task(), Some(&counts), 128);
        let kinds: Vec<FindingKind> = found.iter().map(|finding| finding.kind).collect();
        use FindingKind::*;
        assert_eq!(kinds, [Duplicates, ConflictingLabels, SmallClasses, Imbalance, LongTexts]);
        assert!(found[0].message.starts_with("12 examples of 14 repeat the text"));
        assert_eq!(found[0].lines.len(), 10);
        assert_eq!(
            (found[1].lines.as_slice(), found[1].message.contains("1 example has")),
            (&[13][..], true)
        );
        assert_eq!(
            (found[2].lines.as_slice(), found[2].message.ends_with("\"spam\" (2)")),
            (&[13, 14][..], true)
        );
        assert!(found[3].message.contains("\"ham\" has 12 of 14 examples (86 %)"));
        assert!(found[4].message.starts_with("1 text of 14 is longer than 128 tokens (the longest has 150)"));
        assert!(found[4].message.ends_with("7.9 % of all tokens"), "{}", found[4].message);
    }

    #[test]
    fn kinds_are_written_in_kebab_case() {
        assert_eq!(serde_json::to_string(&FindingKind::ConflictingLabels).unwrap(), "\"conflicting-labels\"");
    }
}
