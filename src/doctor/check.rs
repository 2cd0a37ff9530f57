//! The comparison of a device with the CPU.

use burn::tensor::{Device, Tensor};
use serde::Serialize;

use crate::device::Chosen;
use crate::device::{read_floats, read_integers};
use crate::error::Result;
use crate::kernels::check::{Computation, Output};

/// One part of the self-test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// The name of the kernel, or of the part of a training step.
    pub name: &'static str,
    /// The first difference from the CPU, if there is one.
    pub fault: Option<String>,
}

/// An [`Output`] on the host.
enum Values {
    Floats(Vec<f32>, f32),
    Integers(Vec<u32>),
}

/// Compares each computation on the device with the CPU. A device that fails has that failure as the fault of every
/// check.
pub(super) async fn compare(computations: &[&Computation], chosen: &Chosen) -> Vec<Check> {
    let found = compute_all(computations, &chosen.device).await;
    let both = match (chosen.explain(found).await, compute_all(computations, &Device::flex()).await) {
        (Ok(found), Ok(expected)) => Ok((found, expected)),
        (Err(error), _) | (_, Err(error)) => Err(error.to_string()),
    };
    let fault = |index: usize| match &both {
        Ok((found, expected)) => found[index]
            .iter()
            .zip(&expected[index])
            .find_map(|(found, expected)| difference(found, expected)),
        Err(error) => Some(error.clone()),
    };
    computations
        .iter()
        .enumerate()
        .map(|(index, one)| Check { name: one.name, fault: fault(index) })
        .collect()
}

/// Runs the computations and reads their results. It reads all of them together, because one read can take a browser a
/// tenth of a second.
async fn compute_all(computations: &[&Computation], device: &Device) -> Result<Vec<Vec<(String, Values)>>> {
    let outputs: Vec<Vec<Output>> = computations.iter().map(|one| (one.compute)(device)).collect();
    let (mut floats, mut integers) = (Vec::new(), Vec::new());
    for output in outputs.iter().flatten() {
        match output {
            Output::Floats(_, tensor, _) => floats.push(tensor.clone()),
            Output::Integers(_, tensor) => integers.push(tensor.clone()),
        }
    }
    let floats = if floats.is_empty() { Vec::new() } else { read_floats(Tensor::cat(floats, 0)).await? };
    let integers =
        if integers.is_empty() { Vec::new() } else { read_integers(Tensor::cat(integers, 0)).await? };
    let (mut floats, mut integers) = (floats.into_iter(), integers.into_iter());
    let mut on_host = |output| match output {
        Output::Floats(name, tensor, tolerance) => {
            (name, Values::Floats(floats.by_ref().take(tensor.dims()[0]).collect(), tolerance))
        }
        Output::Integers(name, tensor) => {
            (name, Values::Integers(integers.by_ref().take(tensor.dims()[0]).collect()))
        }
    };
    Ok(outputs.into_iter().map(|outputs| outputs.into_iter().map(&mut on_host).collect()).collect())
}

/// A sentence about the first entry that differs.
fn difference((name, found): &(String, Values), (_, expected): &(String, Values)) -> Option<String> {
    match (found, expected) {
        (Values::Floats(found, tolerance), Values::Floats(expected, _)) => {
            let finite = expected.iter().filter(|value| value.is_finite());
            // relative to the largest entry: the rounding of a sum depends on its terms, not on its result
            let most = finite.fold(0.0f32, |most, value| most.max(value.abs())) * tolerance;
            let close = |(found, expected): (&f32, &f32)| match expected.is_finite() {
                true => (found - expected).abs() <= most,
                false => found == expected || found.is_nan() && expected.is_nan(),
            };
            differing(name, found, expected, close)
        }
        (Values::Integers(found), Values::Integers(expected)) => {
            differing(name, found, expected, |(found, expected)| found == expected)
        }
        _ => Some(format!("{name} has another type")),
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

    fn floats(values: &[f32]) -> (String, Values) {
        ("x".into(), Values::Floats(values.to_vec(), 1e-3))
    }

    #[test]
    fn the_first_entry_beyond_the_tolerance_is_told() {
        let expected = floats(&[1.0, -2.0, f32::INFINITY, f32::NAN]);
        assert_eq!(difference(&floats(&[1.001, -2.001, f32::INFINITY, f32::NAN]), &expected), None);
        let fault = |values: &[f32]| difference(&floats(values), &expected).unwrap();
        assert_eq!(fault(&[1.0, -2.1, f32::INFINITY, f32::NAN]), "x[1] is -2.1, expected -2");
        assert_eq!(fault(&[1.0, -2.0, f32::NAN, f32::NAN]), "x[2] is NaN, expected inf");
        assert_eq!(fault(&[f32::NAN, -2.0, f32::INFINITY, f32::NAN]), "x[0] is NaN, expected 1");
        assert_eq!(fault(&[1.0]), "x has 1 entries, expected 4");
        let integers = |values: &[u32]| ("mask".into(), Values::Integers(values.to_vec()));
        assert_eq!(difference(&integers(&[1, 2]), &integers(&[1, 3])).unwrap(), "mask[1] is 2, expected 3");
    }
}
