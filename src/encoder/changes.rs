//! What fine-tuning changed of a base's tensors.

use std::collections::BTreeMap;

use super::mask::Mask;

/// All tensors of a fine-tuned model by name, each as its difference from the base's.
pub type Changes = BTreeMap<String, Change>;

/// A tensor as its difference from another, which counts as zeros where the base has none of this name and shape.
#[derive(Clone, Debug)]
pub struct Change {
    pub shape: Vec<usize>,
    pub mask: Mask,
    /// The values in the mask.
    pub values: Vec<f32>,
}

impl Change {
    /// The difference of `after`, of this shape, from `before`. `stored` are the values of `after` as they are to be
    /// kept.
    pub fn new(shape: Vec<usize>, before: Option<&[f32]>, after: &[f32], stored: &[f32]) -> Self {
        let before = |i: usize| before.map_or(0.0, |before| before[i]);
        let differs: Vec<bool> =
            after.iter().enumerate().map(|(i, after)| after.to_bits() != before(i).to_bits()).collect();
        let mask = Mask::new(&differs);
        let values = differs.iter().zip(stored).filter_map(|(differs, value)| differs.then_some(*value));
        Change { shape, values: values.collect(), mask }
    }

    pub fn entries(&self) -> usize {
        self.shape.iter().product()
    }

    /// The tensor itself.
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
    }
}
