//! Mean, deviation and confidence interval.

use crate::random::{Random, Stream};

/// The lower and the upper end.
pub type Interval = [f64; 2];

const RESAMPLES: usize = 10_000;
/// The seed of the bootstrap. It is fixed, so that the same scores give the same words.
const SEED: u64 = 0;

/// The mean, or `None` without values.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The sample standard deviation (n - 1), or `None` for fewer than two values.
pub fn deviation(values: &[f64]) -> Option<f64> {
    let center = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - center).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// The percentile bootstrap interval of 95 % for the mean (Efron and Tibshirani, "An Introduction to the Bootstrap",
/// 1993, chapter 13), or `None` for fewer than two values.
pub fn bootstrap_interval(values: &[f64]) -> Option<Interval> {
    if values.len() < 2 {
        return None;
    }
    let mut random = Random::new(SEED, Stream::Bootstrap, 0);
    let count = values.len();
    let mut resample = || {
        let sum: f64 = (0..count).map(|_| values[random.below(count as u32) as usize]).sum();
        sum / count as f64
    };
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| resample()).collect();
    means.sort_by(f64::total_cmp);
    Some([0.025, 0.975].map(|share| quantile(&means, share)))
}

/// A quantile of sorted values, with linear interpolation between neighbours.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation_are_those_of_the_sample() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), Some(5.0));
        assert!((deviation(&values).unwrap() - (32.0f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!((mean(&[]), deviation(&[1.0])), (None, None));
    }

    /// For many values, the interval is that of the normal distribution: mean ± 1.96 standard errors.
    #[test]
    fn the_interval_is_that_of_the_central_limit_theorem() {
        let mut random = Random::new(3, Stream::Initialisation, 0);
        let values: Vec<f64> = (0..400).map(|_| 0.5 + f64::from(random.normal())).collect();
        let [low, high] = bootstrap_interval(&values).unwrap();
        let half = 1.96 * deviation(&values).unwrap() / 20.0;
        let center = mean(&values).unwrap();
        assert!(
            (low - (center - half)).abs() < 0.01 && (high - (center + half)).abs() < 0.01,
            "{low} {high}"
        );
    }

    #[test]
    fn the_interval_lies_within_the_values_and_is_the_same_each_time() {
        let values = [0.01, -0.02, 0.03];
        let [low, high] = bootstrap_interval(&values).unwrap();
        assert!(-0.02 - 1e-12 <= low && low < high && high <= 0.03 + 1e-12);
        assert_eq!(bootstrap_interval(&values), Some([low, high]));
        assert_eq!(bootstrap_interval(&values[..1]), None);
    }
}
