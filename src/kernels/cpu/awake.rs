//! Keeps the CPU's threads awake between the loops of a step. rayon's threads go to sleep within microseconds, and
//! waking one for each of hundreds of loops took a sixth of a small step.

use std::cell::Cell;
use std::time::{Duration, Instant};

use burn::backend::DispatchDevice;
use burn::tensor::Device;

/// How long a thread looks for work before it may sleep: far longer than any part of a step that runs on one thread. It
/// must stop at some point, because a thread may get here while it waits for another thread's part of a loop, and must
/// return to that loop.
const PATIENCE: Duration = Duration::from_millis(1);

thread_local! {
    static WATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the threads that compute on the CPU awake until they have had no work for a millisecond. A step has hundreds of
/// loops, many of which take a few microseconds, and waking a thread takes as long. Does nothing for a GPU.
pub fn stay_awake(device: &Device) {
    // a single thread must do the step itself
    if !matches!(device.as_dispatch(), DispatchDevice::Flex(_)) || rayon::current_num_threads() == 1 {
        return;
    }
    let caller = rayon::current_thread_index();
    rayon::spawn_broadcast(move |context| {
        // the caller must do the step; it can get here only while it waits for another thread
        if Some(context.index()) != caller && !WATCHING.replace(true) {
            watch();
            WATCHING.set(false);
        }
    });
}

/// Does any work that turns up.
fn watch() {
    /// Looks, of a few microseconds together, after which the thread offers the core to other processes.
    const LOOKS: usize = 64;
    let mut worked = Instant::now();
    while worked.elapsed() < PATIENCE {
        for _ in 0..LOOKS {
            if rayon::yield_now() == Some(rayon::Yield::Executed) {
                worked = Instant::now();
            }
            std::hint::spin_loop();
        }
        std::thread::yield_now();
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    /// Two runs on many threads: the order to stay awake often reaches a thread while it waits for a part of a loop.
    #[test]
    fn no_thread_that_is_waited_for_stays_away() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(16).build().unwrap();
        let run = || {
            for _ in 0..300 {
                stay_awake(&Device::flex());
                for _ in 0..5 {
                    let sum: u32 = (0..1000u32).into_par_iter().with_max_len(10).sum();
                    assert_eq!(sum, 499_500);
                }
            }
        };
        pool.install(|| rayon::join(run, run));
        // a thread that still looked for work would not get here
        assert_eq!(pool.broadcast(|context| context.index()), (0..16).collect::<Vec<_>>());
    }
}
