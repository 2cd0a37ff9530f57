//! What DPS holds of one weight matrix: the statistic of its gradients and the subnetwork chosen by it.

use burn::tensor::{Device, Int, Tensor};

use crate::kernels;

/// How many of a matrix's entries are selected: `ceil(entries * fraction)`.
pub fn kept_entries(entries: usize, update_fraction: f64) -> usize {
    let kept = (entries as f64 * update_fraction).ceil();
    (kept as usize).clamp(1, entries)
}

/// The statistic and the mask of one matrix.
#[derive(Clone, Debug)]
pub struct Subnetwork {
    pub entries: usize,
    /// Sum of g*g/1000 over the steps of stage I, `[entries]`.
    pub statistic: Tensor<1>,
    /// Bit-packed, `[ceil(entries / 32)]`.
    pub mask: Tensor<1, Int>,
    /// Counts of the last selection on the device; see [`kernels`].
    pub selection: Option<Tensor<1, Int>>,
}

/// How much of one matrix is selected, and how much of that was selected in the cycle before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Selected {
    pub entries: usize,
    pub kept: usize,
    pub overlap: usize,
}

impl Subnetwork {
    pub fn new(entries: usize, device: &Device) -> Self {
        Subnetwork {
            entries,
            statistic: Tensor::zeros([entries], device),
            mask: kernels::empty_mask(entries, device),
            selection: None,
        }
    }

    /// Selects the entries with the largest statistic; those equal to the smallest selected are kept too.
    pub fn select(self, update_fraction: f64) -> Self {
        let k = kept_entries(self.entries, update_fraction);
        let (mask, selection) = kernels::select(self.statistic.clone(), k, self.mask);
        Subnetwork { mask, selection: Some(selection), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_share_is_rounded_up() {
        assert_eq!(kept_entries(10, 0.7), 7);
        assert_eq!(kept_entries(24 * 24, 1.0 - 0.3), (576.0f64 * (1.0 - 0.3)).ceil() as usize);
        assert_eq!(kept_entries(3, 0.5), 2);
        assert_eq!(kept_entries(3, 1e-9), 1);
        assert_eq!(kept_entries(3, 1.0), 3);
    }
}
