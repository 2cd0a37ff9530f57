//! The setup of a process that trains on the CPU.

use std::ffi::{c_int, c_long};

// linked for its functions, which have no Rust declaration
use mimalloc as _;

unsafe extern "C" {
    fn mi_option_set(option: c_int, value: c_long);
}

/// `mi_option_purge_delay` in mimalloc.h: the milliseconds after which freed memory returns to the system.
const PURGE_DELAY: c_int = 15;
const NEVER: c_long = -1;

/// Sets up the process. A program whose allocator is mimalloc calls this first in `main`.
///
/// A step frees as much memory as the next one takes. The allocator keeps it, because the system clears each page
/// before it hands it out again. The training thread becomes one of the computing threads; otherwise it would wait for
/// them, and be woken, hundreds of times a step.
pub fn prepare() {
    bound_environment();
    // SAFETY: the option exists in all versions of mimalloc that the crate wraps, and may be set at any time.
    unsafe { mi_option_set(PURGE_DELAY, NEVER) };
    let mut threads = rayon::ThreadPoolBuilder::new().use_current_thread();
    let most = THREADS_PER_PROCESSOR * std::thread::available_parallelism().map_or(1, usize::from);
    if asked_for("RAYON_NUM_THREADS").is_some_and(|asked| asked > most) {
        threads = threads.num_threads(most);
    }
    // rayon refuses if its threads exist already; then they stay as they are
    let _ = threads.build_global();
}

/// The largest useful number of threads. More of them only wait for each other: with a thousand on two processors, a
/// second's work takes a minute.
const THREADS_PER_PROCESSOR: usize = 4;
/// The largest stack of a thread, far more than any needs. A stack larger than the memory would cause a panic.
const MOST_STACK: usize = 1 << 30;

/// Removes the environment's setting for Rust's stacks if no machine can satisfy it.
fn bound_environment() {
    if asked_for("RUST_MIN_STACK").is_some_and(|asked| asked > MOST_STACK) {
        // SAFETY: this comes first in `main`, so no other thread exists yet.
        unsafe { std::env::remove_var("RUST_MIN_STACK") };
    }
}

fn asked_for(variable: &str) -> Option<usize> {
    std::env::var(variable).ok()?.trim().parse().ok()
}
