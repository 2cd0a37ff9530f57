//! The scores of an evaluation, and the classes that the model confuses.

use super::html::{escape, heat_cell, isolate, percent, section, shortened, table};
use super::run::Evaluation;
use crate::spec::{ClassScore, Part, Score, Task, TaskKind};

/// Up to this many classes, every cell holds its number and every column its full name.
const FEW_CLASSES: usize = 16;
/// With more classes than this, the matrix holds only those with the most mistakes.
const MOST_CLASSES: usize = 100;
const MOST_PAIRS: usize = 20;

/// Writes the scores of an evaluation, and for one class a text also the confusion matrix and the most confused pairs.
pub fn confusion(part: Part, evaluation: &Evaluation, task: &Task) -> String {
    let labels = &task.labels[..];
    let why = match part {
        Part::Test => "examples that were used for nothing else",
        Part::Validation => {
            "the validation examples, by which the model was chosen: expect a somewhat lower score on new texts"
        }
        Part::CrossValidation => "examples, each scored by a model like this one that was trained without it",
    };
    let mut text =
        format!("<p>On {} {why} (model of step {}).</p>\n", evaluation.metrics.examples, evaluation.step);
    if let (Some(interval), Some(words)) =
        (&evaluation.metrics.interval, evaluation.metrics.interval_in_words())
    {
        let method = if interval.method == "wilson" { "Wilson" } else { "Fisher's z" };
        text += &format!(
            "<p>From these examples, the score on all such texts is likely to be in this range: {words} (95 % interval, {method}).</p>\n"
        );
    }
    let (values, scores) = (score_table(&evaluation.metrics.rows()), &evaluation.metrics.scores);
    let (confusion, classes) = (scores.confusion(), scores.per_class());
    text += &match confusion.len() {
        0 => values,
        // a small matrix has room beside the scores
        1..=6 => format!("<div class=\"plots\">\n{values}{}</div>\n", matrix(confusion, labels)),
        _ => values + &matrix(confusion, labels),
    };
    if !confusion.is_empty() {
        text += &pairs(confusion, classes, labels);
    }
    if !classes.is_empty() {
        text += &per_class(classes, task);
    }
    section(&format!("Score on the {} examples", part.name()), &text)
}

fn score_table(scores: &[Score]) -> String {
    let row = |score: &Score| vec![score.words.to_owned(), format!("{:.4}", score.value)];
    table("Scores", 1, &["measure", "value"], &scores.iter().map(row).collect::<Vec<_>>())
}

fn name(labels: &[String], class: usize) -> String {
    labels.get(class).cloned().unwrap_or_else(|| format!("class {class}"))
}

/// The number of mistakes that involve a class: its examples taken for another class, and other examples taken for it.
fn mistakes(confusion: &[Vec<usize>], class: usize) -> usize {
    let row: usize = confusion[class].iter().sum();
    let column: usize = confusion.iter().map(|row| row[class]).sum();
    row + column - 2 * confusion[class][class]
}

fn matrix(confusion: &[Vec<usize>], labels: &[String]) -> String {
    let count = confusion.len();
    let mut classes: Vec<usize> = (0..count).collect();
    let mut note = String::new();
    if count > MOST_CLASSES {
        classes.sort_by_key(|class| std::cmp::Reverse(mistakes(confusion, *class)));
        classes.truncate(MOST_CLASSES);
        classes.sort_unstable();
        note = format!(" Of {count} classes, the {MOST_CLASSES} with the most mistakes.");
    }
    let few = count <= FEW_CLASSES;
    let cell_name = |class: usize, most: usize| {
        let full = name(labels, class);
        format!("<span title=\"{}\">{}</span>", escape(&full), isolate(&shortened(&full, most)))
    };
    let heads: String = classes
        .iter()
        .map(|class| format!("<th scope=\"col\"><div>{}</div></th>", cell_name(*class, 26)))
        .collect();
    let mut rows = String::new();
    for truth in &classes {
        let total: usize = confusion[*truth].iter().sum();
        let cells: String = classes
            .iter()
            .map(|predicted| cell(confusion, labels, [*truth, *predicted], total, few))
            .collect();
        rows += &format!("<tr><th scope=\"row\">{}</th>{cells}</tr>\n", cell_name(*truth, 26));
    }
    let size = if few { "few" } else { "many" };
    format!(
        "<figure><figcaption><strong>Confusion matrix.</strong> Rows are the labels, columns what was predicted. <span \
         class=\"key right\">right</span> <span class=\"key wrong\">wrong</span>. The deeper the colour, the larger the share of \
         the row.{note}</figcaption>\n<div class=\"scroll\"><table class=\"confusion {size}\" aria-label=\"Confusion \
         matrix\">\n<thead><tr><td></td>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div></figure>\n"
    )
}

fn cell(
    confusion: &[Vec<usize>],
    labels: &[String],
    [truth, predicted]: [usize; 2],
    total: usize,
    few: bool,
) -> String {
    let examples = confusion[truth][predicted];
    let right = truth == predicted;
    if examples == 0 {
        return match (few, right) {
            (true, _) => "<td>0</td>".into(),
            (false, true) => "<td class=\"diagonal\"></td>".into(),
            (false, false) => "<td></td>".into(),
        };
    }
    let share = examples as f64 / total.max(1) as f64;
    // the root of a small share, because a single mistake must be visible too
    let depth = 0.15 + 0.85 * if right { share } else { share.sqrt() };
    let hint =
        format!("{} predicted as {}: {examples} of {total}", name(labels, truth), name(labels, predicted));
    let text = if few { examples.to_string() } else { String::new() };
    let kind = if right { " data-right" } else { " data-wrong" };
    heat_cell(kind, depth, &text, if few { "" } else { &hint })
}

fn pairs(confusion: &[Vec<usize>], classes: &[ClassScore], labels: &[String]) -> String {
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (truth, row) in confusion.iter().enumerate() {
        let wrong =
            row.iter().enumerate().filter(|(predicted, examples)| *predicted != truth && **examples > 0);
        pairs.extend(wrong.map(|(predicted, examples)| (*examples, truth, predicted)));
    }
    if pairs.is_empty() {
        return "<p>No example was taken for another class.</p>\n".into();
    }
    // equal counts are ordered by label
    pairs.sort_by_key(|(examples, truth, predicted)| (std::cmp::Reverse(*examples), *truth, *predicted));
    let left_out = pairs.len().saturating_sub(MOST_PAIRS);
    let rows: Vec<Vec<String>> = pairs
        .iter()
        .take(MOST_PAIRS)
        .map(|(examples, truth, predicted)| {
            let support = classes[*truth].support.max(1);
            vec![
                isolate(&name(labels, *truth)),
                isolate(&name(labels, *predicted)),
                examples.to_string(),
                percent(*examples as f64 / support as f64),
            ]
        })
        .collect();
    let caption = match left_out {
        0 => "Most confused".to_owned(),
        more => format!("Most confused; {more} more pairs are left out"),
    };
    table(&caption, 2, &["label", "predicted", "examples", "share of the label"], &rows)
}

/// Where a text may have several labels, with the probability from which on it has each of them.
fn per_class(classes: &[ClassScore], task: &Task) -> String {
    let thresholds = (task.kind == TaskKind::MultiLabel).then_some(&task.thresholds);
    let threshold = |class: usize| {
        let threshold = thresholds?.get(class).copied().unwrap_or(0.5);
        Some(format!("{threshold:.3}"))
    };
    let rows: Vec<Vec<String>> = classes
        .iter()
        .enumerate()
        .map(|(class, score)| {
            let cells = [
                isolate(&name(&task.labels, class)),
                format!("{:.4}", score.precision),
                format!("{:.4}", score.recall),
                format!("{:.4}", score.f1),
                score.support.to_string(),
            ];
            cells.into_iter().chain(threshold(class)).collect()
        })
        .collect();
    let columns = ["class", "precision", "recall", "F1", "examples", "threshold"];
    let columns = &columns[..rows.first().map_or(5, Vec::len)];
    let table = table("Scores of each class", 1, columns, &rows);
    match rows.len() > FEW_CLASSES {
        true => format!(
            "<details><summary>Scores of each of the {} classes</summary>\n{table}</details>\n",
            rows.len()
        ),
        false => table,
    }
}
