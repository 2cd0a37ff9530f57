//! What a device can hold.

use burn::backend::DispatchDevice;
use burn::tensor::Device;

/// The most bytes that a tensor may have on the device: a GPU binds no more at a time.
pub fn largest_tensor_bytes(device: &Device) -> u64 {
    match device.as_dispatch() {
        DispatchDevice::Cube(device) => device.client().properties().memory.max_page_size,
        _ => u64::MAX,
    }
}

/// How many bytes a run on the device may still take, where that is known: on the CPU, of Linux and in WebAssembly. No
/// GPU tells, and other systems move what they have no room for to the disk.
pub fn free_bytes(device: &Device) -> Option<u64> {
    match device.as_dispatch() {
        DispatchDevice::Cube(_) => None,
        _ => free_memory(),
    }
}

/// Of the machine, and no more than the control group of a container may have.
#[cfg(not(target_arch = "wasm32"))]
fn free_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/meminfo").ok()?;
    let confined = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let confined = confined.and_then(|limit| limit.trim().parse().ok());
    Some(available(&status)?.min(confined.unwrap_or(u64::MAX)))
}

/// In bytes, as `/proc/meminfo` says.
#[cfg(not(target_arch = "wasm32"))]
fn available(status: &str) -> Option<u64> {
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    kilobytes.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

/// Of what a module can address.
#[cfg(target_arch = "wasm32")]
fn free_memory() -> Option<u64> {
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
