//! The difference between a variant and the baseline, in numbers and in words for readers who are not statisticians.

use serde::Serialize;

use super::statistics::{Interval, bootstrap_interval, mean};
use super::variant::Variant;
use crate::train::Metrics;

/// With fewer seeds, chance makes the same method win in all of them more often than once in twenty times: 2 / 2^5 is
/// more than 0.05, 2 / 2^6 is less.
const FEWEST_SEEDS: usize = 6;

/// A variant against the baseline, over the seeds in which both have a score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The variant.
    #[serde(flatten)]
    pub variant: Variant,
    /// The variant that it is compared with.
    pub baseline: Variant,
    /// The number of seeds in which both have a score.
    pub seeds: usize,
    /// The number of seeds in which the variant has the better score.
    pub better: usize,
    /// The number of seeds in which the baseline is better.
    pub worse: usize,
    /// The number of seeds in which both score the same.
    pub equal: usize,
    /// The mean of the variant's score minus the baseline's.
    pub mean: f64,
    /// The interval of 95 %, by bootstrap over the seeds.
    pub interval: Option<Interval>,
    /// The same in a sentence.
    pub words: String,
}

impl Difference {
    /// `pairs` are the scores of baseline and variant with the same seed.
    pub fn new(variant: &Variant, baseline: &Variant, pairs: &[(f64, f64)], metric: &str) -> Self {
        let differences: Vec<f64> = pairs.iter().map(|(baseline, score)| score - baseline).collect();
        let above = differences.iter().filter(|difference| **difference > 0.0).count();
        let below = differences.iter().filter(|difference| **difference < 0.0).count();
        let (better, worse) =
            if Metrics::greater_is_better(metric) { (above, below) } else { (below, above) };
        let mut found = Difference {
            variant: variant.clone(),
            baseline: baseline.clone(),
            seeds: pairs.len(),
            better,
            worse,
            equal: pairs.len() - above - below,
            mean: mean(&differences).unwrap_or(0.0),
            interval: bootstrap_interval(&differences),
            words: String::new(),
        };
        found.words = in_words(metric, &found);
        found
    }
}

/// Describes a method's difference from the baseline in one sentence: "accuracy 0.0120 higher on average (probably
/// between 0.0020 lower and 0.0260 higher): better in 4 of 5 seeds; the difference could be chance".
fn in_words(metric: &str, difference: &Difference) -> String {
    let Difference { seeds, better, worse, equal, mean, interval, .. } = difference;
    if *seeds == 0 {
        return "there is no seed in which both have a score".into();
    }
    if equal == seeds {
        return format!("the same {metric} in {}", all(*seeds));
    }
    let range = match interval.map(|ends| ends.map(|end| amount(end, "no difference"))) {
        Some([low, high]) if low != high => format!(" (probably between {low} and {high})"),
        _ => String::new(),
    };
    let counts = counts(*seeds, *better, *worse, *equal);
    format!("{metric} {} on average{range}: {counts}; {}", amount(*mean, "equal"), verdict(*seeds, *interval))
}

fn amount(value: f64, none: &str) -> String {
    // rounded as it will be shown, so that no difference is "0.0000 higher"
    match (value * 1e4).round() {
        0.0 => none.into(),
        up if up > 0.0 => format!("{value:.4} higher"),
        _ => format!("{:.4} lower", -value),
    }
}

fn all(seeds: usize) -> String {
    match seeds {
        1 => "the only seed".into(),
        2 => "both seeds".into(),
        _ => format!("all {seeds} seeds"),
    }
}

fn counts(seeds: usize, better: usize, worse: usize, equal: usize) -> String {
    let (word, most, rest) = if better >= worse {
        ("better", better, ("worse", worse))
    } else {
        ("worse", worse, ("better", better))
    };
    if most == seeds {
        return format!("{word} in {}", all(seeds));
    }
    let mut text = format!("{word} in {most} of {seeds} seeds");
    // if no seeds are equal, the number of worse ones is clear
    if equal > 0 {
        if rest.1 > 0 {
            text += &format!(", {} in {}", rest.0, rest.1);
        }
        text += &format!(", equal in {equal}");
    }
    text
}

fn verdict(seeds: usize, interval: Option<[f64; 2]>) -> &'static str {
    match interval {
        None => "one seed says nothing about chance",
        Some([low, high]) if low <= 0.0 && high >= 0.0 => "the difference could be chance",
        Some(_) if seeds < FEWEST_SEEDS => "a hint, but fewer than 6 seeds are too few to be sure",
        Some(_) => "the difference is probably not chance",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dps::Method;

    fn words(metric: &str, differences: &[f64]) -> String {
        let pairs: Vec<(f64, f64)> = differences.iter().map(|difference| (0.5, 0.5 + difference)).collect();
        Difference::new(&Method::Head.into(), &Method::Full.into(), &pairs, metric).words
    }

    #[test]
    fn mixed_seeds_could_be_chance() {
        let found = words("accuracy", &[0.01, 0.02, -0.005, 0.03, 0.002]);
        assert!(found.starts_with("accuracy 0.0114 higher on average (probably between "), "{found}");
        assert!(found.contains("): better in 4 of 5 seeds; "), "{found}");
        let found = words("accuracy", &[0.01, -0.02, 0.01]);
        assert!(found.ends_with("better in 2 of 3 seeds; the difference could be chance"), "{found}");
    }

    #[test]
    fn a_few_seeds_are_a_hint_and_six_are_more() {
        let found = words("accuracy", &[-0.01, -0.02, -0.03]);
        assert_eq!(
            found,
            "accuracy 0.0200 lower on average (probably between 0.0300 lower and 0.0100 lower): worse in all 3 \
             seeds; a hint, but fewer than 6 seeds are too few to be sure"
        );
        let found = words("accuracy", &[0.01, 0.02, 0.03, 0.01, 0.02, 0.03]);
        assert!(found.ends_with("better in all 6 seeds; the difference is probably not chance"), "{found}");
    }

    #[test]
    fn equal_single_and_absent_seeds_have_words_of_their_own() {
        assert_eq!(words("accuracy", &[0.0, 0.0]), "the same accuracy in both seeds");
        let found = words("accuracy", &[0.0, 0.25, -0.25, 0.0]);
        assert!(found.contains(": better in 1 of 4 seeds, worse in 1, equal in 2; "), "{found}");
        assert!(found.starts_with("accuracy equal on average"), "{found}");
        assert_eq!(
            words("accuracy", &[0.25]),
            "accuracy 0.2500 higher on average: better in the only seed; one seed says nothing about chance"
        );
        assert_eq!(words("accuracy", &[]), "there is no seed in which both have a score");
    }

    #[test]
    fn less_loss_is_better() {
        let found = words("loss", &[-0.25, -0.25]);
        assert!(found.starts_with("loss 0.2500 lower on average"), "{found}");
        assert!(found.contains("better in both seeds"), "{found}");
    }
}
