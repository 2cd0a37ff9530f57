//! The score of `dps-mix`: the statistic, weighted by how often each column was kept.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Int, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::check::{Computation, Output, SHAPES, floats, squares, upload};
use super::cpu::{self, Fresh};
use super::gpu::{self, Scalars, Shader, WORKGROUP, launch, shader};
use super::mask::u32_tensor;

// The factors come as a table, because devices compute exp with different bits.
static COLUMN_SCORE: Shader = shader!(
    "column_score",
    faults: [
        ("kept[i / size.stride]", "kept[(i + 1u) / size.stride]"),
        ("statistic[i] *", "-statistic[i] *"),
        ("i >= size.count", "i + 1u >= size.count"),
    ],
);

/// Multiplies the statistic `[columns * stride]` by `factors[kept]`, where `kept` `[columns]` counts how often the
/// entry's column was kept. A count beyond the table takes the last factor.
pub fn column_score(statistic: Tensor<1>, kept: Tensor<1, Int>, factors: Tensor<1>) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::column_score(
        statistic.into_dispatch(),
        kept.into_dispatch(),
        factors.into_dispatch(),
    ))
}

#[backend_extension(Cube, Flex)]
trait ColumnScoreOps: Backend {
    fn column_score(
        statistic: FloatTensor<Self>,
        kept: IntTensor<Self>,
        factors: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

impl ColumnScoreOps for CubeBackend {
    fn column_score(statistic: CubeTensor, kept: CubeTensor, factors: CubeTensor) -> CubeTensor {
        let statistic = gpu::contiguous(statistic);
        let score = gpu::empty(&statistic, statistic.shape());
        let [entries, columns, factor] = [&statistic, &kept, &factors].map(|one| one.shape().num_elements());
        let scalars = Scalars::default().u32(entries).u32(entries / columns).u32(factor).u32(0);
        let buffers = [&statistic, &kept, &factors, &score];
        launch(&COLUMN_SCORE, 1, entries.div_ceil(WORKGROUP), &buffers, scalars);
        score
    }
}

impl ColumnScoreOps for Flex {
    fn column_score(
        statistic: FloatTensor<Flex>,
        kept: IntTensor<Flex>,
        factors: FloatTensor<Flex>,
    ) -> FloatTensor<Flex> {
        let statistic = cpu::contiguous(statistic);
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

pub(super) static COMPUTATION: Computation =
    Computation { name: "column_score", shaders: &[&COLUMN_SCORE], compute };

fn compute(device: &Device) -> Vec<Output> {
    let run = |[inputs, outputs]: [usize; 2]| {
        let kept: Vec<u32> = (0..inputs as u32).map(|input| input % 5).collect();
        let statistic = squares(inputs * outputs, 2, device);
        let factors = upload(vec![1.0, 0.8, 0.5, 0.25], device);
        floats("score", column_score(statistic, u32_tensor(&kept, device), factors))
    };
    SHAPES.map(run).into()
}
