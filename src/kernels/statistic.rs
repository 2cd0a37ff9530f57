//! The statistic of the gradients, from which a subnetwork is selected. It has kernels of its own, because three
//! methods need it in three settings: with AdamW, over random columns, and without any update.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Int, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::check::{Computation, Output, SHAPES, SIZES, clip, columns, floats, integers, random, squares};
use super::cpu::{self, UNIT, is_kept, wide};
use super::gpu::{self, Scalars, Shader, WORKGROUP, launch, own, shader};
use super::mask::u32_tensor;

static STATISTIC: Shader = shader!(
    "statistic",
    faults: [
        ("gradient[i]", "gradient[i / 2u]"),
        ("sum += evidence", "sum -= evidence"),
        ("i >= accumulate.count", "i + 1u >= accumulate.count"),
    ],
);

static STATISTIC_COLUMNS: Shader = shader!(
    "statistic_columns",
    faults: [
        ("mask[first / 32u]", "mask[i / 32u]"),
        ("mask[entry / 32u]", "mask[(entry + 1u) / 32u]"),
        ("sum += select", "sum -= select"),
        ("i < accumulate.columns", "i + 1u < accumulate.columns"),
        ("i >= accumulate.count", "i + 1u >= accumulate.count"),
    ],
);

/// Adds the squared gradient / 1000 to the statistic, or to zeros if `fresh`. A step whose norm is not finite adds nothing.
/// The divisor is that of the paper's released code.
pub fn statistic(gradient: Tensor<1>, statistic: Tensor<1>, norm: Tensor<1>, fresh: bool) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::statistic(
        gradient.into_dispatch(),
        statistic.into_dispatch(),
        norm.into_dispatch(),
        fresh,
    ))
}

/// Like [`statistic`], for the columns in `mask` only. `kept` `[columns]` counts how often each column was kept.
pub fn statistic_columns(
    gradient: Tensor<1>,
    mask: Tensor<1, Int>,
    statistic: Tensor<1>,
    kept: Tensor<1, Int>,
    norm: Tensor<1>,
    fresh: bool,
) -> (Tensor<1>, Tensor<1, Int>) {
    let (statistic, kept) = Dispatch::statistic_columns(
        gradient.into_dispatch(),
        mask.into_dispatch(),
        statistic.into_dispatch(),
        kept.into_dispatch(),
        norm.into_dispatch(),
        fresh,
    );
    (Tensor::from_dispatch(statistic), Tensor::from_dispatch(kept))
}

#[backend_extension(Cube, Flex)]
trait StatisticOps: Backend {
    fn statistic(
        gradient: FloatTensor<Self>,
        statistic: FloatTensor<Self>,
        norm: FloatTensor<Self>,
        fresh: bool,
    ) -> FloatTensor<Self>;
    fn statistic_columns(
        gradient: FloatTensor<Self>,
        mask: IntTensor<Self>,
        statistic: FloatTensor<Self>,
        kept: IntTensor<Self>,
        norm: FloatTensor<Self>,
        fresh: bool,
    ) -> (FloatTensor<Self>, IntTensor<Self>);
}

impl StatisticOps for CubeBackend {
    fn statistic(gradient: CubeTensor, statistic: CubeTensor, norm: CubeTensor, fresh: bool) -> CubeTensor {
        let (gradient, statistic) = (gpu::contiguous(gradient), own(statistic));
        let entries = statistic.shape().num_elements();
        let width = STATISTIC.width(entries);
        let lanes = entries / width;
        let scalars = Scalars::default().u32(lanes).u32(fresh.into()).u32(0).u32(0);
        launch(&STATISTIC, width, lanes.div_ceil(WORKGROUP), &[&gradient, &statistic, &norm], scalars);
        statistic
    }

    fn statistic_columns(
        gradient: CubeTensor,
        mask: CubeTensor,
        statistic: CubeTensor,
        kept: CubeTensor,
        norm: CubeTensor,
        fresh: bool,
    ) -> (CubeTensor, CubeTensor) {
        let (gradient, statistic, kept) = (gpu::contiguous(gradient), own(statistic), own(kept));
        let (entries, columns) = (statistic.shape().num_elements(), kept.shape().num_elements());
        let width = STATISTIC_COLUMNS.width(entries);
        let lanes = entries / width;
        let scalars = Scalars::default().u32(lanes).u32(fresh.into()).u32(columns).u32(entries / columns);
        let buffers = [&gradient, &mask, &statistic, &kept, &norm];
        // an invocation takes an item of the statistic and the count of a column
        launch(&STATISTIC_COLUMNS, width, lanes.max(columns).div_ceil(WORKGROUP), &buffers, scalars);
        (statistic, kept)
    }
}

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

fn is_finite(norm: &FloatTensor<Flex>) -> bool {
    norm.storage::<f32>()[2] != 0.0
}

impl StatisticOps for Flex {
    fn statistic(
        gradient: FloatTensor<Flex>,
        mut statistic: FloatTensor<Flex>,
        norm: FloatTensor<Flex>,
        fresh: bool,
    ) -> FloatTensor<Flex> {
        let gradient = cpu::contiguous(gradient);
        let finite = is_finite(&norm);
        statistic
            .storage_mut::<f32>()
            .par_chunks_mut(UNIT)
            .zip(gradient.storage::<f32>().par_chunks(UNIT))
            .for_each(|(statistic, gradient)| {
                // cleared in the same pass, block by block, while the block is in the cache
                if fresh {
                    statistic.fill(0.0);
                }
                if finite {
                    add_squares(statistic, gradient);
                }
            });
        statistic
    }

    fn statistic_columns(
        gradient: FloatTensor<Flex>,
        mask: IntTensor<Flex>,
        mut statistic: FloatTensor<Flex>,
        mut kept: IntTensor<Flex>,
        norm: FloatTensor<Flex>,
        fresh: bool,
    ) -> (FloatTensor<Flex>, IntTensor<Flex>) {
        let gradient = cpu::contiguous(gradient);
        let finite = is_finite(&norm);
        let mask = mask.storage::<u32>();
        let entries = statistic.storage_mut::<f32>();
        let stride = entries.len() / kept.shape().num_elements();
        // a mask by columns keeps all entries of a column or none, so its first entry stands for it
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
}

pub(super) static PLAIN: Computation =
    Computation { name: "statistic", shaders: &[&STATISTIC], compute: plain };

fn plain(device: &Device) -> Vec<Output> {
    let run = |(entries, fresh, finite): (usize, bool, bool)| {
        let (gradient, before) = (random(entries, 1, device), squares(entries, 2, device));
        floats("statistic", statistic(gradient, before, clip(finite, device), fresh))
    };
    let [odd, even] = SIZES;
    [(odd, true, true), (odd, false, true), (even, true, true), (even, false, true), (even, false, false)]
        .map(run)
        .into()
}

pub(super) static COLUMNS: Computation =
    Computation { name: "statistic_columns", shaders: &[&STATISTIC_COLUMNS], compute: of_columns };

fn of_columns(device: &Device) -> Vec<Output> {
    let run = |([inputs, outputs], fresh, finite): ([usize; 2], bool, bool)| {
        let entries = inputs * outputs;
        let (statistic, kept) = statistic_columns(
            random(entries, 1, device),
            columns([inputs, outputs], device),
            squares(entries, 2, device),
            u32_tensor(&vec![3; inputs], device),
            clip(finite, device),
            fresh,
        );
        [floats("statistic", statistic), integers("count", kept)]
    };
    let [odd, even] = SHAPES;
    [(odd, true, true), (odd, false, true), (even, true, true), (even, false, true), (even, false, false)]
        .into_iter()
        .flat_map(run)
        .collect()
}
