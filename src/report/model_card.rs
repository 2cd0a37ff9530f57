//! The `README.md` of an exported model: Hugging Face's model card, filled in.

use super::run::{Evaluation, History, RunSummary, Start};
use super::use_model::Usage;
use super::versions::versions;
use crate::spec::{ClassWeights, Long, Part, Score, Stage, Task};
use crate::terminal::markdown;
use crate::text::MOST_WINDOWS;

/// With more classes than this, only the report has the confusion matrix.
const MOST_CLASSES: usize = 12;

/// Writes the model card: Markdown with Hugging Face's metadata header.
pub fn model_card(run: &RunSummary) -> String {
    let history = History::new(run.events);
    let [data, model] = run.names().map(|name| markdown(&name));
    let mut text = format!(
        "---\nlibrary_name: transformers\npipeline_tag: text-classification\ntags:\n- {}\n- text-classification\n\
         - subtune\n---\n\n# {model} fine-tuned on {data}\n\nA sequence classifier ({}, {} layers, {} wide), fine-tuned \
         with subtune {} on the user's own machine. Curves, the subnetwork map and the examples most surely wrong are in \
         [report.html](report.html).\n\n",
        run.model_type,
        run.model_type,
        run.layers,
        run.hidden_size,
        env!("CARGO_PKG_VERSION")
    );
    text += &output(&run.task);
    text += &use_and_limits(&history, &data);
    if let Some((part, evaluation)) = history.judged_on() {
        text += &scores(part, evaluation, &run.task.labels);
    }
    if let Some(start) = &history.start {
        text += &training(start, &history);
    }
    if let Some(data) = history.start.as_ref().and_then(|start| start.data) {
        text += "## Data\n\n";
        for line in data.lines().into_iter().chain(data.remarks()) {
            text += &format!("- {}\n", markdown(&line));
        }
        text.push('\n');
    }
    text += "## Versions\n\n| package | version |\n|---|---|\n";
    for (name, version) in versions() {
        text += &format!("| {name} | {version} |\n");
    }
    let usage = Usage {
        output: &run.task.kind.row().output,
        is_pair: run.is_pair,
        length: history.start.map(|start| (start.arguments.max_length, start.arguments.long)),
        prompt: &run.prompt,
    };
    text + "\n" + &usage.section()
}

fn output(task: &Task) -> String {
    if task.labels.is_empty() {
        return "Output: one number (regression).\n\n".into();
    }
    let labels: Vec<String> = task.labels.iter().map(|label| markdown(label)).collect();
    format!("Labels: {}.\n\n", labels.join(", "))
}

fn use_and_limits(history: &History, data: &str) -> String {
    let mut text = format!(
        "## Intended use and limits\n\nFor texts like those of {data}: of the same language, kind and source. On other \
         texts the scores below say nothing."
    );
    if let Some(start) = &history.start {
        let length = start.arguments.max_length;
        text += &match start.arguments.long {
            Long::Head => format!(" Texts are cut after {length} tokens."),
            Long::HeadTail => format!(" Of texts of more than {length} tokens, the middle is not read."),
            Long::Windows => format!(
                " Texts of more than {length} tokens are read in windows, at most {MOST_WINDOWS} of them; the rest is not read."
            ),
        };
    }
    text += " Whatever is one-sided in the training data is likely to be so in the model; look at the scores of each class \
             before anything is decided by it.\n\n";
    text
}

fn scores(part: Part, evaluation: &Evaluation, labels: &[String]) -> String {
    let why = match part {
        Part::Test => "These were used for nothing else.",
        Part::Validation => "The model was chosen by these; expect a somewhat lower score on new texts.",
        Part::CrossValidation => {
            "The model was trained on all texts. Others like it were trained without a part of them and scored on that part."
        }
    };
    let metrics = evaluation.metrics;
    let mut text = format!(
        "## Score on held-out {} examples\n\n{why}\n\n| metric | value |\n|---|---|\n| examples | {} |\n",
        part.name(),
        metrics.examples
    );
    for Score { words, value, .. } in metrics.scores.rows() {
        text += &format!("| {words} | {value:.4} |\n");
    }
    text.push('\n');
    if !metrics.scores.per_class().is_empty() {
        text += "| class | precision | recall | F1 | examples |\n|---|---|---|---|---|\n";
        for (label, score) in labels.iter().zip(metrics.scores.per_class()) {
            text += &format!(
                "| {} | {:.4} | {:.4} | {:.4} | {} |\n",
                markdown(label),
                score.precision,
                score.recall,
                score.f1,
                score.support
            );
        }
        text.push('\n');
        let pairs = metrics.scores.confusion();
        if (1..=MOST_CLASSES).contains(&pairs.len()) {
            text += &confusion(pairs, labels);
        }
    }
    text
}

fn confusion(confusion: &[Vec<usize>], labels: &[String]) -> String {
    let heads: String = labels.iter().map(|label| format!(" {} |", markdown(label))).collect();
    let mut text = format!(
        "Confusion (rows: label, columns: predicted):\n\n| |{heads}\n|---|{}\n",
        "---|".repeat(labels.len())
    );
    for (label, row) in labels.iter().zip(confusion) {
        let cells: String = row.iter().map(|examples| format!(" {examples} |")).collect();
        text += &format!("| {} |{cells}\n", markdown(label));
    }
    text + "\n"
}

fn training(start: &Start, history: &History) -> String {
    let arguments = start.arguments;
    let [train, validation, test] = start.examples;
    let mut rows = vec![
        ("examples: train, validation, test", format!("{train}, {validation}, {test}")),
        ("device", markdown(start.device)),
        ("steps planned", start.max_steps.to_string()),
        ("learning rate", start.learning_rate.to_string()),
        ("method", arguments.method.to_string()),
        (
            "update fraction, update ratio",
            format!("{}, {}", arguments.update_fraction(), arguments.update_ratio),
        ),
        ("batch size", arguments.train_batch_size().to_string()),
        ("gradient accumulation steps", arguments.gradient_accumulation_steps.to_string()),
        ("warmup ratio", arguments.warmup_ratio.to_string()),
        ("weight decay", arguments.weight_decay.to_string()),
        ("max length", arguments.max_length.to_string()),
        ("long texts", arguments.long.to_string()),
        ("seed", arguments.seed.to_string()),
    ];
    if arguments.class_weights == ClassWeights::Balanced {
        rows.push(("class weights", "balanced".into()));
    }
    if arguments.stage == Stage::Contrastive {
        rows.push(("stage before the first classifier", "contrastive".into()));
    }
    if arguments.label_names {
        rows.push(("label names as further examples", "yes".into()));
    }
    let mut text = String::from("## Training\n\n| setting | value |\n|---|---|\n");
    for (name, value) in rows {
        text += &format!("| {name} | {value} |\n");
    }
    text.push('\n');
    if let Some(end) = &history.end {
        let how = match (end.interrupted, end.stopped_early) {
            (true, _) => ", interrupted",
            (_, true) => ", stopped early",
            _ => "",
        };
        text += &format!(
            "Trained for {} steps in {:.0} seconds{how}; the weights are those of step {}.\n\n",
            history.steps, end.seconds, end.best_step
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_stays_in_its_cell() {
        assert_eq!(markdown("a|b<br>\n*c*"), "a\\|b&lt;br> \\*c\\*");
        let table = confusion(&[vec![1, 2], vec![3, 4]], &["a|".into(), "b".into()]);
        assert!(table.ends_with("| a\\| | 1 | 2 |\n| b | 3 | 4 |\n\n"), "{table}");
    }
}
