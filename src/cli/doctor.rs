//! `subtune doctor`.

use super::Done;
use super::arguments::DoctorFlags;
use super::output::{say, say_json, tell};
use crate::device::{DeviceChoice, summaries};
use crate::doctor::{DeviceReport, Examination, examine};
use crate::error::{Error, Result};
use crate::spec::LogFormat;

pub async fn doctor(flags: DoctorFlags) -> Result<Done> {
    let text = flags.log_format == LogFormat::Text;
    let asked = flags.device.as_deref().map(|name| match name.parse::<DeviceChoice>() {
        Ok(choice) => choice,
        Err(never) => match never {},
    });
    let mut choices = vec![DeviceChoice::Cpu];
    let mut emulated = Vec::new();
    match asked {
        Some(DeviceChoice::Cpu) => {}
        Some(choice) => choices.push(choice),
        None => {
            for adapter in summaries().await {
                match adapter.software {
                    true => emulated.push(adapter.name),
                    false => choices.push(DeviceChoice::Named(adapter.name.to_lowercase())),
                }
            }
        }
    }
    let examination = examine(&choices, |what| {
        if text {
            tell(&format!("{what} ..."));
        }
    })
    .await;
    match text {
        true => show(&examination, &emulated)?,
        false => say_json(&examination)?,
    }
    // with --device, a device that cannot be used is an error, even though the CPU could be
    match (flags.device.is_some(), examination.devices.last()) {
        (true, Some(DeviceReport { name, fault: Some(fault), .. })) => {
            Err(Error::Device(format!("{name} cannot be used: {fault}")))
        }
        _ => Ok(Done::Complete),
    }
}

fn show(examination: &Examination, emulated: &[String]) -> Result<()> {
    for device in &examination.devices {
        say(&described(device))?;
    }
    for name in emulated {
        say(&format!(
            "{name}\n  a GPU emulated on the CPU, which is slower than the CPU itself; not examined (--device does)\n"
        ))?;
    }
    say(&format!("verdict: {}", examination.verdict))
}

fn described(device: &DeviceReport) -> String {
    let mut lines = vec![device.name.clone()];
    let mut line = |name: &str, value: String| lines.push(format!("  {name:<12}{value}"));
    if let Some(adapter) = &device.adapter {
        if !adapter.driver.is_empty() {
            line("driver", adapter.driver.clone());
        }
        let megabytes = adapter.max_binding_bytes / 1_000_000;
        let buffers = adapter.max_storage_buffers;
        line("limits", format!("tensors of up to {megabytes} MB, {buffers} storage buffers a kernel"));
        if !device.checks.is_empty() {
            let passed = device.checks.iter().filter(|check| check.fault.is_none()).count();
            let total = device.checks.len();
            line(
                "self-test",
                format!("{passed} of {total} checks passed in {:.1} s", device.self_test_seconds),
            );
            for check in &device.checks {
                if let Some(fault) = &check.fault {
                    line("", format!("{}: {fault}", check.name));
                }
            }
        }
    }
    match (&device.step, &device.fault) {
        (Some(step), _) => {
            let texts = step.batch as f64 / step.seconds;
            line(
                "speed",
                format!(
                    "{:.2} s for a step, {texts:.0} texts a second (the first step {:.2} s)",
                    step.seconds, step.first_seconds
                ),
            );
            let [batch, length] = [step.batch, step.length];
            line("", format!("dps-dense, the bundled model, {batch} texts of {length} tokens"));
            line("memory", format!("about {} MB for such a step", device.memory.total() / 1_000_000));
        }
        (None, Some(fault)) => line("not usable", fault.clone()),
        (None, None) => line("speed", "not measured: the GPU is emulated on the CPU".into()),
    }
    lines.join("\n") + "\n"
}
