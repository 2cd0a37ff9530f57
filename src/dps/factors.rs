//! The low-rank factors of one matrix, with which `lora` changes it.

use burn::tensor::{Device, Tensor, TensorData};

use crate::kernels;
use crate::random::{Random, Stream, unit};

/// The size of the factors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LowRank {
    /// The number of columns of the first factor and of rows of the second.
    pub rank: usize,
    /// Their product counts `alpha / rank` times.
    pub alpha: f64,
}

impl LowRank {
    /// The entries of both factors of a matrix of `[inputs, outputs]`.
    pub fn entries(self, [inputs, outputs]: [usize; 2]) -> usize {
        self.rank * (inputs + outputs)
    }
}

/// The weight is `pretrained + alpha / rank * down * up`, and only `down` and `up` are trained.
#[derive(Clone, Debug)]
pub struct Factors {
    size: LowRank,
    /// `[inputs, outputs]`
    shape: [usize; 2],
    /// The weight before the first step, `[entries]`.
    pub pretrained: Tensor<1>,
    /// First `down` `[inputs, rank]`, then `up` `[rank, outputs]`, flat.
    pub values: Tensor<1>,
}

impl Factors {
    /// The factors of a matrix of `shape` `[inputs, outputs]`, whose product is 0. As in the authors' code, `down` is
    /// uniform up to `1 / sqrt(inputs)`, and `up` is 0. `matrix` is the matrix's place among all parameters.
    pub fn new(
        size: LowRank,
        shape: [usize; 2],
        pretrained: Tensor<1>,
        (seed, matrix): (u64, usize),
        device: &Device,
    ) -> Self {
        let [inputs, outputs] = shape;
        let mut random = Random::new(seed, Stream::LowRank, matrix as u64);
        let bound = 1.0 / (inputs as f32).sqrt();
        let mut values = vec![0.0; size.entries([inputs, outputs])];
        values[..inputs * size.rank].fill_with(|| bound * (2.0 * unit(random.word()) - 1.0));
        let values = Tensor::from_data(TensorData::new(values, [size.entries(shape)]), device);
        Factors { size, shape, pretrained, values }
    }

    fn scale(&self) -> f64 {
        self.size.alpha / self.size.rank as f64
    }

    fn down(&self) -> Tensor<2> {
        let [inputs, _] = self.shape;
        self.values.clone().narrow(0, 0, inputs * self.size.rank).reshape([inputs, self.size.rank])
    }

    fn up(&self) -> Tensor<2> {
        let [inputs, outputs] = self.shape;
        let start = inputs * self.size.rank;
        self.values.clone().narrow(0, start, self.size.rank * outputs).reshape([self.size.rank, outputs])
    }

    /// The gradient of the factors, in the layout of `values`, from that of the weight `[entries]`.
    pub fn gradient(&self, of_weight: Tensor<1>) -> Tensor<1> {
        let of_weight = of_weight.reshape(self.shape);
        let down = product(of_weight.clone(), self.up().transpose());
        let up = product(self.down().transpose(), of_weight);
        Tensor::cat(vec![down.flatten(0, 1), up.flatten(0, 1)], 0).mul_scalar(self.scale())
    }

    /// The weight that they make, `[inputs, outputs]`.
    pub fn weight(&self) -> Tensor<2> {
        let change = product(self.down(), self.up()).mul_scalar(self.scale());
        self.pretrained.clone().reshape(self.shape) + change
    }
}

/// With the products of the linear layers, so that the same run gives the same bits.
fn product(left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
    let bias = Tensor::zeros([right.dims()[1]], &right.device());
    kernels::dense(left, right, bias)
}
