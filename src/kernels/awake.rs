//! The CPU's threads between the loops of a step.

use std::cell::Cell;
use std::time::{Duration, Instant};

use burn::backend::DispatchDevice;
use burn::tensor::Device;

/// How long a thread looks for work before it may sleep: far longer than what a step does in one thread at a time. An
/// end is needed because a thread may come to look for work while it waits for a part of a loop that another took, and
/// must then return to it.
const PATIENCE: Duration = Duration::from_millis(1);

thread_local! {
    static WATCHING: Cell<bool> = const { Cell::new(false) };
}

/// From now on the threads that compute on the CPU do not sleep between one loop and the next, until there was none for
/// a millisecond. A step has hundreds of loops, many of some microseconds, which is what waking a thread takes. Does
/// nothing for a GPU.
pub fn stay_awake(device: &Device) {
    if !matches!(device.as_dispatch(), DispatchDevice::Flex(_)) || rayon::current_num_threads() == 1 {
        return;
    }
    let caller = rayon::current_thread_index();
    rayon::spawn_broadcast(move |context| {
        // the caller has the step to do; it comes by here while it waits for another thread
        if Some(context.index()) != caller && !WATCHING.replace(true) {
            watch();
            WATCHING.set(false);
        }
    });
}

/// Does what there is to do.
fn watch() {
    /// Looks, some microseconds together, after which another process may have the core.
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

    /// Many threads in two runs at once: a thread that waits for a part of a loop is often told to stay awake just then.
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
        // a thread that still watched would not come to this
        assert_eq!(pool.broadcast(|context| context.index()), (0..16).collect::<Vec<_>>());
    }
}
