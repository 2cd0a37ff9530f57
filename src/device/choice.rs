//! Chooses the device for `--device auto|cpu|gpu|NAME`, and gives the reason for the choice.

use std::str::FromStr;
use std::time::Duration;

use burn::tensor::Device;
use burn::tensor::wgpu::WgpuSetup;

use super::adapter::{AdapterSummary, adapters, instance};
#[cfg(target_arch = "wasm32")]
use super::browser::pause;
use super::health::Health;
use crate::error::{Error, Result};

/// The user's choice of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A real GPU if there is one, otherwise the CPU.
    #[default]
    Auto,
    /// No GPU, even if there is one.
    Cpu,
    /// The first adapter, even a software one.
    Gpu,
    /// The first adapter whose name contains this text, in upper or lower case.
    Named(String),
}

impl FromStr for DeviceChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        Ok(match text.to_lowercase().as_str() {
            "auto" => DeviceChoice::Auto,
            "cpu" => DeviceChoice::Cpu,
            "gpu" => DeviceChoice::Gpu,
            name => DeviceChoice::Named(name.to_owned()),
        })
    }
}

impl std::fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            DeviceChoice::Auto => "auto",
            DeviceChoice::Cpu => "cpu",
            DeviceChoice::Gpu => "gpu",
            DeviceChoice::Named(name) => name,
        })
    }
}

/// How long to wait for a failed device to report the reason.
const SETTLED: Duration = Duration::from_secs(2);

/// A device ready for tensors.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Without autodiff.
    pub device: Device,
    /// `None` for the CPU.
    pub adapter: Option<AdapterSummary>,
    /// The reason for the choice, in words for the user.
    pub reason: String,
    health: Health,
    gpu: Option<wgpu::Device>,
}

impl Chosen {
    /// Chooses the CPU, for this reason.
    pub fn cpu(reason: String) -> Self {
        Chosen { device: Device::flex(), adapter: None, reason, health: Health::default(), gpu: None }
    }

    /// # Errors
    /// The adapter cannot bind a tensor of `bytes` bytes.
    pub fn check_tensor(&self, bytes: u64) -> Result<()> {
        match &self.adapter {
            Some(adapter) if bytes > adapter.max_binding_bytes => Err(Error::Device(format!(
                "{} binds at most {} MB at a time, and the model's largest tensor has {} MB; use a smaller model or \
                 the CPU",
                adapter.name,
                adapter.max_binding_bytes / 1_000_000,
                bytes / 1_000_000
            ))),
            _ => Ok(()),
        }
    }

    /// Destroys the device and all data on it, as a driver does when it is reset.
    pub fn destroy(&self) {
        if let Some(gpu) = &self.gpu {
            gpu.destroy();
        }
    }

    /// # Errors
    /// Since it was opened, the device has reported that it is lost, out of memory, or unable to run a command.
    pub fn check_health(&self) -> Result<()> {
        self.health.check(&self.name())
    }

    /// Returns the result of work on the device. If the driver reported an error, it returns that one instead, which
    /// explains more than the errors that follow from it.
    ///
    /// # Errors
    /// Those of [`check_health`](Self::check_health), or the error in `result`.
    pub async fn explain<T>(&self, result: Result<T>) -> Result<T> {
        let failed = self.health.is_bad() || matches!(result, Err(Error::DeviceLost(_)));
        if let Some(gpu) = self.gpu.as_ref().filter(|_| failed) {
            self.settle(gpu).await;
        }
        self.check_health()?;
        result
    }

    /// Waits until the device has given a reason. The report of a loss comes after the errors that follow from it: in a
    /// browser in a task of its own, natively on the thread that polls next, cubecl's or this one.
    async fn settle(&self, gpu: &wgpu::Device) {
        let began = web_time::Instant::now();
        while !self.health.has_reason() && began.elapsed() < SETTLED {
            let _ = gpu.poll(wgpu::PollType::Poll);
            pause(Duration::from_millis(10)).await;
        }
    }

    /// The device's name for the user.
    pub fn name(&self) -> String {
        match &self.adapter {
            Some(adapter) => format!("{} ({})", adapter.name, adapter.backend),
            None => "CPU".into(),
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
async fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Finds and initialises the device.
///
/// # Errors
/// No adapter has the requested name, or the adapter cannot be opened.
pub async fn choose(choice: &DeviceChoice) -> Result<Chosen> {
    if *choice == DeviceChoice::Cpu {
        return Ok(Chosen::cpu("the CPU was asked for".into()));
    }
    let instance = instance();
    let (found, summaries): (Vec<_>, Vec<_>) = adapters(&instance).await.into_iter().unzip();
    // a software adapter is never taken unasked, because the CPU itself is several times faster
    let names = || match summaries.as_slice() {
        [] => "none".to_owned(),
        some => some.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", "),
    };
    let (index, reason) = match choice {
        DeviceChoice::Cpu => unreachable!("returned above"),
        DeviceChoice::Auto => match summaries.iter().position(|one| !one.software && one.lacks.is_none()) {
            Some(index) => (index, "it is the first real GPU".to_owned()),
            None if summaries.is_empty() => {
                return Ok(Chosen::cpu("no GPU was found".into()));
            }
            None => {
                let only = names();
                let why = match summaries.iter().find(|one| !one.software).and_then(|one| one.lacks.as_ref())
                {
                    Some(feature) => format!("the GPU ({only}) lacks {feature}"),
                    None => format!(
                        "no real GPU was found, and the CPU is faster than the software adapter ({only})"
                    ),
                };
                return Ok(Chosen::cpu(why));
            }
        },
        DeviceChoice::Gpu if summaries.is_empty() => {
            return Err(Error::Device(
                "no GPU adapter was found; check the GPU's driver, or use the CPU".into(),
            ));
        }
        DeviceChoice::Gpu => (0, "a GPU was asked for and it is the first adapter".to_owned()),
        DeviceChoice::Named(name) => {
            match summaries.iter().position(|one| one.name.to_lowercase().contains(name)) {
                Some(index) => (index, format!("its name contains \"{name}\"")),
                None => {
                    return Err(Error::Device(format!(
                        "no adapter's name contains \"{name}\"; found: {}; use one of these, or the CPU",
                        names()
                    )));
                }
            }
        }
    };
    let adapter = found.into_iter().nth(index).expect("the index is of this list");
    let summary = summaries.into_iter().nth(index).expect("the index is of this list");
    if let Some(feature) = &summary.lacks {
        return Err(Error::Device(format!(
            "{} lacks {feature}, which the engine needs; use another browser or GPU, or the CPU",
            summary.name
        )));
    }
    let (gpu, device) = open(instance, adapter, &summary).await?;
    let health = Health::watch(&gpu);
    Ok(Chosen { device, adapter: Some(summary), reason, health, gpu: Some(gpu) })
}

/// Opens a burn device on the adapter, with all its features and limits.
async fn open(
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
    summary: &AdapterSummary,
) -> Result<(wgpu::Device, Device)> {
    let failed = |error: String| Error::Device(format!("{} could not be opened: {error}", summary.name));
    let (device, queue) = adapter
        .request_device(&wgpu::DeviceDescriptor {
            label: Some("subtune"),
            // all but mappable primary buffers, which are slow on a card with memory of its own, and experiments
            required_features: adapter.features()
                - wgpu::Features::MAPPABLE_PRIMARY_BUFFERS
                - wgpu::Features::all_experimental_mask(),
            required_limits: adapter.limits(),
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        })
        .await
        .map_err(|error| failed(error.to_string()))?;
    let gpu = device.clone();
    let backend = adapter.get_info().backend;
    let device = Device::wgpu_options()
        .setup(WgpuSetup { instance, adapter, device, queue, backend })
        .init()
        .map_err(|error| failed(format!("{error:?}")))?;
    Ok((gpu, device))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tensor_beyond_what_the_adapter_binds_is_refused_by_name() {
        let adapter = AdapterSummary {
            name: "Small GPU".into(),
            backend: "Vulkan".into(),
            driver: String::new(),
            software: false,
            max_binding_bytes: 128 << 20,
            max_storage_buffers: 8,
            lacks: None,
        };
        let chosen = Chosen { adapter: Some(adapter), ..Chosen::cpu(String::new()) };
        chosen.check_tensor(47_000_000).unwrap();
        let error = chosen.check_tensor(150_000_000).unwrap_err().to_string();
        assert_eq!(
            error,
            "Small GPU binds at most 134 MB at a time, and the model's largest tensor has 150 MB; use a smaller \
             model or the CPU"
        );
        Chosen::cpu(String::new()).check_tensor(u64::MAX).unwrap();
    }

    #[test]
    fn any_other_word_is_part_of_an_adapters_name() {
        let parse = |text: &str| text.parse::<DeviceChoice>().unwrap();
        assert_eq!(
            [parse("auto"), parse("CPU"), parse("gpu")],
            [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Gpu]
        );
        assert_eq!(parse("SwiftShader"), DeviceChoice::Named("swiftshader".into()));
    }
}
