//! What fine-tuning changed of a base's tensors.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::mask::Mask;

/// All tensors of a fine-tuned model by name, each as its difference from the base's.
pub type Changes = BTreeMap<String, Change>;

/// What a tensor is a change of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The base's tensor of this name and shape.
    Base,
    /// A tensor of zeros: the base has none, or one that differs more.
    Zeros,
}

/// A tensor as its difference from another.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its shape, in Hugging Face's layout.
    pub shape: Vec<usize>,
    /// What it is a change of.
    pub origin: Origin,
    /// The entries that changed.
    pub mask: Mask,
    /// The values in the mask.
    pub values: Vec<f32>,
}

impl Change {
    /// The difference of `after`, of this shape, from `before` or from zeros, whichever is less. `stored` are the values
    /// of `after` as they are to be kept.
    pub fn new(shape: Vec<usize>, before: Option<&[f32]>, after: &[f32], stored: &[f32]) -> Self {
        let mask = |before: &dyn Fn(usize) -> f32| -> Vec<bool> {
            after.iter().enumerate().map(|(i, after)| after.to_bits() != before(i).to_bits()).collect()
        };
        let count = |mask: &[bool]| mask.iter().filter(|differs| **differs).count();
        let mut found = (Origin::Zeros, mask(&|_| 0.0));
        if let Some(before) = before {
            let of_base = mask(&|i| before[i]);
            if count(&of_base) <= count(&found.1) {
                found = (Origin::Base, of_base);
            }
        }
        let (origin, differs) = found;
        let values = differs.iter().zip(stored).filter_map(|(differs, value)| differs.then_some(*value));
        Change { shape, origin, values: values.collect(), mask: Mask::new(&differs) }
    }

    /// The number of entries of the whole tensor.
    pub fn entries(&self) -> usize {
        self.shape.iter().product()
    }

    /// The tensor itself. `before` is the base's, if this is a change of it.
    pub fn applied(&self, before: Option<Vec<f32>>) -> Vec<f32> {
        let mut values = before.unwrap_or_else(|| vec![0.0; self.entries()]);
        let mut changed = self.values.as_slice();
        for run in self.mask.runs() {
            let (these, rest) = changed.split_at(run.len());
            values[run].copy_from_slice(these);
            changed = rest;
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_restores_every_bit() {
        let before = [0.0f32, -0.0, 1.0, f32::NAN, 2.0];
        let after = [-0.0f32, -0.0, 1.5, f32::NAN, 2.0];
        let change = Change::new(vec![5], Some(&before), &after, &after);
        assert_eq!(change.values, [-0.0, 1.5]);
        let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(change.applied(Some(before.into()))), bits(after.into()));
        let after = [0.0, 2.0, -0.0];
        let new = Change::new(vec![3], None, &after, &after);
        assert_eq!(new.values, [2.0, -0.0], "what is 0 does not differ from what is not there");
        assert_eq!(bits(new.applied(None)), bits(after.into()));
        // what stands for nothing in the new model is written as such, whatever the base has there
        let mostly_zero =
            Change::new(vec![5], Some(&[1.0, 2.0, 3.0, 4.0, 5.0]), &[0.0, 0.0, 0.0, 0.0, 5.0], &[0.0; 5]);
        assert_eq!(
            (mostly_zero.origin, mostly_zero.values.len(), change.origin),
            (Origin::Zeros, 1, Origin::Base)
        );
    }
}
