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
