//! The adapters that wgpu sees.

use serde::Serialize;

/// One adapter in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AdapterSummary {
    /// As its driver reports it.
    pub name: String,
    /// Vulkan, Metal, Dx12, BrowserWebGpu, ...
    pub backend: String,
    /// The driver's name and version.
    pub driver: String,
    /// Emulated on the CPU (llvmpipe, SwiftShader, WARP): correct, but slower than the CPU itself.
    pub software: bool,
    /// The largest buffer that one binding may see, in bytes.
    pub max_binding_bytes: u64,
    /// The number of storage buffers that one kernel may bind.
    pub max_storage_buffers: u32,
    /// A feature that burn needs and the adapter lacks.
    pub lacks: Option<String>,
}

impl AdapterSummary {
    fn new(adapter: &wgpu::Adapter, name: String) -> Self {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        // the name too, because a driver may report an emulated GPU as a real one
        let emulated = ["llvmpipe", "lavapipe", "swiftshader", "warp", "basic render"];
        let lower = name.to_lowercase();
        AdapterSummary {
            software: info.device_type == wgpu::DeviceType::Cpu
                || emulated.iter().any(|known| lower.contains(known)),
            name,
            backend: format!("{:?}", info.backend),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            max_binding_bytes: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
            max_storage_buffers: limits.max_storage_buffers_per_shader_stage,
            // cubecl measures its kernels, and panics in a browser that offers no timestamps
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

/// Summaries of all adapters, real GPUs first.
pub async fn summaries() -> Vec<AdapterSummary> {
    adapters(&instance()).await.into_iter().map(|(_, summary)| summary).collect()
}

/// All adapters of the compute-capable APIs, real GPUs first.
pub(super) async fn adapters(instance: &wgpu::Instance) -> Vec<(wgpu::Adapter, AdapterSummary)> {
    let mut adapters = Vec::new();
    for adapter in instance.enumerate_adapters(wgpu::Backends::PRIMARY).await {
        let summary = AdapterSummary::new(&adapter, name(&adapter).await);
        adapters.push((adapter, summary));
    }
    // drivers list adapters in any order, and a software adapter may call itself a discrete GPU
    adapters.sort_by_key(|(adapter, summary)| {
        let rank = match adapter.get_info().device_type {
            wgpu::DeviceType::DiscreteGpu => 0,
            wgpu::DeviceType::IntegratedGpu => 1,
            wgpu::DeviceType::VirtualGpu => 2,
            wgpu::DeviceType::Other => 3,
            wgpu::DeviceType::Cpu => 4,
        };
        (summary.software, rank)
    });
    adapters
}

async fn name(adapter: &wgpu::Adapter) -> String {
    let name = adapter.get_info().name;
    // wgpu passes on only the description, which browsers leave empty
    #[cfg(target_arch = "wasm32")]
    if name.is_empty() {
        return super::browser::adapter_name().await;
    }
    name
}
