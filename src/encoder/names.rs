//! What each parameter is called in a Hugging Face checkpoint, and what kind of parameter it is.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

use super::family::Family;
use super::model::Model;

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
    /// Where it is in a [`Model`], in whose parts all families are alike: `layer.0.attention.self.query.weight`.
    pub place: String,
    pub kind: ParameterKind,
    /// As held here: a matrix is `[in_features, out_features]`, transposed against Hugging Face.
    pub shape: Vec<usize>,
}

/// How the places of matrices end, within their layer if they are in one, and what they are called.
const MATRICES: [(&str, &str); 13] = [
    ("attention.self.query.weight", "query"),
    ("attention.self.key.weight", "key"),
    ("attention.self.value.weight", "value"),
    ("attention.output.dense.weight", "attention output"),
    ("intermediate.dense.weight", "intermediate"),
    ("output.dense.weight", "output"),
    ("attention.projection.weight", "query, key and value"),
    ("attention.output.weight", "attention output"),
    ("mlp.input.weight", "intermediate"),
    ("mlp.output.weight", "output"),
    ("embeddings.projection.weight", "embedding projection"),
    ("pooler.dense.weight", "pooler"),
    ("classifier.weight", "classifier"),
];

impl Parameter {
    pub fn entries(&self) -> usize {
        self.shape.iter().product()
    }

    /// As [`entries`](Self::entries), of a shape that no memory may hold.
    pub fn numbers(&self) -> u64 {
        self.shape.iter().map(|size| *size as u64).product()
    }

    /// A bias, of whatever layer.
    pub fn is_bias(&self) -> bool {
        self.place.ends_with(".bias")
    }

    /// Part of what a classifier adds to the encoder: pooler and classifier.
    pub fn is_head(&self) -> bool {
        self.place.starts_with("pooler.") || self.place.starts_with("classifier.")
    }

    /// The layer that it is in, from 0, and its place there; the whole place outside the layers.
    fn in_layer(&self) -> (Option<usize>, &str) {
        let split = self.place.strip_prefix("layer.").and_then(|rest| rest.split_once('.'));
        match split.and_then(|(index, part)| Some((index.parse().ok()?, part))) {
            Some((index, part)) => (Some(index), part),
            None => (None, &self.place),
        }
    }

    /// The layer that it is in, from 0.
    pub fn layer(&self) -> Option<usize> {
        self.in_layer().0
    }

    /// What people call a matrix: the same in every layer.
    pub fn matrix(&self) -> &str {
        let (_, part) = self.in_layer();
        MATRICES.iter().find(|(place, _)| *place == part).map_or(part, |(_, name)| name)
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

    /// The names of the parts that the parameter here is in; the encoder as a whole has none.
    fn parts(&self) -> impl Iterator<Item = &str> {
        let inner = self.0.iter().skip_while(|(name, container)| {
            name == "encoder" && container.ends_with("Model") || container.ends_with("Encoder")
        });
        inner.map(|(name, _)| match name.as_str() {
            "layer_norm" => "LayerNorm",
            "self_attention" => "self",
            other => other,
        })
    }

    pub fn kind(&self) -> ParameterKind {
        let within = |container: &str| self.0.iter().any(|(_, kind)| kind.ends_with(container));
        let parts: Vec<&str> = self.parts().collect();
        if within("LayerNorm") {
            ParameterKind::LayerNorm
        } else if within("Embedding") {
            ParameterKind::Embedding
        } else if parts.ends_with(&["key", "bias"]) {
            ParameterKind::KeyBias
        } else if parts.last() == Some(&"bias") {
            ParameterKind::Bias
        } else {
            ParameterKind::Matrix
        }
    }

    /// The parameter at this place of a model of the family.
    pub fn parameter(&self, family: &Family, shape: Vec<usize>) -> Parameter {
        let place = self.parts().collect::<Vec<_>>().join(".");
        Parameter { name: family.tensor(&place), place, kind: self.kind(), shape }
    }
}

/// All parameters in the order in which visitors and mappers meet them.
pub fn parameters(model: &Model) -> Vec<Parameter> {
    struct Collect {
        family: &'static Family,
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
            self.found.push(self.path.parameter(self.family, param.lazy_shape().to_vec()));
        }
    }
    let mut collect = Collect { family: model.family, path: Path::default(), found: Vec::new() };
    model.visit(&mut collect);
    collect.found
}
