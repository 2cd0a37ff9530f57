//! The gradients of one loss.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

use crate::encoder::{Model, ParameterKind, Path};

/// A gradient for each parameter in the order of [`parameters`](crate::encoder::parameters), flat; none where a
/// parameter took no part.
pub type Gradients = Vec<Option<Tensor<1>>>;

/// Differentiates `loss` (one entry) with respect to every parameter except the key biases, whose gradient is 0 (see
/// [`ParameterKind::KeyBias`]): AdamW would blow up the rounding noise in it.
pub fn gradients(model: &Model, loss: Tensor<1>) -> Gradients {
    struct Collect {
        path: Path,
        gradients: burn::tensor::Gradients,
        found: Gradients,
    }
    impl ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, container: &str) {
            self.path.enter(name, container);
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.exit();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let kind = self.path.kind();
            let gradient = param.val().grad_remove(&mut self.gradients);
            self.found.push(match kind {
                ParameterKind::KeyBias => None,
                _ => gradient.map(|gradient| gradient.flatten(0, D - 1)),
            });
        }
    }
    let mut collect = Collect { path: Path::default(), gradients: loss.backward(), found: Vec::new() };
    model.visit(&mut collect);
    collect.found
}
