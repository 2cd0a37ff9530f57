//! The CPU's threads between the loops of a step.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::backend::DispatchDevice;
use burn::tensor::Device;

/// While it lives, the threads that compute on the CPU do not sleep between one loop and the next. A step has hundreds
/// of loops, many of some microseconds, which is what waking a thread takes. Does nothing on a GPU.
pub struct Awake(Option<Arc<AtomicBool>>);

impl Awake {
    pub fn on(device: &Device) -> Self {
        if !matches!(device.as_dispatch(), DispatchDevice::Flex(_)) || rayon::current_num_threads() == 1 {
            return Awake(None);
        }
        let over = Arc::new(AtomicBool::new(false));
        let (seen, caller) = (over.clone(), rayon::current_thread_index());
        rayon::spawn_broadcast(move |context| {
            // the one that works comes by here while it waits for another
            if Some(context.index()) != caller {
                watch(&seen);
            }
        });
        Awake(Some(over))
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        if let Some(over) = &self.0 {
            over.store(true, Ordering::Relaxed);
        }
    }
}

/// Does what there is to do until it is `over`.
fn watch(over: &AtomicBool) {
    /// Looks without finding work, some microseconds together, after which another process may have the core.
    const PATIENCE: usize = 64;
    let mut idle = 0;
    while !over.load(Ordering::Relaxed) {
        if rayon::yield_now() == Some(rayon::Yield::Executed) {
            idle = 0;
            continue;
        }
        idle += 1;
        if idle % PATIENCE == 0 {
            std::thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn work_is_done_while_threads_are_awake_and_they_sleep_after() {
        let device = Device::flex();
        for _ in 0..50 {
            let _outer = Awake::on(&device);
            let _inner = Awake::on(&device);
            let sum: u64 = (0..10_000u64).into_par_iter().sum();
            assert_eq!(sum, 49_995_000);
        }
        // a thread that still watched would not come to this
        let threads: Vec<usize> = rayon::broadcast(|context| context.index());
        assert_eq!(threads.len(), rayon::current_num_threads());
    }
}
