//! The deviations of a repeated run from the recorded one.

use serde::Serialize;

/// The largest deviation of one quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deviation {
    /// The name of the quantity, such as "loss".
    pub quantity: &'static str,
    /// The deviation as a share of the tolerance: up to 1 is good.
    pub share: f64,
    /// The step and the entry.
    pub place: String,
}

/// The largest deviation of each quantity.
#[derive(Default)]
pub struct Deviations(Vec<Deviation>);

impl Deviations {
    /// Adds a deviation. NaN is worse than any number.
    pub fn add(&mut self, quantity: &'static str, share: f64, place: impl FnOnce() -> String) {
        let worst = match self.0.iter().position(|known| known.quantity == quantity) {
            Some(index) => &mut self.0[index],
            None => {
                self.0.push(Deviation { quantity, share: 0.0, place: String::new() });
                self.0.last_mut().expect("pushed above")
            }
        };
        if share > worst.share || (share.is_nan() && !worst.share.is_nan()) {
            (worst.share, worst.place) = (share, place());
        }
    }

    pub fn worst(self) -> Vec<Deviation> {
        self.0
    }
}

pub fn relative(found: f64, expected: f64) -> f64 {
    (found - expected).abs() / expected.abs().max(f64::MIN_POSITIVE)
}
