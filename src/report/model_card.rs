//! The `README.md` of an exported model: Hugging Face's model card, filled in.

use std::fmt::Write;
use std::path::Path;

use crate::train::metrics::Scores;
use crate::train::{Event, Metrics, Part, TrainingArguments};

/// A finished run and what it was made from.
pub struct RunSummary<'a> {
    pub events: &'a [Event],
    pub train_file: &'a Path,
    pub model: &'a Path,
    /// Class names; none for a regression.
    pub labels: Vec<String>,
}

/// Markdown with Hugging Face's metadata header.
pub fn model_card(run: &RunSummary) -> String {
    let mut text = String::from(
        "---\nlibrary_name: transformers\npipeline_tag: text-classification\ntags:\n- bert\n- text-classification\n\
         - subtune\n---\n\n",
    );
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (data, model) = (name(run.train_file), name(run.model));
    // writing to a String cannot fail
    let _ = write!(
        text,
        "# {model} fine-tuned on {data}\n\nA BERT sequence classifier, fine-tuned with subtune {} on the user's own \
         machine.\n\n",
        env!("CARGO_PKG_VERSION")
    );
    if run.labels.is_empty() {
        text += "Output: one number (regression).\n\n";
    } else {
        let _ = write!(text, "Labels: {}.\n\n", run.labels.join(", "));
    }
    for event in run.events {
        match event {
            Event::Start {
                arguments,
                device,
                train_examples,
                validation_examples,
                test_examples,
                learning_rate,
                max_steps,
                ..
            } => {
                let _ = write!(
                    text,
                    "## Training\n\n| setting | value |\n|---|---|\n| examples: train, validation, test | \
                     {train_examples}, {validation_examples}, {test_examples} |\n| device | {device} |\n| steps planned | \
                     {max_steps} |\n| learning rate | {learning_rate} |\n"
                );
                settings(&mut text, arguments);
            }
            Event::Evaluation { part: Part::Test, metrics, .. } => {
                text += "## Score on held-out test examples\n\nThese were used for nothing else.\n\n";
                scores(&mut text, metrics, &run.labels);
            }
            Event::Evaluation { part: Part::Validation, step, metrics, best: true, .. } => {
                let _ = write!(text, "Validation at step {step} (best so far): ");
                let _ = match &metrics.scores {
                    Scores::Classification(scores) => writeln!(text, "accuracy {:.4}.\n", scores.accuracy),
                    Scores::Regression(scores) => writeln!(text, "Spearman {:.4}.\n", scores.spearman),
                };
            }
            Event::End { steps, seconds, best_step, interrupted, .. } => {
                let end = if *interrupted { ", interrupted" } else { "" };
                let _ = write!(
                    text,
                    "Trained for {steps} steps in {seconds:.0} seconds{end}; the weights are those of step {best_step}.\n\n"
                );
            }
            _ => {}
        }
    }
    text += "## Use\n\n```python\nfrom transformers import AutoModelForSequenceClassification, AutoTokenizer\n\
             model = AutoModelForSequenceClassification.from_pretrained(\".\")\n\
             tokenizer = AutoTokenizer.from_pretrained(\".\")\n```\n";
    text
}

fn settings(text: &mut String, arguments: &TrainingArguments) {
    let _ = write!(
        text,
        "| method | {} |\n| update fraction, update ratio | {}, {} |\n| batch size | {} |\n| gradient accumulation steps | \
         {} |\n| warmup ratio | {} |\n| weight decay | {} |\n| max length | {} |\n| seed | {} |\n\n",
        arguments.method,
        arguments.update_fraction,
        arguments.update_ratio,
        arguments.per_device_train_batch_size,
        arguments.gradient_accumulation_steps,
        arguments.warmup_ratio,
        arguments.weight_decay,
        arguments.max_length,
        arguments.seed,
    );
}

fn scores(text: &mut String, metrics: &Metrics, labels: &[String]) {
    match &metrics.scores {
        Scores::Classification(scores) => {
            let _ = write!(
                text,
                "| metric | value |\n|---|---|\n| examples | {} |\n| accuracy | {:.4} |\n| F1 (macro) | {:.4} |\n| \
                 Matthews correlation | {:.4} |\n| expected calibration error | {:.4} |\n\n| class | precision | recall | \
                 F1 | examples |\n|---|---|---|---|---|\n",
                metrics.examples,
                scores.accuracy,
                scores.macro_f1,
                scores.matthews_correlation,
                scores.expected_calibration_error
            );
            for (label, score) in labels.iter().zip(&scores.per_class) {
                let label = label.replace('|', "\\|");
                let _ = writeln!(
                    text,
                    "| {label} | {:.4} | {:.4} | {:.4} | {} |",
                    score.precision, score.recall, score.f1, score.support
                );
            }
            text.push('\n');
        }
        Scores::Regression(scores) => {
            let _ = write!(
                text,
                "| metric | value |\n|---|---|\n| examples | {} |\n| Spearman | {:.4} |\n| Pearson | {:.4} |\n| mean squared \
                 error | {:.4} |\n\n",
                metrics.examples, scores.spearman, scores.pearson, scores.mean_squared_error
            );
        }
    }
}
