//! The name of each parameter in a Hugging Face checkpoint, and its kind.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

use super::family::Family;
use super::model::Model;

/// The kinds of parameters that training distinguishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// The weight of a linear layer. DPS covers these.
    Matrix,
    /// The bias of a linear layer, other than that of an attention key.
    Bias,
    /// The bias of an attention key. It adds the same number to all scores of a query, which softmax ignores. Its true
    /// gradient is 0; autodiff finds rounding noise, which Adam would scale up to full steps.
    KeyBias,
    /// The scale or the bias of a layer normalisation.
    LayerNorm,
    /// A table of embeddings.
    Embedding,
}

/// One parameter of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Hugging Face's name, such as `bert.encoder.layer.0.attention.self.query.weight`.
    pub name: String,
    /// Its place in a [`Model`], the same for all families, such as `layer.0.attention.self.query.weight`.
    pub place: String,
    /// The kind of the parameter.
    pub kind: ParameterKind,
    /// Its shape in this code: a matrix is `[inputs, outputs]`, the transpose of Hugging Face's.
    pub shape: Vec<usize>,
}

/// The places of the matrices, without the layer, and their names in reports.
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
    /// The number of its entries.
    pub fn entries(&self) -> usize {
        self.shape.iter().product()
    }

    /// Like [`entries`](Self::entries), but safe for the shapes of a configuration that was not checked yet.
    pub fn numbers(&self) -> u64 {
        self.shape.iter().map(|size| *size as u64).product()
    }

    /// Whether it is a bias, of any layer.
    pub fn is_bias(&self) -> bool {
        self.place.ends_with(".bias")
    }

    /// Whether it belongs to the head: the pooler or the classifier.
    pub fn is_head(&self) -> bool {
        self.place.starts_with("pooler.") || self.place.starts_with("classifier.")
    }

    /// Its layer, from 0, and its place in that layer; outside the layers, `None` and the whole place.
    fn in_layer(&self) -> (Option<usize>, &str) {
        let split = self.place.strip_prefix("layer.").and_then(|rest| rest.split_once('.'));
        match split.and_then(|(index, part)| Some((index.parse().ok()?, part))) {
            Some((index, part)) => (Some(index), part),
            None => (None, &self.place),
        }
    }

    /// Its layer, from 0; `None` outside the layers.
    pub fn layer(&self) -> Option<usize> {
        self.in_layer().0
    }

    /// The name of a matrix in reports, the same in every layer, such as "query".
    pub fn matrix(&self) -> &str {
        let (_, part) = self.in_layer();
        MATRICES.iter().find(|(place, _)| *place == part).map_or(part, |(_, name)| name)
    }
}

/// The position of a walk over a module. The visitor reports each module that it enters and leaves.
#[derive(Clone, Debug, Default)]
pub struct Path(Vec<(String, String)>);

impl Path {
    /// Enters a module: the name of its field, and the type that contains it.
    pub fn enter(&mut self, name: &str, container: &str) {
        self.0.push((name.to_owned(), container.to_owned()));
    }

    /// Leaves the innermost module.
    pub fn exit(&mut self) {
        self.0.pop();
    }

    /// The names of the modules around the current parameter, without the encoder as a whole.
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

    /// The kind of the parameter at the current position.
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

    /// Describes the parameter at the current position, in a model of this family.
    pub fn parameter(&self, family: &Family, shape: Vec<usize>) -> Parameter {
        let place = self.parts().collect::<Vec<_>>().join(".");
        Parameter { name: family.tensor(&place), place, kind: self.kind(), shape }
    }
}

/// Lists all parameters, in the order in which visitors and mappers meet them.
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
