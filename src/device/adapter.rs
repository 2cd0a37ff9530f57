//! The adapters that wgpu sees.

use serde::Serialize;

/// One adapter in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AdapterSummary {
    pub name: String,
    /// Vulkan, Metal, Dx12, BrowserWebGpu, ...
    pub backend: String,
    pub driver: String,
    /// Emulated on the CPU (llvmpipe, SwiftShader, WARP): right, but slower than the CPU itself.
    pub software: bool,
    /// Largest buffer that one binding may see, in bytes.
    pub max_binding_bytes: u64,
    /// Storage buffers that one kernel may bind.
    pub max_storage_buffers: u32,
    /// A feature that burn cannot do without and the adapter lacks.
    pub lacks: Option<String>,
}

impl AdapterSummary {
    pub fn new(adapter: &wgpu::Adapter) -> Self {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        let emulated = ["llvmpipe", "lavapipe", "swiftshader", "warp", "basic render"];
        let name = info.name.to_lowercase();
        AdapterSummary {
            software: info.device_type == wgpu::DeviceType::Cpu
                || emulated.iter().any(|known| name.contains(known)),
            // browsers often keep it to themselves
            name: if info.name.is_empty() { "a WebGPU adapter without a name".into() } else { info.name },
            backend: format!("{:?}", info.backend),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            max_binding_bytes: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
            max_storage_buffers: limits.max_storage_buffers_per_shader_stage,
            // cubecl measures its kernels, and in a browser panics where it cannot
            lacks: (cfg!(target_arch = "wasm32")
                && !adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY))
            .then(|| "timestamp-query".into()),
        }
    }
}

/// wgpu's entry to the compute-capable APIs.
pub(super) fn instance() -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::PRIMARY;
    wgpu::Instance::new(descriptor)
}

/// What there is, real GPUs first.
pub async fn summaries() -> Vec<AdapterSummary> {
    adapters(&instance()).await.iter().map(AdapterSummary::new).collect()
}

/// All adapters of the compute-capable APIs, real GPUs first.
pub(super) async fn adapters(instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
    let mut adapters = instance.enumerate_adapters(wgpu::Backends::PRIMARY).await;
    adapters.sort_by_key(|adapter| {
        let rank = match adapter.get_info().device_type {
            wgpu::DeviceType::DiscreteGpu => 0,
            wgpu::DeviceType::IntegratedGpu => 1,
            wgpu::DeviceType::VirtualGpu => 2,
            wgpu::DeviceType::Other => 3,
            wgpu::DeviceType::Cpu => 4,
        };
        (AdapterSummary::new(adapter).software, rank)
    });
    adapters
}
