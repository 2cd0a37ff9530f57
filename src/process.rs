//! What a process that trains on the CPU sets up once.

use std::ffi::{c_int, c_long};

// so that its functions are linked
use mimalloc as _;

unsafe extern "C" {
    fn mi_option_set(option: c_int, value: c_long);
}

/// `mi_option_purge_delay` of mimalloc.h: milliseconds after which memory that was freed is given back.
const PURGE_DELAY: c_int = 15;
const NEVER: c_long = -1;

/// To be called first in `main`, of a program whose allocator is mimalloc.
///
/// A step frees as much memory as the next one takes; the allocator keeps it, because what is given back to the
/// system is cleared before it comes again. And the thread that trains becomes one of those that compute: it would
/// otherwise wait for them, and be woken, hundreds of times a step.
pub fn prepare() {
    bound_environment();
    // SAFETY: the option exists in all versions of mimalloc that the crate wraps, and may be set at any time.
    unsafe { mi_option_set(PURGE_DELAY, NEVER) };
    let mut threads = rayon::ThreadPoolBuilder::new().use_current_thread();
    let most = THREADS_PER_PROCESSOR * std::thread::available_parallelism().map_or(1, usize::from);
    if asked_for("RAYON_NUM_THREADS").is_some_and(|asked| asked > most) {
        threads = threads.num_threads(most);
    }
    // refused where the threads exist already; then they stay as they are
    let _ = threads.build_global();
}

/// More threads than this only wait for each other: a thousand on two processors make a second's work a minute's.
const THREADS_PER_PROCESSOR: usize = 4;
/// Bytes of a thread's stack, far more than any needs; what is more than there is of memory would be a panic.
const MOST_STACK: usize = 1 << 30;

/// Takes back what the environment asks of Rust's threads where no machine could give it.
fn bound_environment() {
    if asked_for("RUST_MIN_STACK").is_some_and(|asked| asked > MOST_STACK) {
        // SAFETY: this comes first in `main`, so no other thread exists yet.
        unsafe { std::env::remove_var("RUST_MIN_STACK") };
    }
}

fn asked_for(variable: &str) -> Option<usize> {
    std::env::var(variable).ok()?.trim().parse().ok()
}
