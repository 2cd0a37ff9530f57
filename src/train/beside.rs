//! Batches that are computed beside each other. A batch is hundreds of short loops, and threads that share one wait for each
//! other after each; threads that have a batch of their own wait for nobody, whatever else the machine does.

#[cfg(not(target_arch = "wasm32"))]
use std::sync::{
    Mutex, OnceLock, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

#[cfg(not(target_arch = "wasm32"))]
use burn::backend::DispatchDevice;
use burn::tensor::Device;
#[cfg(not(target_arch = "wasm32"))]
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Result;
use crate::kernels::stay_awake;

/// The most batches at a time, which bounds their memory.
#[cfg(not(target_arch = "wasm32"))]
const MOST: usize = 4;

/// Does `work` for each number below `count`, and returns its results in their order. On the CPU several run at a time, on
/// threads of their own; how many changes no bit, because no sum is divided between them.
///
/// # Errors
/// The first error of `work`. What has not begun by then is left out.
pub(super) async fn beside<T: Send>(
    count: usize,
    device: &Device,
    work: impl AsyncFn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    #[cfg(not(target_arch = "wasm32"))]
    if count > 1 && matches!(device.as_dispatch(), DispatchDevice::Flex(_)) && !groups().is_empty() {
        return in_groups(count, &|at| pollster::block_on(work(at)));
    }
    stay_awake(device);
    let mut results = Vec::with_capacity(count);
    for at in 0..count {
        results.push(work(at).await?);
    }
    Ok(results)
}

/// The threads for batches, in groups of the same size; none if there is a single thread.
#[cfg(not(target_arch = "wasm32"))]
fn groups() -> &'static [ThreadPool] {
    static GROUPS: OnceLock<Vec<ThreadPool>> = OnceLock::new();
    GROUPS.get_or_init(|| {
        let threads = rayon::current_num_threads();
        let groups = threads.min(MOST);
        let group = |_| ThreadPoolBuilder::new().num_threads(threads / groups).build();
        // without room for more threads, those that there are share each batch
        if groups < 2 {
            Vec::new()
        } else {
            (0..groups).map(group).collect::<std::result::Result<_, _>>().unwrap_or_default()
        }
    })
}

#[cfg(not(target_arch = "wasm32"))]
fn in_groups<T: Send>(count: usize, work: &(dyn Fn(usize) -> Result<T> + Sync)) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Result<T>>>> = Mutex::new((0..count).map(|_| None).collect());
    let take = || {
        loop {
            // relaxed, because the mutex orders what the threads write
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return;
            }
            let result = work(at);
            if result.is_err() {
                next.fetch_max(count, Ordering::Relaxed);
            }
            results.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for group in &groups()[..groups().len().min(count)] {
            scope.spawn(|| group.install(take));
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    // what is missing comes after an error
    results.into_iter().flatten().collect()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn results_come_in_order_and_the_first_error_wins() {
        let device = Device::flex();
        let squares = pollster::block_on(beside(100, &device, async |at| Ok(at * at))).unwrap();
        assert_eq!(squares, (0..100).map(|at| at * at).collect::<Vec<_>>());
        let failing = async |at: usize| if at >= 40 { Err(Error::Usage(format!("{at}"))) } else { Ok(at) };
        let error = pollster::block_on(beside(100, &device, failing)).unwrap_err();
        assert_eq!(error.to_string(), "40");
        assert!(pollster::block_on(beside(0, &device, async |at| Ok(at))).unwrap().is_empty());
    }
}
