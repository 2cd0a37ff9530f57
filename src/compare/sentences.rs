//! Sentences that explain the numbers of a summary.

use super::summary::{SetSummary, Summary};

const READING: [&str; 4] = [
    "A seed is one complete repetition: another random choice of examples, another order of them in training, another \
     start of the new layers. With the same seed, all methods get exactly the same.",
    "std dev is the standard deviation, how far single runs typically lie from the mean: where it is large, much depends \
     on luck.",
    "The range in brackets is where the average difference would probably lie with other seeds (95 % bootstrap interval); \
     few seeds make it narrower than it should be.",
    "\"Could be chance\" means that other seeds might well reverse the result. More seeds make it clearer: the same command \
     with a larger --seeds keeps all finished runs and adds the missing ones.",
];

/// The title of a table, such as "accuracy on held-out examples (higher is better), 5 seeds".
pub fn title(summary: &Summary, set: &SetSummary) -> String {
    let seeds = match summary.seeds.len() {
        1 => "1 seed".to_owned(),
        count => format!("{count} seeds"),
    };
    let direction = if summary.greater_is_better { "higher" } else { "lower" };
    format!("{} on {} ({direction} is better), {seeds}", summary.metric, set.name)
}

/// A sentence for each variant that has runs without a score.
pub fn failures(set: &SetSummary) -> impl Iterator<Item = String> {
    set.methods.iter().filter(|row| !row.failed.is_empty()).map(|row| {
        let seeds = row.failed.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        format!(
            "{} has no score with seed {seeds}: training diverged; try a smaller --learning-rate",
            row.variant
        )
    })
}

/// A sentence for each difference between variants.
pub fn findings(set: &SetSummary) -> impl Iterator<Item = String> {
    let differences = set.differences.iter().map(|difference| {
        format!("{} against {}: {}.", difference.variant, difference.baseline, difference.words)
    });
    let alike = !set.differences.is_empty()
        && set.differences.iter().all(|one| one.seeds > 0 && one.equal == one.seeds);
    let alike = alike.then(|| {
        "All methods score exactly the same: perhaps every model gives the same answer to everything. Longer training, or \
         another --metric-for-best-model, such as f1, may tell them apart."
            .to_owned()
    });
    differences.chain(alike)
}

/// Explanations of the words in the summary.
pub fn reading(summary: &Summary) -> impl Iterator<Item = &'static str> {
    let compared = summary.sets.iter().any(|set| !set.differences.is_empty());
    let lines = if compared { &READING[..] } else { &READING[..2] };
    metric_in_words(&summary.metric).into_iter().chain(lines.iter().copied())
}

fn metric_in_words(metric: &str) -> Option<&'static str> {
    Some(match metric {
        "accuracy" => "accuracy is the share of examples that get the right label: 0.87 means 87 of 100.",
        "f1" => {
            "f1 goes from 0 to 1; it counts all classes the same, so that a model must also find the rare ones to score \
             high."
        }
        "precision" => {
            "precision is the share of right answers among the answers of a class, averaged over the classes."
        }
        "recall" => {
            "recall is the share of the examples of a class that are found, averaged over the classes."
        }
        "matthews_correlation" => "matthews_correlation is 1 if all labels are right and 0 for guessing.",
        "spearman" => {
            "spearman is 1 if the predictions put the examples in exactly the right order and 0 for guessing."
        }
        "pearson" => {
            "pearson is 1 if the predictions rise in step with the right numbers and 0 for guessing."
        }
        "mse" => "mse is the mean of the squared errors.",
        "mae" => "mae is the mean of the absolute errors.",
        _ => return None,
    })
}

/// A duration of a step.
pub fn milliseconds(seconds: f64) -> String {
    match seconds {
        long if long >= 10.0 => format!("{long:.0} s"),
        long if long >= 1.0 => format!("{long:.2} s"),
        short if short >= 0.01 => format!("{:.0} ms", short * 1e3),
        short => format!("{:.1} ms", short * 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_shown_in_the_unit_that_fits() {
        let shown = [12.4, 1.234, 0.0864, 0.00123].map(milliseconds);
        assert_eq!(shown, ["12 s", "1.23 s", "86 ms", "1.2 ms"]);
    }
}
