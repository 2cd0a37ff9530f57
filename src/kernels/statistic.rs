//! The statistic of the gradients by which a subnetwork is selected.

use burn::backend::{Flex, TensorMetadata, tensor::FloatTensor, tensor::IntTensor};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::launch::{Shader, WORKGROUP, Words, launch, own};
use super::twin::{UNIT, contiguous, is_kept};

const PARTS: &[&str] =
    &[include_str!("../../shaders/shared/norm.wgsl"), include_str!("../../shaders/shared/statistic.wgsl")];

pub static STATISTIC: Shader = Shader {
    name: "statistic",
    parts: PARTS,
    body: include_str!("../../shaders/statistic.wgsl"),
    lanes: true,
};
pub static STATISTIC_COLUMNS: Shader = Shader {
    name: "statistic_columns",
    parts: PARTS,
    body: include_str!("../../shaders/statistic_columns.wgsl"),
    lanes: true,
};
pub static COLUMN_SCORE: Shader = Shader {
    name: "column_score",
    parts: &[],
    body: include_str!("../../shaders/column_score.wgsl"),
    lanes: false,
};

pub(super) mod gpu {
    use super::*;

    pub fn statistic(
        gradient: CubeTensor,
        statistic: CubeTensor,
        norm: CubeTensor,
        fresh: bool,
    ) -> CubeTensor {
        let (gradient, statistic) = (into_contiguous(gradient), own(statistic));
        let entries = statistic.shape().num_elements();
        let width = STATISTIC.width(entries);
        let lanes = entries / width;
        let words = Words::default().u32(lanes).u32(fresh.into()).u32(0).u32(0);
        launch(&STATISTIC, width, lanes.div_ceil(WORKGROUP), &[&gradient, &statistic, &norm], words);
        statistic
    }

    pub fn statistic_columns(
        gradient: CubeTensor,
        mask: CubeTensor,
        statistic: CubeTensor,
        kept: CubeTensor,
        norm: CubeTensor,
        fresh: bool,
    ) -> (CubeTensor, CubeTensor) {
        let (gradient, statistic, kept) = (into_contiguous(gradient), own(statistic), own(kept));
        let (entries, columns) = (statistic.shape().num_elements(), kept.shape().num_elements());
        let width = STATISTIC_COLUMNS.width(entries);
        let lanes = entries / width;
        let words = Words::default().u32(lanes).u32(fresh.into()).u32(columns).u32(entries / columns);
        let buffers = [&gradient, &mask, &statistic, &kept, &norm];
        launch(&STATISTIC_COLUMNS, width, lanes.max(columns).div_ceil(WORKGROUP), &buffers, words);
        (statistic, kept)
    }

    pub fn column_score(statistic: CubeTensor, kept: CubeTensor, factors: CubeTensor) -> CubeTensor {
        let statistic = into_contiguous(statistic);
        let (client, device) = (statistic.client.clone(), statistic.device.clone());
        let score = empty_device_contiguous_dtype(client, device, statistic.shape(), statistic.dtype);
        let [entries, columns, factor] = [&statistic, &kept, &factors].map(|one| one.shape().num_elements());
        let words = Words::default().u32(entries).u32(entries / columns).u32(factor).u32(0);
        let buffers = [&statistic, &kept, &factors, &score];
        launch(&COLUMN_SCORE, 1, entries.div_ceil(WORKGROUP), &buffers, words);
        score
    }
}

pub(super) mod cpu {
    use super::*;
    use crate::kernels::fresh::Fresh;
    use crate::kernels::wide::wide;

    type Float = FloatTensor<Flex>;
    type Int = IntTensor<Flex>;

    wide! {
        fn add_squares(statistic: &mut [f32], gradient: &[f32]) {
            statistic.iter_mut().zip(gradient).for_each(|(s, g)| *s += g * g / 1000.0);
        }

        fn add_kept_squares(statistic: &mut [f32], gradient: &[f32], mask: &[u32]) {
            for ((statistic, gradient), word) in statistic.chunks_mut(32).zip(gradient.chunks(32)).zip(mask) {
                for ((s, g), bit) in statistic.iter_mut().zip(gradient).zip(0u32..) {
                    *s += if word >> bit & 1 == 1 { g * g / 1000.0 } else { 0.0 };
                }
            }
        }
    }

    fn is_finite(norm: &Float) -> bool {
        norm.storage::<f32>()[2] != 0.0
    }

    pub fn statistic(gradient: Float, mut statistic: Float, norm: Float, fresh: bool) -> Float {
        let gradient = contiguous(gradient);
        let finite = is_finite(&norm);
        statistic
            .storage_mut::<f32>()
            .par_chunks_mut(UNIT)
            .zip(gradient.storage::<f32>().par_chunks(UNIT))
            .for_each(|(statistic, gradient)| {
                if fresh {
                    statistic.fill(0.0);
                }
                if finite {
                    add_squares(statistic, gradient);
                }
            });
        statistic
    }

    pub fn statistic_columns(
        gradient: Float,
        mask: Int,
        mut statistic: Float,
        mut kept: Int,
        norm: Float,
        fresh: bool,
    ) -> (Float, Int) {
        let gradient = contiguous(gradient);
        let finite = is_finite(&norm);
        let mask = mask.storage::<u32>();
        let entries = statistic.storage_mut::<f32>();
        let stride = entries.len() / kept.shape().num_elements();
        for (column, times) in kept.storage_mut::<u32>().iter_mut().enumerate() {
            let before = if fresh { 0 } else { *times };
            *times = before + u32::from(finite && is_kept(mask, column * stride));
        }
        entries
            .par_chunks_mut(UNIT)
            .zip(gradient.storage::<f32>().par_chunks(UNIT))
            .zip(mask.par_chunks(UNIT / 32))
            .for_each(|((statistic, gradient), mask)| {
                if fresh {
                    statistic.fill(0.0);
                }
                if finite {
                    add_kept_squares(statistic, gradient, mask);
                }
            });
        (statistic, kept)
    }

    pub fn column_score(statistic: Float, kept: Int, factors: Float) -> Float {
        let statistic = contiguous(statistic);
        let (kept, factors) = (kept.storage::<u32>(), factors.storage::<f32>());
        let entries = statistic.storage::<f32>();
        let stride = entries.len() / kept.len();
        let mut score = Fresh::new(entries.len());
        score.par_blocks(stride).zip(entries.par_chunks(stride)).zip(kept).for_each(
            |((score, column), times)| {
                let factor = factors[(*times as usize).min(factors.len() - 1)];
                score.copy_of(column).iter_mut().for_each(|score| *score *= factor);
            },
        );
        score.tensor(&[entries.len()])
    }
}
