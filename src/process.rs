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
    // SAFETY: the option exists in all versions of mimalloc that the crate wraps, and may be set at any time.
    unsafe { mi_option_set(PURGE_DELAY, NEVER) };
    // refused where the threads exist already; then they stay as they are
    let _ = rayon::ThreadPoolBuilder::new().use_current_thread().build_global();
}
