//! What each parameter is called in a Hugging Face checkpoint, and what kind of parameter it is.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

use super::classifier::BertForSequenceClassification;

/// What a parameter does, as far as training treats it differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// The weight of a linear layer: what DPS covers.
    Matrix,
    Bias,
    /// The bias of an attention key. It adds the same to all scores of a query, which softmax ignores: its
    /// gradient is exactly 0, and what autodiff finds is rounding noise that Adam would scale up to full steps.
    KeyBias,
    LayerNorm,
    Embedding,
}

/// One parameter of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Hugging Face's name, such as `bert.encoder.layer.0.attention.self.query.weight`.
    pub name: String,
    pub kind: ParameterKind,
    /// As held here: a matrix is `[in_features, out_features]`, transposed against Hugging Face.
    pub shape: Vec<usize>,
}

impl Parameter {
    pub fn entries(&self) -> usize {
        self.shape.iter().product()
    }

    /// A bias, of whatever layer.
    pub fn is_bias(&self) -> bool {
        self.name.ends_with(".bias")
    }

    /// Part of what a classifier adds to the encoder: pooler and classifier.
    pub fn is_head(&self) -> bool {
        self.name.starts_with("bert.pooler.") || self.name.starts_with("classifier.")
    }
}

/// Where a walk over a module stands; to be told of every module entered and left.
#[derive(Clone, Debug, Default)]
pub struct Path(Vec<(String, String)>);

impl Path {
    pub fn enter(&mut self, name: &str, container: &str) {
        self.0.push((name.to_owned(), container.to_owned()));
    }

    pub fn exit(&mut self) {
        self.0.pop();
    }

    /// The parameter at this place.
    pub fn parameter(&self, shape: Vec<usize>) -> Parameter {
        let name: Vec<&str> = self
            .0
            .iter()
            .map(|(name, _)| match name.as_str() {
                "layer_norm" => "LayerNorm",
                "self_attention" => "self",
                other => other,
            })
            .collect();
        let within = |container: &str| self.0.iter().any(|(_, kind)| kind.ends_with(container));
        let kind = if within("LayerNorm") {
            ParameterKind::LayerNorm
        } else if within("Embedding") {
            ParameterKind::Embedding
        } else if name.ends_with(&["key", "bias"]) {
            ParameterKind::KeyBias
        } else if name.last() == Some(&"bias") {
            ParameterKind::Bias
        } else {
            ParameterKind::Matrix
        };
        Parameter { name: name.join("."), kind, shape }
    }
}

/// All parameters in the order in which visitors and mappers meet them.
pub fn parameters(model: &BertForSequenceClassification) -> Vec<Parameter> {
    #[derive(Default)]
    struct Collect {
        path: Path,
        found: Vec<Parameter>,
    }
    impl ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, container: &str) {
            self.path.enter(name, container);
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.exit();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.found.push(self.path.parameter(param.lazy_shape().to_vec()));
        }
    }
    let mut collect = Collect::default();
    model.visit(&mut collect);
    collect.found
}
