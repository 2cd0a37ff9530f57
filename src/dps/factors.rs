//! The low-rank factors of one matrix, with which `lora` and `dsee` change it, and the single entries that `dsee` adds.

use burn::tensor::{Device, IndexingUpdateOp, Int, Tensor, TensorData};

use super::decomposition::outstanding;
use crate::kernels;
use crate::random::{Random, Stream, unit};

/// The size of the factors, and the number of single entries beside them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LowRank {
    /// The number of columns of the first factor and of rows of the second.
    pub rank: usize,
    /// Their product and the single entries count `alpha / rank` times.
    pub alpha: f64,
    /// The most entries of a matrix that are trained by themselves.
    pub sparse: usize,
}

impl LowRank {
    /// The numbers that are trained for a matrix of `[inputs, outputs]`.
    pub fn entries(self, shape @ [inputs, outputs]: [usize; 2]) -> usize {
        self.rank * (inputs + outputs) + self.single(shape)
    }

    /// The single entries of such a matrix.
    fn single(self, [inputs, outputs]: [usize; 2]) -> usize {
        self.sparse.min(inputs * outputs)
    }
}

/// The weight is `pretrained + alpha / rank * (down * up + sparse)`, and only `down`, `up` and the entries of `sparse` are
/// trained.
#[derive(Clone, Debug)]
pub struct Factors {
    size: LowRank,
    /// `[inputs, outputs]`
    shape: [usize; 2],
    /// The weight before the first step, `[entries]`.
    pub pretrained: Tensor<1>,
    /// First `down` `[inputs, rank]`, then `up` `[rank, outputs]`, then the entries of `sparse`, flat.
    pub values: Tensor<1>,
    /// The flat indices of the entries of `sparse`, once they are found. They follow from `pretrained`, so that a checkpoint
    /// need not hold them.
    places: Option<Tensor<1, Int>>,
}

impl Factors {
    /// The factors of a matrix of `shape` `[inputs, outputs]`, whose product is 0. As in the authors' code, `down` is
    /// uniform up to `1 / sqrt(inputs)`, and `up` and `sparse` are 0. `matrix` is the matrix's place among all parameters.
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
        Factors { size, shape, pretrained, values, places: None }
    }

    /// These factors with other `values`.
    pub fn with_values(&self, values: Tensor<1>) -> Self {
        Factors { values, ..self.clone() }
    }

    /// Whether there are single entries whose places are not found yet.
    pub fn lacks_places(&self) -> bool {
        self.size.single(self.shape) > 0 && self.places.is_none()
    }

    /// Finds the places of the single entries. `pretrained` are the values of the field of this name.
    pub fn find_places(&mut self, pretrained: &[f32]) {
        let places = outstanding(pretrained, self.shape, self.size.rank, self.size.single(self.shape));
        self.places = Some(kernels::u32_tensor(&places, &self.values.device()));
    }

    /// The places of the single entries, if there are such.
    fn places(&self) -> Option<Tensor<1, Int>> {
        assert!(!self.lacks_places(), "the places are found before the first step");
        self.places.clone()
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

    fn sparse(&self) -> Tensor<1> {
        let single = self.size.single(self.shape);
        self.values.clone().narrow(0, self.size.entries(self.shape) - single, single)
    }

    /// The gradient of the factors, in the layout of `values`, from that of the weight `[entries]`.
    pub fn gradient(&self, of_weight: Tensor<1>) -> Tensor<1> {
        let sparse = self.places().map(|places| of_weight.clone().select(0, places));
        let of_weight = of_weight.reshape(self.shape);
        let down = product(of_weight.clone(), self.up().transpose());
        let up = product(self.down().transpose(), of_weight);
        let factors = [down, up].map(|factor| factor.flatten(0, 1));
        Tensor::cat(factors.into_iter().chain(sparse).collect(), 0).mul_scalar(self.scale())
    }

    /// The weight that they make, `[inputs, outputs]`.
    pub fn weight(&self) -> Tensor<2> {
        let mut change: Tensor<1> = product(self.down(), self.up()).flatten(0, 1);
        if let Some(places) = self.places() {
            change = change.select_assign(0, places, self.sparse(), IndexingUpdateOp::Add);
        }
        (self.pretrained.clone() + change.mul_scalar(self.scale())).reshape(self.shape)
    }
}

/// With the products of the linear layers, so that the same run gives the same bits.
fn product(left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
    let bias = Tensor::zeros([right.dims()[1]], &right.device());
    kernels::dense(left, right, bias)
}
