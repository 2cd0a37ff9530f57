//! The activation functions between linear layers.

use burn::tensor::{Tensor, activation};

use crate::kernels;

/// An activation function, applied to each entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// GELU in its exact form, with erf.
    Gelu,
    /// The approximation of GELU by tanh.
    GeluTanh,
    /// `max(x, 0)`.
    Relu,
    /// The hyperbolic tangent.
    Tanh,
    /// The input, unchanged.
    Identity,
}

/// Hugging Face's names. A function with several names is written under the first.
const NAMES: [(&str, Activation); 6] = [
    ("gelu", Activation::Gelu),
    ("gelu_new", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("relu", Activation::Relu),
    ("tanh", Activation::Tanh),
    ("linear", Activation::Identity),
];

impl Activation {
    /// Finds an activation by Hugging Face's name, such as `gelu_new`.
    pub fn find(name: &str) -> Option<Self> {
        NAMES.into_iter().find_map(|(known, activation)| (known == name).then_some(activation))
    }

    /// Hugging Face's name, which `config.json` gets.
    pub fn name(self) -> &'static str {
        let found = NAMES.into_iter().find(|(_, activation)| *activation == self);
        found.expect("each has a name").0
    }

    /// Lists all known names, quoted, for a message.
    pub fn names() -> String {
        NAMES.map(|(name, _)| format!("{name:?}")).join(", ")
    }

    /// Applies the function to each entry of a tensor of any shape.
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
