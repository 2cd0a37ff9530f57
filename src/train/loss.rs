//! The loss that training minimises.

use burn::tensor::{Device, Int, Tensor, TensorData, activation};

use super::class_weights::Weights;
use crate::encoder::cross_entropy_sum;
use crate::text::Target;

/// Sums the loss over a batch, to a tensor of one entry: cross-entropy for classes, squared error for numbers. `logits`
/// is `[batch, outputs]`, and each row has a target, all of one kind.
pub fn loss_sum(logits: Tensor<2>, targets: &[Target]) -> Tensor<1> {
    let device = logits.device();
    let (classes, values) = by_kind(targets);
    if values.is_empty() {
        return cross_entropy_sum(logits, ids(classes, &device));
    }
    let difference = logits - Tensor::from_data(TensorData::new(values, [targets.len(), 1]), &device);
    (difference.clone() * difference).sum()
}

/// Like [`loss_sum`], with each example multiplied by its weight.
pub fn weighted_loss_sum(logits: Tensor<2>, targets: &[Target], weights: &Weights) -> Tensor<1> {
    let Weights::ByClass(by_class) = weights else { return loss_sum(logits, targets) };
    let device = logits.device();
    let (classes, _) = by_kind(targets);
    let weights: Vec<f32> = classes.iter().map(|class| by_class[*class as usize] as f32).collect();
    let weights = Tensor::<2>::from_data(TensorData::new(weights, [targets.len(), 1]), &device);
    let log_probabilities =
        activation::log_softmax(logits, 1).gather(1, ids(classes, &device).unsqueeze_dim(1));
    (log_probabilities * weights).sum().neg()
}

fn ids(classes: Vec<i32>, device: &Device) -> Tensor<1, Int> {
    let rows = classes.len();
    Tensor::from_data(TensorData::new(classes, [rows]), device)
}

fn by_kind(targets: &[Target]) -> (Vec<i32>, Vec<f32>) {
    let mut classes = Vec::new();
    let mut values = Vec::new();
    for target in targets {
        match target {
            Target::Class(class) => classes.push(*class as i32),
            Target::Value(value) => values.push(*value),
        }
    }
    (classes, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::read_floats;

    const LOGITS: [[f64; 3]; 4] = [[0.5, -1.0, 2.0], [3.0, 0.25, -0.5], [-2.0, 1.5, 1.0], [0.0, 0.0, 0.0]];
    const CLASSES: [usize; 4] = [0, 2, 1, 2];
    const WEIGHTS: [f64; 3] = [0.5, 4.0, 1.25];

    /// The weighted mean of the cross-entropy and its gradient, from the definition.
    fn reference() -> (f64, Vec<f64>) {
        let total: f64 = CLASSES.iter().map(|class| WEIGHTS[*class]).sum();
        let (mut loss, mut gradient) = (0.0, Vec::new());
        for (logits, class) in LOGITS.iter().zip(CLASSES) {
            let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
            loss -= WEIGHTS[class] * (logits[class].exp() / sum).ln() / total;
            let entry = |(label, logit): (usize, &f64)| {
                WEIGHTS[class] * (logit.exp() / sum - f64::from(u8::from(label == class))) / total
            };
            gradient.extend(logits.iter().enumerate().map(entry));
        }
        (loss, gradient)
    }

    /// In two batches, each divided by the weights of the whole step, as in gradient accumulation.
    #[test]
    fn the_weighted_loss_and_its_gradient_follow_the_definition() {
        let weights = Weights::ByClass(WEIGHTS.to_vec());
        let targets = CLASSES.map(Target::Class);
        let total: f64 = targets.iter().map(|target| weights.weight(target)).sum();
        let device = Device::flex().autodiff();
        let (mut loss, mut gradient) = (0.0, Vec::new());
        for rows in [0..3, 3..4] {
            let values: Vec<f32> = LOGITS[rows.clone()].iter().flatten().map(|logit| *logit as f32).collect();
            let logits =
                Tensor::<2>::from_data(TensorData::new(values, [rows.len(), 3]), &device).require_grad();
            let part = weighted_loss_sum(logits.clone(), &targets[rows], &weights) / total;
            loss += f64::from(pollster::block_on(read_floats(part.clone().inner())).unwrap()[0]);
            let found = logits.grad(&part.backward()).unwrap().flatten::<1>(0, 1);
            gradient.extend(pollster::block_on(read_floats(found)).unwrap());
        }
        let (expected_loss, expected_gradient) = reference();
        assert!((loss - expected_loss).abs() < 1e-6, "{loss} is not {expected_loss}");
        for (found, expected) in gradient.iter().zip(&expected_gradient) {
            assert!((f64::from(*found) - expected).abs() < 1e-6, "{gradient:?} is not {expected_gradient:?}");
        }
    }

    #[test]
    fn equal_weights_are_the_plain_loss() {
        let logits = |device: &Device| {
            let values: Vec<f32> = LOGITS.iter().flatten().map(|logit| *logit as f32).collect();
            Tensor::<2>::from_data(TensorData::new(values, [4, 3]), device)
        };
        let (device, targets) = (Device::flex(), CLASSES.map(Target::Class));
        let value = |loss: Tensor<1>| pollster::block_on(read_floats(loss)).unwrap()[0];
        let plain = value(loss_sum(logits(&device), &targets));
        for weights in [Weights::Equal, Weights::ByClass(vec![1.0; 3])] {
            assert!((value(weighted_loss_sum(logits(&device), &targets, &weights)) - plain).abs() < 1e-6);
        }
    }
}
