//! Matrix products in vectors of four floats, for WebAssembly. gemm's tiles of 12 by 4 entries load a vector for every two
//! products; ours of 4 by 8 load one for every three, and fit the sixteen registers of x86 without a spill.
//! `docs/performance.md` has the figures.
//!
//! `www/products` compiles this file for itself, with and without fused multiplication and addition, into modules that work on
//! any memory: it needs `core` alone, no static and no stack.

use vector::{Vector, load, multiply_add, plus, splat, spread, store, transposed};

/// Rows of a tile.
const ROWS: usize = 4;
/// Columns of a tile: two vectors.
const COLUMNS: usize = 8;
/// Terms of an entry that are added in registers before they are added to the output: a panel of `ROWS` rows then takes 6
/// KiB, which stays in the first cache.
const DEPTH: usize = 384;
/// Columns of the right factor that are packed at a time: with `DEPTH` rows, 768 KiB, which stay in the second cache.
const WIDTH: usize = 512;

/// Floats of scratch memory that a product needs.
pub const SCRATCH: usize = (ROWS + WIDTH) * DEPTH + ROWS * COLUMNS;

/// A factor of a product.
#[derive(Clone, Copy)]
pub struct Factor {
    pub first: *const f32,
    /// How far apart two rows are.
    pub down: usize,
    /// How far apart two columns are.
    pub across: usize,
}

impl Factor {
    /// The factor from an entry on.
    #[inline(always)]
    unsafe fn from(self, row: usize, column: usize) -> Self {
        // SAFETY: the caller keeps the entry within the factor.
        Factor { first: unsafe { self.first.add(row * self.down + column * self.across) }, ..self }
    }

    #[inline(always)]
    fn flipped(self) -> Self {
        Factor { down: self.across, across: self.down, ..self }
    }
}

/// Writes `factor * left * right` to `output`, or adds it if `add`. The product has `rows` rows and `columns` columns, and
/// each entry `depth` terms.
///
/// Every entry is the sum of its terms in the same order wherever it lies, so that how a product is divided changes no bit.
///
/// # Safety
/// `output` points to `rows` rows of `columns` entries, `stride` apart, which nothing else uses. If `add`, they are
/// initialised. The factors have that many rows and columns. `scratch` has room for [`SCRATCH`] floats, which nothing else
/// uses.
#[allow(clippy::too_many_arguments)]
pub unsafe fn multiply(
    output: *mut f32,
    stride: usize,
    add: bool,
    factor: f32,
    [rows, depth, columns]: [usize; 3],
    left: Factor,
    right: Factor,
    scratch: *mut f32,
) {
    // SAFETY: every entry is within the product, and the scratch memory has room for a tile and both panels.
    unsafe {
        let (edge, packed_left) = (scratch, scratch.add(ROWS * COLUMNS));
        let packed_right = packed_left.add(ROWS * DEPTH);
        if depth == 0 && !add {
            for row in 0..rows {
                (0..columns).for_each(|column| output.add(row * stride + column).write(0.0));
            }
        }
        let mut first = 0;
        while first < depth {
            let terms = least(DEPTH, depth - first);
            let add = add || first > 0;
            let mut across = 0;
            while across < columns {
                let width = least(WIDTH, columns - across);
                let mut at = 0;
                while at < width {
                    let size = [least(COLUMNS, width - at), terms];
                    pack::<COLUMNS>(
                        packed_right.add(at * terms),
                        right.from(first, across + at).flipped(),
                        size,
                        1.0,
                    );
                    at += COLUMNS;
                }
                let mut down = 0;
                while down < rows {
                    let height = least(ROWS, rows - down);
                    pack::<ROWS>(packed_left, left.from(down, first), [height, terms], factor);
                    let mut at = 0;
                    while at < width {
                        let place = output.add(down * stride + across + at);
                        let panel = packed_right.add(at * terms);
                        let size = [height, least(COLUMNS, width - at)];
                        if size == [ROWS, COLUMNS] {
                            tile(place, stride, add, packed_left, panel, terms);
                        } else {
                            tile(edge, COLUMNS, false, packed_left, panel, terms);
                            copy(place, stride, add, edge, size);
                        }
                        at += COLUMNS;
                    }
                    down += ROWS;
                }
                across += WIDTH;
            }
            first += DEPTH;
        }
    }
}

#[inline(always)]
fn least(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

/// Copies `height` rows of `terms` entries, times `factor`, into a panel of `HEIGHT` rows, in which the entries of a column
/// lie side by side. The rows that lack are zeros.
#[inline(always)]
unsafe fn pack<const HEIGHT: usize>(panel: *mut f32, from: Factor, [height, terms]: [usize; 2], factor: f32) {
    let factors = splat(factor);
    // SAFETY: as the caller says.
    unsafe {
        let mut term = 0;
        if height == HEIGHT && from.down == 1 {
            while term < terms {
                let mut row = 0;
                while row < HEIGHT {
                    let entries = load(from.first.add(term * from.across + row));
                    store(panel.add(term * HEIGHT + row), vector::multiply(factors, entries));
                    row += 4;
                }
                term += 1;
            }
        } else if height == HEIGHT && from.across == 1 {
            while term + 4 <= terms {
                let mut row = 0;
                while row < HEIGHT {
                    let [a, b, c, d] = [row, row + 1, row + 2, row + 3]
                        .map(|row| vector::multiply(factors, load(from.first.add(row * from.down + term))));
                    let [a, b, c, d] = transposed([a, b, c, d]);
                    let place = panel.add(term * HEIGHT + row);
                    store(place, a);
                    store(place.add(HEIGHT), b);
                    store(place.add(2 * HEIGHT), c);
                    store(place.add(3 * HEIGHT), d);
                    row += 4;
                }
                term += 4;
            }
        }
        while term < terms {
            let mut row = 0;
            while row < HEIGHT {
                let entry =
                    if row < height { *from.first.add(row * from.down + term * from.across) } else { 0.0 };
                panel.add(term * HEIGHT + row).write(factor * entry);
                row += 1;
            }
            term += 1;
        }
    }
}

/// Writes the product of two panels to a tile of the output, or adds it.
#[inline(always)]
unsafe fn tile(
    output: *mut f32,
    stride: usize,
    add: bool,
    mut left: *const f32,
    mut right: *const f32,
    terms: usize,
) {
    let zero = splat(0.0);
    let [mut a0, mut a1, mut b0, mut b1, mut c0, mut c1, mut d0, mut d1] = [zero; 2 * ROWS];
    // SAFETY: the caller keeps the tile within the output, and the panels have `terms` columns and rows.
    unsafe {
        let end = right.wrapping_add(COLUMNS * terms);
        // written out: the compiler keeps arrays of sums in memory where it optimises for size. Unrolled, it was slower in V8
        while right != end {
            let [right0, right1] = [load(right), load(right.add(4))];
            let [a, b, c, d] = [spread(left), spread(left.add(1)), spread(left.add(2)), spread(left.add(3))];
            (a0, a1) = (multiply_add(a, right0, a0), multiply_add(a, right1, a1));
            (b0, b1) = (multiply_add(b, right0, b0), multiply_add(b, right1, b1));
            (c0, c1) = (multiply_add(c, right0, c0), multiply_add(c, right1, c1));
            (d0, d1) = (multiply_add(d, right0, d0), multiply_add(d, right1, d1));
            left = left.add(ROWS);
            right = right.add(COLUMNS);
        }
        finish(output, add, a0, a1);
        finish(output.add(stride), add, b0, b1);
        finish(output.add(2 * stride), add, c0, c1);
        finish(output.add(3 * stride), add, d0, d1);
    }
}

/// Writes a row of a tile, or adds it.
#[inline(always)]
unsafe fn finish(output: *mut f32, add: bool, left: Vector, right: Vector) {
    // SAFETY: the caller keeps the row within the output.
    unsafe {
        let (left, right) = match add {
            true => (plus(load(output), left), plus(load(output.add(4)), right)),
            false => (left, right),
        };
        store(output, left);
        store(output.add(4), right);
    }
}

/// Writes the first rows and columns of a tile to the output, or adds them.
#[inline(always)]
unsafe fn copy(output: *mut f32, stride: usize, add: bool, tile: *const f32, [rows, columns]: [usize; 2]) {
    // SAFETY: the caller keeps them within the output.
    unsafe {
        for row in 0..rows {
            for column in 0..columns {
                let place = output.add(row * stride + column);
                let entry = *tile.add(row * COLUMNS + column);
                place.write(if add { place.read() + entry } else { entry });
            }
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod vector {
    use core::arch::wasm32::{
        f32x4_add, f32x4_mul, f32x4_splat, i32x4_shuffle, v128, v128_load, v128_load32_splat, v128_store,
    };

    pub type Vector = v128;

    #[inline(always)]
    pub fn splat(value: f32) -> Vector {
        f32x4_splat(value)
    }

    /// A vector of copies of one float.
    #[inline(always)]
    pub unsafe fn spread(from: *const f32) -> Vector {
        // SAFETY: as the caller says.
        unsafe { v128_load32_splat(from.cast()) }
    }

    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Vector {
        // SAFETY: the caller has four floats there; a vector needs no alignment.
        unsafe { v128_load(from.cast()) }
    }

    #[inline(always)]
    pub unsafe fn store(to: *mut f32, vector: Vector) {
        // SAFETY: as in `load`.
        unsafe { v128_store(to.cast(), vector) }
    }

    #[inline(always)]
    pub fn plus(a: Vector, b: Vector) -> Vector {
        f32x4_add(a, b)
    }

    #[inline(always)]
    pub fn multiply(a: Vector, b: Vector) -> Vector {
        f32x4_mul(a, b)
    }

    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    pub fn multiply_add(a: Vector, b: Vector, sum: Vector) -> Vector {
        f32x4_add(sum, f32x4_mul(a, b))
    }

    /// Rounds once where the processor can.
    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    pub fn multiply_add(a: Vector, b: Vector, sum: Vector) -> Vector {
        core::arch::wasm32::f32x4_relaxed_madd(a, b, sum)
    }

    #[inline(always)]
    pub fn transposed([a, b, c, d]: [Vector; 4]) -> [Vector; 4] {
        let [ab, cd] = [i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d)];
        let [ab_high, cd_high] = [i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d)];
        [
            i32x4_shuffle::<0, 1, 4, 5>(ab, cd),
            i32x4_shuffle::<2, 3, 6, 7>(ab, cd),
            i32x4_shuffle::<0, 1, 4, 5>(ab_high, cd_high),
            i32x4_shuffle::<2, 3, 6, 7>(ab_high, cd_high),
        ]
    }
}

/// The same without vectors, so that tests need no browser.
#[cfg(not(target_arch = "wasm32"))]
mod vector {
    pub type Vector = [f32; 4];

    pub fn splat(value: f32) -> Vector {
        [value; 4]
    }

    pub unsafe fn spread(from: *const f32) -> Vector {
        // SAFETY: as the caller says.
        [unsafe { *from }; 4]
    }

    pub unsafe fn load(from: *const f32) -> Vector {
        // SAFETY: as the caller says.
        unsafe { from.cast::<Vector>().read_unaligned() }
    }

    pub unsafe fn store(to: *mut f32, vector: Vector) {
        // SAFETY: as the caller says.
        unsafe { to.cast::<Vector>().write_unaligned(vector) }
    }

    pub fn plus(a: Vector, b: Vector) -> Vector {
        core::array::from_fn(|i| a[i] + b[i])
    }

    pub fn multiply(a: Vector, b: Vector) -> Vector {
        core::array::from_fn(|i| a[i] * b[i])
    }

    pub fn multiply_add(a: Vector, b: Vector, sum: Vector) -> Vector {
        plus(sum, multiply(a, b))
    }

    pub fn transposed(rows: [Vector; 4]) -> [Vector; 4] {
        core::array::from_fn(|column| rows.map(|row| row[column]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::matrix::Matrix;
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
        let mut scratch = vec![f32::NAN; SCRATCH];
        let [first, second] = [left, right].map(|matrix| {
            let [down, across] = matrix.strides();
            Factor { first: matrix.values_from(0).as_ptr(), down, across }
        });
        let size = [rows, depth, columns];
        let (place, room) = (output.as_mut_ptr(), scratch.as_mut_ptr());
        // SAFETY: the output has the size of the product, and the factors are those of the views.
        unsafe { multiply(place, columns, before.is_some(), factor, size, first, second, room) };
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
