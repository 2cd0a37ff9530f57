//! What multiplies matrices in WebAssembly: the tiles of this module, or the same ones of another module that the page gives
//! to this one, because it has several threads or instructions that not every browser has.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;

use super::matrix::Matrix;
use super::tiles::{self, Factor, SCRATCH};

#[wasm_bindgen]
extern "C" {
    /// `Multiplier` in www/src/engine/products/multiplier.ts.
    #[derive(Clone)]
    pub type Multiplier;

    /// Starts its other threads, and waits until they have started.
    #[wasm_bindgen(method)]
    async fn gather(this: &Multiplier);

    /// As [`tiles::multiply`], in this module's memory.
    #[wasm_bindgen(method)]
    fn multiply(
        this: &Multiplier,
        output: *mut f32,
        stride: usize,
        add: bool,
        factor: f32,
        rows: usize,
        depth: usize,
        columns: usize,
        left: *const f32,
        left_down: usize,
        left_across: usize,
        right: *const f32,
        right_down: usize,
        right_across: usize,
        scratch: *mut f32,
    );
}

thread_local! {
    static MULTIPLIER: RefCell<Option<Multiplier>> = const { RefCell::new(None) };
    /// It stays, because to clear fresh memory takes as long as to fill it.
    static ROOM: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Lets `multiplier` compute all products but the smallest from now on.
pub fn multiply_with(multiplier: Multiplier) {
    MULTIPLIER.set(Some(multiplier));
}

/// Waits until all threads that multiply have started. They cannot start during a step, which leaves the browser no time.
pub async fn gather() {
    if let Some(multiplier) = MULTIPLIER.with_borrow(Clone::clone) {
        multiplier.gather().await;
    }
}

/// Writes `factor * left * right` to `output`, or adds it if `add`.
///
/// # Safety
/// As [`tiles::multiply`]. The views lie within their slices.
pub(super) unsafe fn multiply(
    output: *mut f32,
    stride: usize,
    add: bool,
    factor: f32,
    left: Matrix<'_>,
    right: Matrix<'_>,
) {
    /// Multiplications that take as long as a call to another module.
    const CALL: usize = 4096;
    let [[rows, depth], [_, columns]] = [left.shape(), right.shape()];
    let [left, right] = [left, right].map(|matrix| {
        let [down, across] = matrix.strides();
        Factor { first: matrix.values_from(0).as_ptr(), down, across }
    });
    ROOM.with_borrow_mut(|room| {
        room.resize(SCRATCH, 0.0);
        let room = room.as_mut_ptr();
        MULTIPLIER.with_borrow(|multiplier| match multiplier {
            Some(multiplier) if rows * depth * columns > CALL => multiplier.multiply(
                output,
                stride,
                add,
                factor,
                rows,
                depth,
                columns,
                left.first,
                left.down,
                left.across,
                right.first,
                right.down,
                right.across,
                room,
            ),
            // SAFETY: as the caller says.
            _ => unsafe {
                tiles::multiply(output, stride, add, factor, [rows, depth, columns], left, right, room);
            },
        });
    });
}
