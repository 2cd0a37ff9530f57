//! What the CPU twins share.

use std::mem::MaybeUninit;
use std::ops::Range;

use burn::backend::{Flex, TensorMetadata, tensor::FloatTensor};
use burn::tensor::TensorData;
use gemm::Parallelism;

/// Entries of one workgroup of the kernels that sum or count, and of one unit of parallel work of their twins.
pub(super) const CHUNK: usize = 65_536;

/// Entries of one unit of parallel work of all other loops; a multiple of 32, so that a mask word never straddles two.
pub(super) const UNIT: usize = 8192;

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

/// A sum of terms of values, in a fixed order that vector units can work on: eight running sums, then those.
#[inline(always)]
pub(super) fn sum(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    sum_of_pairs(values, values, |value, _| term(value))
}

/// As [`sum`], of terms of pairs.
#[inline(always)]
pub(super) fn sum_of_pairs(left: &[f32], right: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sums = [0.0f32; 8];
    let mut add = |left: &[f32], right: &[f32]| {
        sums.iter_mut()
            .zip(left.iter().zip(right))
            .for_each(|(sum, (left, right))| *sum += term(*left, *right));
    };
    let (left_eights, right_eights) = (left.chunks_exact(8), right.chunks_exact(8));
    let (left_rest, right_rest) = (left_eights.remainder(), right_eights.remainder());
    left_eights.zip(right_eights).for_each(|(left, right)| add(left, right));
    add(left_rest, right_rest);
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

    /// Some of its rows.
    pub fn rows(self, rows: Range<usize>) -> Self {
        assert!(rows.end <= self.rows);
        Matrix { values: &self.values[rows.start * self.row_stride..], rows: rows.len(), ..self }
    }

    /// Some of its columns.
    pub fn columns_of(self, columns: Range<usize>) -> Self {
        assert!(columns.end <= self.columns);
        let values = &self.values[columns.start * self.column_stride..];
        Matrix { values, columns: columns.len(), ..self }
    }

    /// Rows and columns.
    pub fn shape(&self) -> [usize; 2] {
        [self.rows, self.columns]
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

/// Lines (rows or columns) of one unit of parallel work of a product that has so many, and so many across. How it is
/// divided changes no bit: gemm sums each entry in the same order wherever it lies, but in small products, which are not
/// divided.
pub(super) fn share(lines: usize, across: usize) -> usize {
    const LEAST: usize = 64;
    const MOST_UNITS: usize = 32;
    let units = rayon::current_num_threads().min(MOST_UNITS).min(lines / LEAST).max(1);
    if across > LEAST { lines.div_ceil(units).max(1) } else { lines.max(1) }
}

/// `output = factor * left * right`, added to what is there if `add`. `output` has rows of `stride` entries, of
/// which the first `right.columns` are written.
pub(super) fn product(
    output: &mut [f32],
    stride: usize,
    add: bool,
    factor: f32,
    left: Matrix<'_>,
    right: Matrix<'_>,
) {
    assert!(extent(left.rows, right.columns, stride, 1) <= output.len() && right.columns <= stride);
    // SAFETY: the output was just checked, and is borrowed exclusively.
    unsafe { multiply(output.as_mut_ptr(), stride, add, factor, left, right) };
}

/// `left * right` into room of just its size, all of which is written.
pub(super) fn product_into(room: &mut [MaybeUninit<f32>], left: Matrix<'_>, right: Matrix<'_>) {
    assert_eq!(room.len(), left.rows * right.columns);
    // SAFETY: the room was just checked, is borrowed exclusively, and without `add` is not read.
    unsafe { multiply(room.as_mut_ptr().cast(), right.columns, false, 1.0, left, right) };
}

/// # Safety
/// `output` has `left.rows` rows of `right.columns` entries, `stride` apart, for no one else; initialised if `add`.
pub(super) unsafe fn multiply(
    output: *mut f32,
    stride: usize,
    add: bool,
    factor: f32,
    left: Matrix<'_>,
    right: Matrix<'_>,
) {
    assert_eq!(left.columns, right.rows);
    assert!(left.extent() <= left.values.len() && right.extent() <= right.values.len());
    // SAFETY: the assertions keep every index of the factors within its slice, and the caller those of the output.
    unsafe {
        gemm::gemm(
            left.rows,
            right.columns,
            left.columns,
            output,
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
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;
    use crate::kernels::fresh::Fresh;

    fn values(count: usize) -> Vec<f32> {
        (0..count).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
    }

    #[test]
    fn how_a_product_is_divided_changes_no_bit() {
        for (rows, inner, columns) in
            [(129, 65, 66), (200, 600, 65), (130, 1100, 130), (512, 24, 96), (65, 384, 1536)]
        {
            let (left, right) = (values(rows * inner), values(inner * columns));
            let right =
                [Matrix::new(&right, inner, columns), Matrix::new(&right, columns, inner).transposed()];
            for right in right {
                let mut whole = vec![0.0; rows * columns];
                product(&mut whole, columns, false, 1.0, Matrix::new(&left, rows, inner), right);
                for units in 2..=rows / 64 + 2 {
                    let share = rows.div_ceil(units);
                    let mut parts = vec![0.0; rows * columns];
                    for (output, left) in parts.chunks_mut(share * columns).zip(left.chunks(share * inner)) {
                        let left = Matrix::new(left, left.len() / inner, inner);
                        product(output, columns, false, 1.0, left, right);
                    }
                    assert!(whole == parts, "{rows} {inner} {columns} in {units}");
                }
                for units in 2..=columns / 64 + 1 {
                    let mut parts = Fresh::new(rows * columns);
                    let left = Matrix::new(&left, rows, inner);
                    parts
                        .par_columns(columns, columns.div_ceil(units))
                        .for_each(|part| part.product(left, right, None));
                    let parts = parts.tensor(&[rows, columns]);
                    assert!(
                        whole == parts.storage::<f32>(),
                        "{rows} {inner} {columns} in {units} by columns"
                    );
                }
            }
        }
    }
}
