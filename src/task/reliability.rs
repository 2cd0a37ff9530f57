//! The expected calibration error.

use super::metrics::quotient;

/// The number of bins of the expected calibration error, as in Guo et al. (2017).
const BINS: usize = 15;

/// The bins of the expected calibration error.
#[derive(Default)]
pub struct Reliability {
    bins: [Bin; BINS],
}

#[derive(Clone, Copy, Default)]
struct Bin {
    examples: usize,
    correct: usize,
    probability_sum: f64,
}

impl Reliability {
    pub fn add(&mut self, probability: f32, correct: bool) {
        // In f32, so that a probability such as 0.2 lies on the edge of its bin; in f64 its rounding error would put it
        // beyond. A probability of 0 goes to the first bin: the cast of -1 saturates.
        let bin = ((probability * BINS as f32).ceil() - 1.0) as usize;
        let bin = &mut self.bins[bin.min(BINS - 1)];
        bin.examples += 1;
        bin.correct += usize::from(correct);
        bin.probability_sum += f64::from(probability);
    }

    pub fn expected_error(&self) -> f64 {
        let examples: usize = self.bins.iter().map(|bin| bin.examples).sum();
        let distances: f64 =
            self.bins.iter().map(|bin| (bin.probability_sum - bin.correct as f64).abs()).sum();
        quotient(distances, examples as f64)
    }
}
