//! What the CPU twins share.

use std::ops::Range;

use burn::backend::{Flex, TensorMetadata, tensor::FloatTensor};
use burn::tensor::TensorData;
use gemm::Parallelism;

/// Entries of one unit of parallel work; a multiple of 32, so that a mask word never straddles two.
pub(super) const CHUNK: usize = 65_536;

/// The tensor with its entries in row-major order from the start of its storage.
pub(super) fn contiguous(tensor: FloatTensor<Flex>) -> FloatTensor<Flex> {
    let whole =
        tensor.layout().start_offset() == 0 && tensor.storage::<f32>().len() == tensor.shape().num_elements();
    if tensor.is_contiguous() && whole { tensor } else { tensor.to_contiguous() }
}

/// A tensor of these values, without a copy.
pub(super) fn tensor(values: Vec<f32>, shape: &[usize]) -> FloatTensor<Flex> {
    FloatTensor::<Flex>::from_data(TensorData::new(values, shape))
}

/// Whether entry `i` of a bit-packed mask is selected.
#[inline(always)]
pub(super) fn is_kept(mask: &[u32], i: usize) -> bool {
    mask[i / 32] >> (i % 32) & 1 == 1
}

/// A sum in a fixed order that vector units can work on: eight running sums, then those.
#[inline(always)]
pub(super) fn sum(values: impl Iterator<Item = f32>) -> f32 {
    let mut sums = [0.0f32; 8];
    for (i, value) in values.enumerate() {
        sums[i % 8] += value;
    }
    (sums[0] + sums[4]) + (sums[1] + sums[5]) + ((sums[2] + sums[6]) + (sums[3] + sums[7]))
}

/// A view of a matrix.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Row-major.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns);
        Matrix { values, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// Some columns of a row-major matrix of `width` columns.
    pub fn columns(values: &'a [f32], width: usize, columns: Range<usize>) -> Self {
        assert!(values.len().is_multiple_of(width) && columns.end <= width);
        let rows = values.len() / width;
        let count = columns.len();
        Matrix { values: &values[columns.start..], rows, columns: count, row_stride: width, column_stride: 1 }
    }

    pub fn transposed(self) -> Self {
        Matrix {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// One past the last entry that the view touches.
    fn extent(&self) -> usize {
        extent(self.rows, self.columns, self.row_stride, self.column_stride)
    }
}

fn extent(rows: usize, columns: usize, row_stride: usize, column_stride: usize) -> usize {
    if rows == 0 || columns == 0 {
        return 0;
    }
    (rows - 1) * row_stride + (columns - 1) * column_stride + 1
}

/// `output = factor * left * right`, added to what is there if `add`. `output` has rows of `stride` entries, of
/// which the first `right.columns` are written. `parallel` uses all threads.
pub(super) fn product(
    output: &mut [f32],
    stride: usize,
    add: bool,
    factor: f32,
    left: Matrix<'_>,
    right: Matrix<'_>,
    parallel: bool,
) {
    assert_eq!(left.columns, right.rows);
    assert!(left.extent() <= left.values.len() && right.extent() <= right.values.len());
    assert!(extent(left.rows, right.columns, stride, 1) <= output.len() && right.columns <= stride);
    let parallelism = match parallel && cfg!(not(target_arch = "wasm32")) {
        true => Parallelism::Rayon(0),
        false => Parallelism::None,
    };
    // SAFETY: the assertions above keep every index within its slice, and `output` is borrowed exclusively.
    unsafe {
        gemm::gemm(
            left.rows,
            right.columns,
            left.columns,
            output.as_mut_ptr(),
            1,
            stride as isize,
            add,
            left.values.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.values.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            1.0f32,
            factor,
            false,
            false,
            false,
            parallelism,
        );
    }
}
