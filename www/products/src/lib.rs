//! The matrix products of subtune's engine as a module of their own. It imports its memory and keeps nothing in it, neither
//! data nor a stack, so that it can work on the engine's memory, and several threads on one that they share.
#![no_std]

#[path = "../../../src/kernels/cpu/tiles.rs"]
mod tiles;

use tiles::Factor;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// As [`tiles::multiply`].
///
/// # Safety
/// As [`tiles::multiply`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn multiply(
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
) {
    let left = Factor { first: left, down: left_down, across: left_across };
    let right = Factor { first: right, down: right_down, across: right_across };
    // SAFETY: as the caller says.
    unsafe { tiles::multiply(output, stride, add, factor, [rows, depth, columns], left, right, scratch) }
}

/// Bytes of scratch memory that a product needs.
#[unsafe(no_mangle)]
pub extern "C" fn scratch() -> usize {
    size_of::<f32>() * tiles::SCRATCH
}
