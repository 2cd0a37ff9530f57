//! The errors that a driver reports about an open device.

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};

#[derive(Clone, Debug)]
enum Trouble {
    Lost(String),
    OutOfMemory(String),
    Other(String),
}

/// The first trouble that a device reported. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Option<Trouble>>>);

impl Health {
    /// Watches a device. From now on its troubles are kept here; by default wgpu panics or prints them.
    pub fn watch(device: &wgpu::Device) -> Self {
        let health = Health::default();
        let lost = health.clone();
        device.set_device_lost_callback(move |reason, message| {
            lost.report(Trouble::Lost(format!("{reason:?}: {message}")));
        });
        let failed = health.clone();
        device.on_uncaptured_error(Arc::new(move |error| {
            failed.report(match error {
                wgpu::Error::OutOfMemory { .. } => Trouble::OutOfMemory(error.to_string()),
                _ => Trouble::Other(error.to_string()),
            });
        }));
        health
    }

    fn report(&self, trouble: Trouble) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // later troubles follow from the first, but the report of a loss may come after those that follow from it
        match (&*known, &trouble) {
            (None, _) | (Some(Trouble::Other(_)), Trouble::Lost(_)) => *known = Some(trouble),
            _ => {}
        }
    }

    /// Whether the device has reported any trouble.
    pub fn is_bad(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Whether the device has reported a trouble that does not follow from another.
    pub fn has_reason(&self) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(*known, Some(Trouble::Lost(_) | Trouble::OutOfMemory(_)))
    }

    /// # Errors
    /// The device is lost, out of memory, or refused a command. `name` stands for it in the message.
    pub fn check(&self, name: &str) -> Result<()> {
        // a driver's message may have several lines, an error has one
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(Trouble::Lost(message)) => Err(Error::DeviceLost(format!(
                "{name} was lost ({}); if that happens often, use the CPU",
                line(message)
            ))),
            Some(Trouble::OutOfMemory(message)) => Err(Error::OutOfMemory(format!(
                "{name} has no memory left ({}); use a smaller batch, fewer layers or the CPU",
                line(message)
            ))),
            Some(Trouble::Other(message)) => {
                Err(Error::Device(format!("{name} failed ({}); use the CPU", line(message))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_told_even_if_something_else_was_noticed_first() {
        let health = Health::default();
        assert!(!health.is_bad());
        health.report(Trouble::Other("Buffer is invalid".into()));
        assert!(
            health.is_bad() && !health.has_reason() && matches!(health.check("GPU"), Err(Error::Device(_)))
        );
        health.report(Trouble::Lost("Destroyed".into()));
        assert!(health.has_reason() && matches!(health.check("GPU"), Err(Error::DeviceLost(_))));
    }

    #[test]
    fn the_first_trouble_is_the_one_that_is_told() {
        let health = Health::default();
        health.check("GPU").unwrap();
        let seen = health.clone();
        health.report(Trouble::OutOfMemory("no  memory\nleft".into()));
        health.report(Trouble::Lost("Destroyed".into()));
        let error = seen.check("GPU").unwrap_err();
        assert!(matches!(error, Error::OutOfMemory(_)), "{error}");
        assert_eq!(
            error.to_string(),
            "GPU has no memory left (no memory left); use a smaller batch, fewer layers or the CPU"
        );
    }
}
