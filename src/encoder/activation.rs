//! The functions between linear layers.

use burn::tensor::{Tensor, activation};

use crate::kernels;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// In its erf form.
    Gelu,
    /// Its approximation by tanh.
    GeluTanh,
    Relu,
    Tanh,
    Identity,
}

/// Hugging Face's names. Of several for one function, the first is written.
const NAMES: [(&str, Activation); 6] = [
    ("gelu", Activation::Gelu),
    ("gelu_new", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("relu", Activation::Relu),
    ("tanh", Activation::Tanh),
    ("linear", Activation::Identity),
];

impl Activation {
    pub fn find(name: &str) -> Option<Self> {
        NAMES.into_iter().find_map(|(known, activation)| (known == name).then_some(activation))
    }

    pub fn name(self) -> &'static str {
        let found = NAMES.into_iter().find(|(_, activation)| *activation == self);
        found.expect("each has a name").0
    }

    pub fn names() -> String {
        NAMES.map(|(name, _)| format!("{name:?}")).join(", ")
    }

    /// Of each entry.
    pub fn apply<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Activation::Gelu => kernels::gelu(x),
            Activation::GeluTanh => {
                let cube = x.clone() * x.clone() * x.clone();
                let inner = (x.clone() + cube * 0.044_715) * (2.0 / std::f64::consts::PI).sqrt();
                x * (inner.tanh() + 1.0) * 0.5
            }
            Activation::Relu => activation::relu(x),
            Activation::Tanh => x.tanh(),
            Activation::Identity => x,
        }
    }
}
