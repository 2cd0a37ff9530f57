//! The state of DPS for one weight matrix: the statistic of its gradients, and the subnetwork that it selects.

use burn::tensor::{DType, Device, Int, Tensor};

use crate::kernels;

/// The number of entries to select from a matrix: `ceil(entries * fraction)`.
pub fn kept_entries(entries: usize, update_fraction: f64) -> usize {
    // rounded up, as in the paper's released code; rounding of the product may exceed the number of entries
    let kept = (entries as f64 * update_fraction).ceil();
    (kept as usize).clamp(1, entries)
}

/// The statistic and the mask of one matrix.
#[derive(Clone, Debug)]
pub struct Subnetwork {
    /// The number of entries of the matrix.
    pub entries: usize,
    /// Sum of g*g/1000 over the steps of stage I, `[entries]`; `None` if the method selects by something else.
    pub statistic: Option<Tensor<1>>,
    /// The number of these steps that kept each column, `[inputs]`; for `dps-mix` only.
    pub kept: Option<Tensor<1, Int>>,
    /// Bit-packed, `[ceil(entries / 32)]`.
    pub mask: Tensor<1, Int>,
    /// The counts of the last selection, on the device; see [`kernels`].
    pub selection: Option<Tensor<1, Int>>,
}

impl Subnetwork {
    /// The state for a matrix of `shape` `[inputs, outputs]`; `counted` if random masks drop its columns.
    pub fn new(shape: [usize; 2], has_statistic: bool, counted: bool, device: &Device) -> Self {
        let [inputs, outputs] = shape;
        let entries = inputs * outputs;
        Subnetwork {
            entries,
            statistic: has_statistic.then(|| Tensor::zeros([entries], device)),
            kept: counted.then(|| Tensor::zeros([inputs], (device, DType::U32))),
            mask: kernels::empty_mask(entries, device),
            selection: None,
        }
    }

    /// Adds a step's gradient to the statistic. With `noise`, it adds only the columns in that mask.
    pub fn accumulate(
        self,
        gradient: Tensor<1>,
        noise: Option<Tensor<1, Int>>,
        norm: Tensor<1>,
        fresh: bool,
    ) -> Self {
        match (self.statistic, self.kept, noise) {
            (None, kept, _) => Subnetwork { statistic: None, kept, ..self },
            (Some(statistic), Some(kept), Some(noise)) => {
                let (statistic, kept) =
                    kernels::statistic_columns(gradient, noise, statistic, kept, norm, fresh);
                Subnetwork { statistic: Some(statistic), kept: Some(kept), ..self }
            }
            (Some(statistic), kept, _) => {
                let statistic = kernels::statistic(gradient, statistic, norm, fresh);
                Subnetwork { statistic: Some(statistic), kept, ..self }
            }
        }
    }

    /// The score by the gradients, `[entries]`; `None` without a statistic. `penalties` come from [`penalties`].
    pub fn score(&self, penalties: &Tensor<1>) -> Option<Tensor<1>> {
        let statistic = self.statistic.clone()?;
        Some(match &self.kept {
            Some(kept) => kernels::column_score(statistic, kept.clone(), penalties.clone()),
            None => statistic,
        })
    }
}

/// Selects the entries with the largest scores, regardless of their signs, from all subnetworks together. Each comes with
/// its scores `[entries]`. Entries that tie at the threshold are all selected.
pub fn select(
    scored: Vec<(Tensor<1>, Subnetwork)>,
    update_fraction: f64,
    device: &Device,
) -> Vec<Subnetwork> {
    let entries = scored.iter().map(|(_, one)| one.entries).sum();
    let (scores, subnetworks): (Vec<_>, Vec<_>) = scored.into_iter().unzip();
    let masks = subnetworks.iter().map(|one| one.mask.clone());
    let matrices = scores.into_iter().zip(masks).collect();
    let selected = kernels::select(matrices, kept_entries(entries, update_fraction), device);
    let with =
        |(subnetwork, (mask, selection))| Subnetwork { mask, selection: Some(selection), ..subnetwork };
    subnetworks.into_iter().zip(selected).map(with).collect()
}

/// The factors on a column's statistic in `dps-mix`, indexed by the number `a` of steps that kept the column, in a
/// stage of `steps` steps: 1/a makes the sum a mean, and exp(-a/steps) weakens columns that were kept often, in stages
/// of `PENALISED_STEPS` or more. It is a table so that every device has the same bits.
pub fn penalties(steps: usize) -> Vec<f32> {
    let factor = |kept: usize| {
        // a column that was never kept has a statistic of 0, and any factor does
        let kept = kept.max(1) as f64;
        let often = if steps >= PENALISED_STEPS { (-kept / steps as f64).exp() } else { 1.0 };
        (often / kept) as f32
    };
    (0..=steps).map(factor).collect()
}

/// The threshold of the paper's released code.
const PENALISED_STEPS: usize = 50;

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

    #[test]
    fn a_column_kept_often_is_penalised_in_long_stages_only() {
        assert_eq!(penalties(4), [1.0, 1.0, 0.5, 1.0 / 3.0, 0.25]);
        let long = penalties(50);
        assert_eq!(long.len(), 51);
        assert_eq!(long[0], long[1]);
        assert_eq!(long[50], ((-1.0f64).exp() / 50.0) as f32);
        assert!(long.windows(2).skip(1).all(|pair| pair[0] > pair[1]));
    }
}
