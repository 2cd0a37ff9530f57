//! The random mask of one matrix, drawn afresh in every step that draws.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::Grain;
use crate::kernels::{self, Draw};
use crate::random::{Random, Stream, unit};

/// A place in a run at which a mask is drawn. Equal sites give equal masks on every device, so a checkpoint need not
/// hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// The seed of the run.
    pub seed: u64,
    /// The step, from 1.
    pub step: usize,
    /// The matrix's place among all parameters.
    pub matrix: usize,
}

/// A random mask over the entries of one matrix.
#[derive(Clone, Debug)]
pub struct Noise {
    grain: Grain,
    /// `[inputs, outputs]` of the matrix: a column of the paper is a row here.
    shape: [usize; 2],
    /// Bit-packed, `[ceil(entries / 32)]`.
    pub mask: Tensor<1, Int>,
}

impl Noise {
    /// An empty mask for a matrix of `shape` `[inputs, outputs]`.
    pub fn new(grain: Grain, shape: [usize; 2], device: &Device) -> Self {
        Noise { grain, shape, mask: kernels::empty_mask(shape[0] * shape[1], device) }
    }

    /// Keeps each entry or column with probability `update_fraction`.
    pub fn draw(self, update_fraction: f64, site: Site) -> Self {
        let [inputs, outputs] = self.shape;
        let (stride, stream) = match self.grain {
            Grain::Entry => (1, Stream::RandomMask),
            // the matrix is held transposed, so a column of the paper is a run of `outputs` entries
            Grain::Column => (outputs, Stream::ColumnNoise),
        };
        let draw = Draw {
            entries: inputs * outputs,
            stride,
            fraction: update_fraction,
            stream,
            seed: site.seed,
            step: site.step as u32,
            matrix: site.matrix as u32,
        };
        Noise { mask: kernels::random_mask(self.mask, draw), ..self }
    }

    /// Keeps the given columns, one for each input, in place of random ones: a golden run brings its own.
    pub fn keep_columns(self, columns: &[bool]) -> Self {
        let [inputs, outputs] = self.shape;
        assert_eq!(columns.len(), inputs, "one column for each input");
        let mut mask = vec![0u32; (inputs * outputs).div_ceil(32)];
        for entry in (0..inputs * outputs).filter(|entry| columns[entry / outputs]) {
            mask[entry / 32] |= 1 << (entry % 32);
        }
        let mask = kernels::u32_tensor(&mask, &self.mask.device());
        Noise { mask, ..self }
    }
}

/// Scores to select a random share of `entries` by, `[entries]`. The host draws them, so that every device selects the
/// same entries.
pub fn random_scores(entries: usize, seed: u64, matrix: usize, device: &Device) -> Tensor<1> {
    let mut random = Random::new(seed, Stream::FixedMask, matrix as u64);
    let scores: Vec<f32> = (0..entries).map(|_| unit(random.word())).collect();
    Tensor::from_data(TensorData::new(scores, [entries]), device)
}
