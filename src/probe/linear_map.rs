//! A linear map from features to outputs.

use gemm::Parallelism;
use serde::{Deserialize, Serialize};

use super::features::Features;

/// `outputs` linear functions of scaled [`Features`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearMap {
    /// `[outputs, size]`, row-major.
    pub(super) weight: Vec<f64>,
    /// `[outputs]`
    pub(super) bias: Vec<f64>,
}

impl LinearMap {
    pub(crate) fn zeros(outputs: usize, size: usize) -> Self {
        LinearMap { weight: vec![0.0; outputs * size], bias: vec![0.0; outputs] }
    }

    /// Returns the outputs `[rows, outputs]`, row-major.
    pub fn apply(&self, features: &Features) -> Vec<f64> {
        let outputs = self.bias.len();
        let mut result: Vec<f64> =
            self.bias.iter().copied().cycle().take(features.rows() * outputs).collect();
        let (left, right) =
            (Matrix::new(features.values(), features.size), Matrix::new(&self.weight, features.size));
        add_product(&mut result, outputs, left, right.transposed());
        result
    }

    /// Returns the weight `[size, outputs]` and bias `[outputs]` of a classifier for features that are not scaled.
    pub fn classifier(&self) -> (Vec<f32>, Vec<f32>) {
        let (outputs, size) = (self.bias.len(), self.weight.len() / self.bias.len());
        // the scale of the features moves into the weights
        let scale = Features::scale(size);
        let entry = |i: usize| (self.weight[i % outputs * size + i / outputs] * scale) as f32;
        ((0..self.weight.len()).map(entry).collect(), self.bias.iter().map(|bias| *bias as f32).collect())
    }
}

/// A view of a row-major matrix, or of its transpose.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    values: &'a [f64],
    shape: [usize; 2],
    strides: [isize; 2],
}

impl<'a> Matrix<'a> {
    pub fn new(values: &'a [f64], columns: usize) -> Self {
        assert!(columns > 0 && values.len().is_multiple_of(columns));
        Matrix { values, shape: [values.len() / columns, columns], strides: [columns as isize, 1] }
    }

    pub fn transposed(self) -> Self {
        let ([rows, columns], [down, across]) = (self.shape, self.strides);
        Matrix { shape: [columns, rows], strides: [across, down], ..self }
    }
}

/// Adds `left * right` to a row-major matrix of `columns` columns. It runs on one thread, so that the bits do not
/// depend on the number of threads.
pub(super) fn add_product(result: &mut [f64], columns: usize, left: Matrix<'_>, right: Matrix<'_>) {
    let [rows, terms] = left.shape;
    assert_eq!((result.len(), right.shape), (rows * columns, [terms, columns]));
    if result.is_empty() || terms == 0 {
        return;
    }
    // SAFETY: the shapes were checked, and each view's strides stay within its values.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            terms,
            result.as_mut_ptr(),
            1,
            columns as isize,
            true,
            left.values.as_ptr(),
            left.strides[1],
            left.strides[0],
            right.values.as_ptr(),
            right.strides[1],
            right.strides[0],
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
