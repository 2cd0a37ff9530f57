//! What a device computed against what the CPU did.

use burn::tensor::{Int, Tensor};
use serde::Serialize;

use crate::bert::read;
use crate::device::Chosen;
use crate::error::Result;
use crate::train::read_words;

/// One part of the self-test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// The kernel, or the part of a training step.
    pub name: &'static str,
    /// Where the device differs from the CPU; nothing where it agrees.
    pub fault: Option<String>,
}

/// A result on the host.
pub(super) enum Output {
    /// `tolerance` is a share of the largest entry.
    Floats {
        name: String,
        values: Vec<f32>,
        tolerance: f32,
    },
    Words {
        name: String,
        values: Vec<u32>,
    },
}

impl Output {
    pub async fn floats(name: impl Into<String>, values: Tensor<1>, tolerance: f32) -> Result<Self> {
        Ok(Output::Floats { name: name.into(), values: read(values).await?, tolerance })
    }

    pub async fn words(name: impl Into<String>, values: Tensor<1, Int>) -> Result<Self> {
        Ok(Output::Words { name: name.into(), values: read_words(values).await? })
    }
}

/// Both sides of a check, which the device may also have failed to compute.
pub(super) fn compared(
    name: &'static str,
    chosen: &Chosen,
    found: Result<Vec<Output>>,
    expected: Result<Vec<Output>>,
) -> Check {
    let fault = match (chosen.check_health().and(found), expected) {
        (Ok(found), Ok(expected)) => {
            found.iter().zip(&expected).find_map(|(found, expected)| difference(found, expected))
        }
        (Err(error), _) | (_, Err(error)) => Some(error.to_string()),
    };
    Check { name, fault }
}

/// The first entry that differs, in words.
fn difference(found: &Output, expected: &Output) -> Option<String> {
    match (found, expected) {
        (Output::Floats { name, values, tolerance }, Output::Floats { values: expected, .. }) => {
            let finite = expected.iter().filter(|value| value.is_finite());
            let most = finite.fold(0.0f32, |most, value| most.max(value.abs())) * tolerance;
            let close = |(found, expected): (&f32, &f32)| match expected.is_finite() {
                true => (found - expected).abs() <= most,
                false => found == expected || found.is_nan() && expected.is_nan(),
            };
            differing(name, values, expected, close)
        }
        (Output::Words { name, values }, Output::Words { values: expected, .. }) => {
            differing(name, values, expected, |(found, expected)| found == expected)
        }
        _ => Some("gave a result of another kind".into()),
    }
}

fn differing<T: std::fmt::Display>(
    name: &str,
    found: &[T],
    expected: &[T],
    equal: impl Fn((&T, &T)) -> bool,
) -> Option<String> {
    if found.len() != expected.len() {
        return Some(format!("{name} has {} entries, expected {}", found.len(), expected.len()));
    }
    let index = found.iter().zip(expected).position(|pair| !equal(pair))?;
    Some(format!("{name}[{index}] is {}, expected {}", found[index], expected[index]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(values: &[f32]) -> Output {
        Output::Floats { name: "x".into(), values: values.to_vec(), tolerance: 1e-3 }
    }

    #[test]
    fn the_first_entry_beyond_the_tolerance_is_told() {
        let expected = floats(&[1.0, -2.0, f32::INFINITY, f32::NAN]);
        assert_eq!(difference(&floats(&[1.001, -2.001, f32::INFINITY, f32::NAN]), &expected), None);
        let told = |values: &[f32]| difference(&floats(values), &expected).unwrap();
        assert_eq!(told(&[1.0, -2.1, f32::INFINITY, f32::NAN]), "x[1] is -2.1, expected -2");
        assert_eq!(told(&[1.0, -2.0, f32::NAN, f32::NAN]), "x[2] is NaN, expected inf");
        assert_eq!(told(&[f32::NAN, -2.0, f32::INFINITY, f32::NAN]), "x[0] is NaN, expected 1");
        assert_eq!(told(&[1.0]), "x has 1 entries, expected 4");
        let words = |values: &[u32]| Output::Words { name: "mask".into(), values: values.to_vec() };
        assert_eq!(difference(&words(&[1, 2]), &words(&[1, 3])).unwrap(), "mask[1] is 2, expected 3");
    }
}
