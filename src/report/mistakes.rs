//! The examples on which the model is wrong with the highest confidence.

use super::html::{escape, isolate, percent, section, shortened};
use crate::spec::{Example, HeldOut, Part, Prediction};

const MOST: usize = 25;
/// The number of characters of a text that the report shows.
const MOST_CHARACTERS: usize = 600;

/// A model's mistakes on examples that it was not trained on.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistakes {
    /// The part that the examples belong to.
    pub part: Part,
    /// The number of all examples.
    pub examples: usize,
    /// The number of wrong predictions; for a regression, of those that are not exact.
    pub wrong: usize,
    /// The worst, worst first.
    pub worst: Vec<Mistake>,
}

/// A wrong prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// The text.
    pub text: String,
    /// The second text of a pair.
    pub pair: Option<String>,
    /// The label in the file: a class or a number.
    pub label: String,
    /// The prediction: a class or a number.
    pub predicted: String,
    /// The probability of the predicted class.
    pub probability: Option<f32>,
    /// The line in its file.
    pub line: u64,
}

impl Mistakes {
    /// Collects the mistakes. `examples` are those that `held_out` has predictions for. The worst are wrong classes
    /// with a high probability, or numbers far from the label.
    pub fn new(held_out: &HeldOut, examples: &[&Example], labels: &[String]) -> Self {
        let mut found: Vec<(f32, Mistake)> = examples
            .iter()
            .zip(&held_out.predictions)
            .filter_map(|(example, prediction)| mistake(example, prediction, labels))
            .collect();
        // a stable sort, so that equal ones stay in the order of the file
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        Mistakes {
            part: held_out.part,
            examples: examples.len(),
            wrong: found.len(),
            worst: found.into_iter().take(MOST).map(|(_, mistake)| mistake).collect(),
        }
    }
}

/// Returns the badness of a mistake and the mistake itself, or `None` if the prediction is right.
fn mistake(example: &Example, prediction: &Prediction, labels: &[String]) -> Option<(f32, Mistake)> {
    let target = example.target.as_ref()?;
    let badness = prediction.badness(target)?;
    let (label, predicted) = (target.words(labels), prediction.words(labels));
    let probability = prediction.is_probable().then_some(badness);
    let Example { text, pair, line, .. } = example.clone();
    Some((badness, Mistake { text, pair, label, predicted, probability, line }))
}

pub fn mistakes_section(mistakes: &Mistakes) -> String {
    let part = mistakes.part.name();
    let Some(first) = mistakes.worst.first() else {
        let text = format!("<p>None of the {} {part} examples is wrong.</p>\n", mistakes.examples);
        return section("Most confident mistakes", &text);
    };
    let classes = first.probability.is_some();
    let (title, introduction) = match classes {
        true => (
            "Most confident mistakes",
            format!(
                "{} of the {} {part} examples are wrong. Where the model was most confident, either the text is hard or its \
                 label is wrong: worth a look.",
                mistakes.wrong, mistakes.examples
            ),
        ),
        false => ("Farthest from the label", format!("Of the {} {part} examples.", mistakes.examples)),
    };
    let rows: String = mistakes.worst.iter().map(row).collect();
    let sure = if classes { "<th scope=\"col\" class=\"number\">confidence</th>" } else { "" };
    let table = format!(
        "<div class=\"scroll\"><table class=\"texts\">\n<caption>Worst first; {} shown</caption>\n<thead><tr><th \
         scope=\"col\">text</th><th scope=\"col\">label</th><th scope=\"col\">predicted</th>{sure}<th \
         scope=\"col\" class=\"number\">line</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n",
        mistakes.worst.len()
    );
    section(title, &format!("<p>{introduction}</p>\n{table}"))
}

fn row(mistake: &Mistake) -> String {
    let text = |text: &str| format!("<div dir=\"auto\">{}</div>", escape(&shortened(text, MOST_CHARACTERS)));
    let pair = mistake.pair.as_deref().map(text).unwrap_or_default();
    let sure = mistake.probability.map_or(String::new(), |probability| {
        format!("<td class=\"number\">{}</td>", percent(f64::from(probability)))
    });
    format!(
        "<tr><td class=\"text\">{}{pair}</td><td class=\"name\">{}</td><td class=\"name\">{}</td>{sure}<td class=\"number\">{}</td></tr>\n",
        text(&mistake.text),
        isolate(&mistake.label),
        isolate(&mistake.predicted),
        mistake.line
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Target;

    fn example(text: &str, target: Target, line: u64) -> Example {
        Example { line, text: text.into(), pair: None, target: Some(target) }
    }

    #[test]
    fn the_surest_of_the_wrong_come_first_and_the_right_not_at_all() {
        let labels = ["no".to_owned(), "yes".to_owned()];
        let examples = [
            example("unsure", Target::Class(0), 2),
            example("right", Target::Class(1), 3),
            example("<script>", Target::Class(1), 4),
        ];
        let predictions = [[0.4, 0.6], [0.1, 0.9], [0.95, 0.05]].map(|row| Prediction::Classes(row.to_vec()));
        let held_out = HeldOut { part: Part::Test, step: 9, predictions: predictions.to_vec(), rows: None };
        let mistakes = Mistakes::new(&held_out, &examples.each_ref(), &labels);
        assert_eq!((mistakes.wrong, mistakes.examples), (2, 3));
        let lines: Vec<u64> = mistakes.worst.iter().map(|mistake| mistake.line).collect();
        assert_eq!(lines, [4, 2]);
        let html = mistakes_section(&mistakes);
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script>") && html.contains("95.0 %"));
    }

    #[test]
    fn numbers_are_sorted_by_distance() {
        let examples = [example("a", Target::Value(1.0), 2), example("b", Target::Value(1.0), 3)];
        let predictions = vec![Prediction::Value(1.5), Prediction::Value(-1.0)];
        let held_out = HeldOut { part: Part::Validation, step: 9, predictions, rows: None };
        let mistakes = Mistakes::new(&held_out, &examples.each_ref(), &[]);
        assert_eq!(mistakes.worst[0].line, 3);
        assert!(mistakes_section(&mistakes).contains("Farthest from the label"));
    }
}
