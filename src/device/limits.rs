//! The limits of a device's memory.

use burn::backend::DispatchDevice;
use burn::tensor::Device;

/// The size of the largest tensor on the device, in bytes: a GPU binds no more at a time.
pub fn largest_tensor_bytes(device: &Device) -> u64 {
    match device.as_dispatch() {
        DispatchDevice::Cube(device) => device.client().properties().memory.max_page_size,
        _ => u64::MAX,
    }
}

/// The number of bytes that a run on the device can still allocate. It is known on the CPU only, on Linux and in
/// WebAssembly. WebGPU does not tell, and other systems swap to disk.
pub fn free_bytes(device: &Device) -> Option<u64> {
    match device.as_dispatch() {
        DispatchDevice::Cube(_) => None,
        _ => free_memory(),
    }
}

/// The free memory of the machine, at most the limit of a container's control group.
#[cfg(not(target_arch = "wasm32"))]
fn free_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/meminfo").ok()?;
    // `/proc/meminfo` shows the whole machine even in a container
    let confined = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let confined = confined.and_then(|limit| limit.trim().parse().ok());
    Some(available(&status)?.min(confined.unwrap_or(u64::MAX)))
}

/// The available memory according to `/proc/meminfo`, in bytes. Linux counts caches that it can drop as available.
#[cfg(not(target_arch = "wasm32"))]
fn available(status: &str) -> Option<u64> {
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    kilobytes.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The rest of the 4 GiB that a module can address.
#[cfg(target_arch = "wasm32")]
fn free_memory() -> Option<u64> {
    // the unit of `memory_size`, fixed by the WebAssembly specification
    const PAGE: u64 = 1 << 16;
    Some((1 << 32) - core::arch::wasm32::memory_size(0) as u64 * PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_read_from_linux() {
        let status = "MemTotal:       24567890 kB\nMemFree:          100 kB\nMemAvailable:   23456789 kB\n";
        assert_eq!(available(status), Some(23_456_789 * 1024));
        for other in ["", "MemAvailable: much", "MemAvailable: 18446744073709551615 kB"] {
            assert_eq!(available(other), None);
        }
    }
}
