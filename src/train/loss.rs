//! What is minimised.

use burn::tensor::{Tensor, TensorData};

use crate::bert::cross_entropy_sum;
use crate::text::Target;

/// The loss summed over a batch, a tensor of one entry: cross-entropy for classes, squared error for numbers.
/// `logits` `[batch, outputs]`; one target a row, all of one kind.
pub fn loss_sum(logits: Tensor<2>, targets: &[Target]) -> Tensor<1> {
    let device = logits.device();
    let rows = targets.len();
    let mut classes = Vec::new();
    let mut values = Vec::new();
    for target in targets {
        match target {
            Target::Class(class) => classes.push(*class as i32),
            Target::Value(value) => values.push(*value),
        }
    }
    if values.is_empty() {
        return cross_entropy_sum(logits, Tensor::from_data(TensorData::new(classes, [rows]), &device));
    }
    let difference = logits - Tensor::from_data(TensorData::new(values, [rows, 1]), &device);
    (difference.clone() * difference).sum()
}
