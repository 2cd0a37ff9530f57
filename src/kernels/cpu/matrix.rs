//! Views of matrices, and their products: by gemm, or in WebAssembly by [`super::multiplier`].

use std::mem::MaybeUninit;
use std::ops::Range;

#[cfg(not(target_arch = "wasm32"))]
use gemm::Parallelism;

#[cfg(target_arch = "wasm32")]
use super::multiplier;

/// A view of a matrix.
#[derive(Clone, Copy)]
pub(in crate::kernels) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Views a whole row-major matrix.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns);
        Matrix { values, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// Views some columns of a row-major matrix that has `width` columns.
    pub fn columns(values: &'a [f32], width: usize, columns: Range<usize>) -> Self {
        assert!(values.len().is_multiple_of(width) && columns.end <= width);
        let rows = values.len() / width;
        let count = columns.len();
        Matrix { values: &values[columns.start..], rows, columns: count, row_stride: width, column_stride: 1 }
    }

    /// Narrows the view to some of its rows.
    pub fn rows(self, rows: Range<usize>) -> Self {
        assert!(rows.end <= self.rows);
        Matrix { values: &self.values[rows.start * self.row_stride..], rows: rows.len(), ..self }
    }

    /// Narrows the view to some of its columns.
    pub fn columns_of(self, columns: Range<usize>) -> Self {
        assert!(columns.end <= self.columns);
        let values = &self.values[columns.start * self.column_stride..];
        Matrix { values, columns: columns.len(), ..self }
    }

    /// The number of rows and of columns.
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

    /// The distances between neighbouring rows and columns, in numbers.
    #[cfg(any(test, target_arch = "wasm32"))]
    pub(super) fn strides(&self) -> [usize; 2] {
        [self.row_stride, self.column_stride]
    }

    /// The values from the first one of a row on.
    #[cfg(any(test, target_arch = "wasm32"))]
    pub(super) fn values_from(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.row_stride..]
    }

    #[cfg(test)]
    pub(super) fn entry(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.row_stride + column * self.column_stride]
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

/// The number of rows that each task of a parallel product takes. To divide columns, exchange the arguments. The
/// division does not change the bits of a product, because gemm adds the terms of an entry in the same order wherever
/// the entry lies. Small products are an exception, so they are not divided.
pub(in crate::kernels) fn rows_of_a_task(rows: usize, columns: usize) -> usize {
    // gemm computes products below this size in another order, so a part must not become that small
    const LEAST: usize = 64;
    const MOST_TASKS: usize = 32;
    let tasks = rayon::current_num_threads().min(MOST_TASKS).min(rows / LEAST).max(1);
    if columns > LEAST { rows.div_ceil(tasks).max(1) } else { rows.max(1) }
}

/// Writes `factor * left * right` to `output`, or adds it if `add`. A row of `output` has `stride` entries, of which
/// the first `right.columns` are written.
pub(in crate::kernels) fn product(
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

/// Writes `left * right` to all of `room`, which must have the size of the product.
pub(super) fn product_into(room: &mut [MaybeUninit<f32>], left: Matrix<'_>, right: Matrix<'_>) {
    assert_eq!(room.len(), left.rows * right.columns);
    // SAFETY: the room was just checked and is borrowed exclusively, and gemm does not read it without `add`.
    unsafe { multiply(room.as_mut_ptr().cast(), right.columns, false, 1.0, left, right) };
}

/// Writes `factor * left * right` to `output`, or adds it if `add`.
///
/// # Safety
/// `output` points to `left.rows` rows of `right.columns` entries, `stride` apart, which nothing else uses. If `add`, they
/// are initialised.
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
    #[cfg(target_arch = "wasm32")]
    // SAFETY: as the caller says.
    unsafe {
        multiplier::multiply(output, stride, add, factor, left, right);
    }
    // SAFETY: the assertions keep every index of the factors within its slice, and the caller keeps those of the output.
    #[cfg(not(target_arch = "wasm32"))]
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
            // one thread: gemm packs a transposed factor on one thread and makes all threads wait for it, so the
            // callers divide a product themselves
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;
    use crate::kernels::cpu::Fresh;

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
