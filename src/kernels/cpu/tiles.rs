//! Matrix products in vectors of four floats, for WebAssembly. They take about two thirds of the time of gemm's, whose tiles
//! of 12 by 4 entries load a vector for every two products; ours of 4 by 8 load one for every three, and fit the sixteen
//! registers of x86 without a spill. `docs/performance.md` has the figures.

use std::cell::RefCell;

use super::matrix::Matrix;
use vector::{Vector, entries_of, load, plus, splat};

/// Rows of a tile.
const ROWS: usize = 4;
/// Columns of a tile: two vectors.
const COLUMNS: usize = 8;
/// Terms of an entry that are added in registers before they are added to the output: a panel of `ROWS` rows then takes 6
/// KiB, which stays in the first cache.
const DEPTH: usize = 384;
/// Columns of the right factor that are packed at a time: with `DEPTH` rows, 768 KiB, which stay in the second cache.
const WIDTH: usize = 512;

/// Writes `factor * left * right` to `output`, or adds it if `add`.
///
/// Every entry is the sum of its terms in the same order wherever it lies, so that how a product is divided changes no bit.
///
/// # Safety
/// `output` points to `left.rows` rows of `right.columns` entries, `stride` apart, which nothing else uses. If `add`, they
/// are initialised. The views lie within their slices.
pub(super) unsafe fn multiply(
    output: *mut f32,
    stride: usize,
    add: bool,
    factor: f32,
    left: Matrix<'_>,
    right: Matrix<'_>,
) {
    let [[rows, depth], [_, columns]] = [left.shape(), right.shape()];
    if depth == 0 && !add {
        for row in 0..rows {
            // SAFETY: the caller keeps the row within the output.
            unsafe { output.add(row * stride).write_bytes(0, columns) };
        }
    }
    PACKED.with_borrow_mut(|[packed_left, packed_right]| {
        let deepest = depth.min(DEPTH);
        packed_left.resize(ROWS * deepest, 0.0);
        packed_right.resize(deepest * columns.min(WIDTH).next_multiple_of(COLUMNS), 0.0);
        for first in (0..depth).step_by(DEPTH) {
            let terms = first..depth.min(first + DEPTH);
            let add = add || first > 0;
            for across in (0..columns).step_by(WIDTH) {
                let width = WIDTH.min(columns - across);
                let right = right.transposed().rows(across..across + width).columns_of(terms.clone());
                pack::<COLUMNS>(packed_right, right, 1.0);
                for down in (0..rows).step_by(ROWS) {
                    let height = ROWS.min(rows - down);
                    pack::<ROWS>(
                        packed_left,
                        left.rows(down..down + height).columns_of(terms.clone()),
                        factor,
                    );
                    let panels = packed_right.chunks_exact(COLUMNS * terms.len());
                    for (panel, at) in panels.zip((0..width).step_by(COLUMNS)) {
                        let sums = tile(&packed_left[..ROWS * terms.len()], panel);
                        let size = [height, COLUMNS.min(width - at)];
                        // SAFETY: the caller keeps the tile, of which `size` is written, within the output.
                        unsafe { store(output.add(down * stride + across + at), stride, add, &sums, size) };
                    }
                }
            }
        }
    });
}

thread_local! {
    /// Panels of the left and of the right factor. They stay, because to clear fresh memory takes as long as to fill it.
    static PACKED: RefCell<[Vec<f32>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// Copies the entries, times `factor`, into panels of `HEIGHT` rows each, in which the entries of a column lie side by side.
/// The last panel is filled with zeros.
fn pack<const HEIGHT: usize>(panels: &mut [f32], from: Matrix<'_>, factor: f32) {
    let [rows, columns] = from.shape();
    let [down, across] = from.strides();
    let factors = splat(factor);
    for (panel, first) in panels.chunks_exact_mut(HEIGHT * columns).zip((0..rows).step_by(HEIGHT)) {
        let here = HEIGHT.min(rows - first);
        let from = from.values_from(first);
        for (column, entries) in panel.as_chunks_mut::<HEIGHT>().0.iter_mut().enumerate() {
            let from = &from[column * across..];
            if down == 1 && here == HEIGHT {
                for (to, from) in entries.as_chunks_mut::<4>().0.iter_mut().zip(from.as_chunks().0) {
                    *to = entries_of(vector::multiply(factors, load(from)));
                }
            } else {
                entries[here..].fill(0.0);
                entries[..here]
                    .iter_mut()
                    .zip(from.iter().step_by(down))
                    .for_each(|(to, from)| *to = factor * from);
            }
        }
    }
}

#[inline(always)]
fn multiply_add(a: Vector, b: Vector, sum: Vector) -> Vector {
    plus(sum, vector::multiply(a, b))
}

/// The product of two panels.
#[inline(never)]
fn tile(left: &[f32], right: &[f32]) -> [[Vector; 2]; ROWS] {
    let zero = splat(0.0);
    let [mut a0, mut a1, mut b0, mut b1, mut c0, mut c1, mut d0, mut d1] = [zero; 2 * ROWS];
    // written out: the compiler keeps arrays of sums in memory where it optimises for size
    for (left, right) in left.as_chunks::<ROWS>().0.iter().zip(right.as_chunks::<COLUMNS>().0) {
        let [right0, right1] = [load(&right.as_chunks().0[0]), load(&right.as_chunks().0[1])];
        let [a, b, c, d] = [splat(left[0]), splat(left[1]), splat(left[2]), splat(left[3])];
        (a0, a1) = (multiply_add(a, right0, a0), multiply_add(a, right1, a1));
        (b0, b1) = (multiply_add(b, right0, b0), multiply_add(b, right1, b1));
        (c0, c1) = (multiply_add(c, right0, c0), multiply_add(c, right1, c1));
        (d0, d1) = (multiply_add(d, right0, d0), multiply_add(d, right1, d1));
    }
    [[a0, a1], [b0, b1], [c0, c1], [d0, d1]]
}

/// Writes the first `rows` rows and `columns` columns of a tile, or adds them.
///
/// # Safety
/// They lie within the output, in rows `stride` apart, which are initialised if `add`.
unsafe fn store(
    output: *mut f32,
    stride: usize,
    add: bool,
    sums: &[[Vector; 2]; ROWS],
    [rows, columns]: [usize; 2],
) {
    for (row, sums) in sums.iter().take(rows).enumerate() {
        for (vector, first) in sums.iter().zip((0..columns).step_by(4)) {
            let sums = entries_of(*vector);
            // SAFETY: as the caller says.
            unsafe {
                let place = output.add(row * stride + first);
                if columns - first >= 4 {
                    let place = place.cast::<[f32; 4]>();
                    let before = if add { load(&place.read()) } else { splat(0.0) };
                    place.write(if add { entries_of(plus(before, *vector)) } else { sums });
                } else {
                    for (column, sum) in sums[..columns - first].iter().enumerate() {
                        let place = place.add(column);
                        place.write(if add { place.read() + sum } else { *sum });
                    }
                }
            }
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod vector {
    use core::arch::wasm32::{f32x4_add, f32x4_mul, f32x4_splat, v128, v128_load, v128_store};

    pub type Vector = v128;

    #[inline(always)]
    pub fn splat(value: f32) -> Vector {
        f32x4_splat(value)
    }

    #[inline(always)]
    pub fn load(from: &[f32; 4]) -> Vector {
        // SAFETY: four floats are a vector, which needs no alignment.
        unsafe { v128_load(from.as_ptr().cast()) }
    }

    #[inline(always)]
    pub fn plus(a: Vector, b: Vector) -> Vector {
        f32x4_add(a, b)
    }

    #[inline(always)]
    pub fn multiply(a: Vector, b: Vector) -> Vector {
        f32x4_mul(a, b)
    }

    #[inline(always)]
    pub fn entries_of(vector: Vector) -> [f32; 4] {
        let mut entries = [0.0; 4];
        // SAFETY: as in `load`.
        unsafe { v128_store(entries.as_mut_ptr().cast(), vector) };
        entries
    }
}

/// The same without vectors, so that tests need no browser.
#[cfg(not(target_arch = "wasm32"))]
mod vector {
    pub type Vector = [f32; 4];

    pub fn splat(value: f32) -> Vector {
        [value; 4]
    }

    pub fn load(from: &[f32; 4]) -> Vector {
        *from
    }

    pub fn plus(a: Vector, b: Vector) -> Vector {
        std::array::from_fn(|i| a[i] + b[i])
    }

    pub fn multiply(a: Vector, b: Vector) -> Vector {
        std::array::from_fn(|i| a[i] * b[i])
    }

    pub fn entries_of(vector: Vector) -> [f32; 4] {
        vector
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i + seed) * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
    }

    /// The product by tiles and, in float64, by its definition.
    fn products(
        left: Matrix<'_>,
        right: Matrix<'_>,
        before: Option<f32>,
        factor: f32,
    ) -> (Vec<f32>, Vec<f64>) {
        let [[rows, depth], [_, columns]] = [left.shape(), right.shape()];
        let mut output = vec![before.unwrap_or(f32::NAN); rows * columns];
        // SAFETY: the output has the size of the product.
        unsafe { multiply(output.as_mut_ptr(), columns, before.is_some(), factor, left, right) };
        let term = |i, j, k| f64::from(left.entry(i, k)) * f64::from(right.entry(k, j));
        let sum = |i, j| (0..depth).map(|k| term(i, j, k)).sum::<f64>();
        let expected = (0..rows * columns)
            .map(|at| f64::from(before.unwrap_or(0.0)) + f64::from(factor) * sum(at / columns, at % columns));
        (output, expected.collect())
    }

    #[test]
    fn products_of_all_shapes_are_those_of_the_definition() {
        for [rows, depth, columns] in
            [[1, 1, 1], [4, 8, 8], [5, 9, 13], [3, 0, 2], [33, 385, 17], [9, 769, 521], [12, 24, 1030]]
        {
            let (a, b) = (values(rows * depth, 1), values(depth * columns, 2));
            let lefts = [Matrix::new(&a, rows, depth), Matrix::new(&a, depth, rows).transposed()];
            let rights = [Matrix::new(&b, depth, columns), Matrix::new(&b, columns, depth).transposed()];
            for (left, right) in lefts.into_iter().flat_map(|left| rights.map(|right| (left, right))) {
                for (before, factor) in [(None, 1.0), (None, 0.25), (Some(0.5), 1.0)] {
                    let (found, expected) = products(left, right, before, factor);
                    for (found, expected) in found.iter().zip(&expected) {
                        // rounding of a sum of `depth` terms below 1/4
                        let most = 1e-6 * (1.0 + depth as f64 / 16.0);
                        assert!((f64::from(*found) - expected).abs() <= most, "{rows} {depth} {columns}");
                    }
                }
            }
        }
    }

    #[test]
    fn where_an_entry_lies_changes_no_bit() {
        let (rows, depth, columns) = (37, 500, 700);
        let (a, b) = (values(rows * depth, 3), values(depth * columns, 4));
        let (left, right) = (Matrix::new(&a, rows, depth), Matrix::new(&b, depth, columns));
        let (whole, _) = products(left, right, None, 1.0);
        for [top, first] in [[1, 3], [6, 513], [36, 699]] {
            let (part, _) = products(left.rows(top..rows), right.columns_of(first..columns), None, 1.0);
            for (at, entry) in part.iter().enumerate() {
                let (row, column) = (at / (columns - first), at % (columns - first));
                assert_eq!(*entry, whole[(top + row) * columns + first + column]);
            }
        }
    }
}
