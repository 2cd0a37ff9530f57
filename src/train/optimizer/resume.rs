//! Writes the optimiser's state to a checkpoint and reads it back.

use burn::tensor::{Device, Tensor, TensorData};

use super::{Optimizer, State};
use crate::dps::{Anchor, Covered, Factors, Phase, Subnetwork};
use crate::error::Result;
use crate::kernels::u32_tensor;
use crate::train::checkpoint::{Entry, Unpacked};

const MOMENTS: [&str; 2] = ["first_moment", "second_moment"];
const PREVIOUS: &str = "previous";

impl Optimizer {
    /// Everything that the next step does not recompute. It recomputes random masks and the parts of the norm.
    pub(in crate::train) fn entries(&self) -> Vec<Entry> {
        let mut entries = vec![Entry::floats("norm", &[4], &self.norm)];
        for State { parameter, moments, previous, covered, .. } in self.states.iter().flatten() {
            let (name, shape) = (&parameter.name, &parameter.shape);
            let moments = MOMENTS.iter().zip(moments).chain(previous.iter().map(|one| (&PREVIOUS, one)));
            let factors = covered.as_ref().and_then(|covered| covered.factors.as_ref());
            if let Some(Factors { pretrained, values, .. }) = factors {
                let mut floats = |what: &str, shape: &[usize], tensor: &Tensor<1>| {
                    entries.push(Entry::floats(format!("{what}.{name}"), shape, tensor));
                };
                floats("pretrained", shape, pretrained);
                for (what, tensor) in [(&"factors", values)].into_iter().chain(moments) {
                    floats(what, &tensor.dims(), tensor);
                }
                continue;
            }
            let mut floats = |what: &str, tensor: &Tensor<1>| {
                entries.push(Entry::floats(format!("{what}.{name}"), shape, tensor));
            };
            for (what, moment) in moments {
                floats(what, moment);
            }
            let Some(Covered { subnetwork, anchor, .. }) = covered else { continue };
            if let Some(Anchor { pretrained, stage }) = anchor {
                floats("pretrained", pretrained);
                if let Some(stage) = stage {
                    floats("stage", stage);
                }
            }
            let Some(Subnetwork { statistic, kept, mask, selection, .. }) = subnetwork else { continue };
            if let Some(statistic) = statistic {
                floats("statistic", statistic);
            }
            for (what, tensor) in
                [("kept", kept.as_ref()), ("mask", Some(mask)), ("selection", selection.as_ref())]
            {
                if let Some(tensor) = tensor {
                    entries.push(Entry::integers(format!("{what}.{name}"), &tensor.dims(), tensor));
                }
            }
        }
        entries
    }

    /// Restores the state after `step` steps.
    ///
    /// # Errors
    /// A tensor is missing or has another shape.
    pub(in crate::train) fn restore(mut self, from: &mut Unpacked, step: usize) -> Result<Self> {
        let device = self.norm.device();
        self.norm = floats(from, "norm", &[4], &device)?;
        let selected = self.stages.has_selected(step);
        let staged = step > 0 && matches!(self.stages.phase(step), Phase::Selected { .. });
        for State { parameter, moments, previous, covered, .. } in self.states.iter_mut().flatten() {
            let shape = &parameter.shape;
            let moments = MOMENTS.iter().zip(moments).chain(previous.iter_mut().map(|one| (&PREVIOUS, one)));
            let named = |what: &str| format!("{what}.{}", parameter.name);
            if let Some(factors) = covered.as_mut().and_then(|covered| covered.factors.as_mut()) {
                factors.pretrained = floats(from, &named("pretrained"), shape, &device)?;
                let shape = factors.values.dims();
                factors.values = floats(from, &named("factors"), &shape, &device)?;
                for (what, moment) in moments {
                    *moment = floats(from, &named(what), &shape, &device)?;
                }
                continue;
            }
            for (what, moment) in moments {
                *moment = floats(from, &named(what), shape, &device)?;
            }
            let Some(Covered { subnetwork, anchor, .. }) = covered else { continue };
            if let Some(anchor) = anchor {
                anchor.pretrained = floats(from, &named("pretrained"), shape, &device)?;
                if staged {
                    anchor.stage = Some(floats(from, &named("stage"), shape, &device)?);
                }
            }
            let Some(Subnetwork { statistic, kept, mask, selection, .. }) = subnetwork else { continue };
            if let Some(statistic) = statistic {
                *statistic = floats(from, &named("statistic"), shape, &device)?;
            }
            if let Some(kept) = kept {
                *kept = u32_tensor(&from.integers(&named("kept"), &kept.dims())?, &device);
            }
            *mask = u32_tensor(&from.integers(&named("mask"), &mask.dims())?, &device);
            if selected {
                *selection = Some(u32_tensor(&from.integers(&named("selection"), &[4])?, &device));
            }
        }
        Ok(self)
    }
}

/// Uploads a flat tensor with a buffer of its own, so that the next step changes it in place.
fn floats(from: &mut Unpacked, name: &str, shape: &[usize], device: &Device) -> Result<Tensor<1>> {
    let values = from.floats(name, shape)?;
    let entries = values.len();
    Ok(Tensor::from_data(TensorData::new(values, [entries]), device))
}
