//! The model's own operations with hand-written derivatives. The CPU's are written out, because burn's Flex
//! would build each from several passes over memory; the GPU's are WGSL (GELU) or composed from burn's.

use burn::backend::{
    Autodiff, Backend, Dispatch, Flex,
    autodiff::checkpoint::strategy::CheckpointStrategy,
    backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};
use burn_cubecl::CubeBackend;

#[backend_extension(Cube, Flex, Autodiff)]
pub trait Layers: Backend {
    /// `x w + b`: `[rows, in]`, `[in, out]`, `[out]` to `[rows, out]`.
    fn dense(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;
    fn dense_x_backward(weight: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
    fn dense_weight_backward(x: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
    fn dense_bias_backward(gradient: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Rows of `weight` `[rows, size]` for `indices` `[batch, length]`, as `[batch, length, size]`.
    fn lookup(weight: FloatTensor<Self>, indices: IntTensor<Self>) -> FloatTensor<Self>;
    fn lookup_backward(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        indices: IntTensor<Self>,
    ) -> FloatTensor<Self>;

    /// `[rows, features]` normalised over the features, times `weight` plus `bias` (`[features]` each).
    fn normalise(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self>;
    /// The gradients of `x`, `weight` and `bias`.
    fn normalise_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// Scaled dot-product attention of `[batch, length, hidden]` each, with `bias` `[batch, length]` added to the
    /// scores of each key. Returns the context `[batch, length, hidden]` and the probabilities
    /// `[batch, heads, length, length]`.
    fn attend(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        heads: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    /// The gradients of query, key and value.
    fn attend_backward(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        probabilities: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        heads: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// The sum over the tokens of `hidden` `[batch, length, features]`, each times its entry of `weights`
    /// `[batch, length]`: `[batch, features]`.
    fn pool(hidden: FloatTensor<Self>, weights: FloatTensor<Self>) -> FloatTensor<Self>;
    /// The gradient of `hidden`.
    fn pool_backward(gradient: FloatTensor<Self>, weights: FloatTensor<Self>) -> FloatTensor<Self>;

    /// `x * Phi(x)`, entry by entry.
    fn erf_gelu(x: FloatTensor<Self>) -> FloatTensor<Self>;
    fn erf_gelu_backward(x: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Implements `Layers` by the functions of one side of each module.
macro_rules! implement {
    ($backend:ty, $side:ident) => {
        impl Layers for $backend {
            fn dense(
                x: FloatTensor<Self>,
                weight: FloatTensor<Self>,
                bias: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                super::dense::$side::dense(x, weight, bias)
            }

            fn dense_x_backward(weight: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
                super::dense::$side::x_backward(weight, gradient)
            }

            fn dense_weight_backward(x: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
                super::dense::$side::weight_backward(x, gradient)
            }

            fn dense_bias_backward(gradient: FloatTensor<Self>) -> FloatTensor<Self> {
                super::dense::$side::bias_backward(gradient)
            }

            fn lookup(weight: FloatTensor<Self>, indices: IntTensor<Self>) -> FloatTensor<Self> {
                <Self as burn::backend::ops::ModuleOps<Self>>::embedding(weight, indices)
            }

            fn lookup_backward(
                weight: FloatTensor<Self>,
                gradient: FloatTensor<Self>,
                indices: IntTensor<Self>,
            ) -> FloatTensor<Self> {
                super::embedding::$side::backward(weight, gradient, indices)
            }

            fn normalise(
                x: FloatTensor<Self>,
                weight: FloatTensor<Self>,
                bias: FloatTensor<Self>,
                epsilon: f64,
            ) -> FloatTensor<Self> {
                super::layer_norm::$side::normalise(x, weight, bias, epsilon)
            }

            fn normalise_backward(
                x: FloatTensor<Self>,
                weight: FloatTensor<Self>,
                gradient: FloatTensor<Self>,
                epsilon: f64,
            ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
                super::layer_norm::$side::backward(x, weight, gradient, epsilon)
            }

            fn attend(
                query: FloatTensor<Self>,
                key: FloatTensor<Self>,
                value: FloatTensor<Self>,
                bias: FloatTensor<Self>,
                heads: usize,
            ) -> (FloatTensor<Self>, FloatTensor<Self>) {
                super::attention::$side::attend([query, key, value], bias, heads)
            }

            fn attend_backward(
                query: FloatTensor<Self>,
                key: FloatTensor<Self>,
                value: FloatTensor<Self>,
                probabilities: FloatTensor<Self>,
                gradient: FloatTensor<Self>,
                heads: usize,
            ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
                super::attention::$side::backward([query, key, value], probabilities, gradient, heads)
            }

            fn pool(hidden: FloatTensor<Self>, weights: FloatTensor<Self>) -> FloatTensor<Self> {
                super::pool::$side::pool(hidden, weights)
            }

            fn pool_backward(gradient: FloatTensor<Self>, weights: FloatTensor<Self>) -> FloatTensor<Self> {
                super::pool::$side::backward(gradient, weights)
            }

            fn erf_gelu(x: FloatTensor<Self>) -> FloatTensor<Self> {
                super::gelu::$side::gelu(x)
            }

            fn erf_gelu_backward(x: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
                super::gelu::$side::backward(x, gradient)
            }
        }
    };
}

implement!(CubeBackend, gpu);
implement!(Flex, cpu);

const TWICE: &str = "a derivative is not differentiated again";

impl<B: Layers, C: CheckpointStrategy> Layers for Autodiff<B, C> {
    fn dense(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        super::dense::tracked::<B, C>(x, weight, bias)
    }

    fn dense_x_backward(_: FloatTensor<Self>, _: FloatTensor<Self>) -> FloatTensor<Self> {
        unreachable!("{TWICE}")
    }

    fn dense_weight_backward(_: FloatTensor<Self>, _: FloatTensor<Self>) -> FloatTensor<Self> {
        unreachable!("{TWICE}")
    }

    fn dense_bias_backward(_: FloatTensor<Self>) -> FloatTensor<Self> {
        unreachable!("{TWICE}")
    }

    fn lookup(weight: FloatTensor<Self>, indices: IntTensor<Self>) -> FloatTensor<Self> {
        super::embedding::tracked::<B, C>(weight, indices)
    }

    fn lookup_backward(_: FloatTensor<Self>, _: FloatTensor<Self>, _: IntTensor<Self>) -> FloatTensor<Self> {
        unreachable!("{TWICE}")
    }

    fn normalise(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self> {
        super::layer_norm::tracked::<B, C>(x, weight, bias, epsilon)
    }

    fn normalise_backward(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("{TWICE}")
    }

    fn attend(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        heads: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [context, probabilities] = super::attention::tracked::<B, C>([query, key, value], bias, heads);
        (context, probabilities)
    }

    fn attend_backward(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("{TWICE}")
    }

    fn pool(hidden: FloatTensor<Self>, weights: FloatTensor<Self>) -> FloatTensor<Self> {
        super::pool::tracked::<B, C>(hidden, weights)
    }

    fn pool_backward(_: FloatTensor<Self>, _: FloatTensor<Self>) -> FloatTensor<Self> {
        unreachable!("{TWICE}")
    }

    fn erf_gelu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        super::gelu::tracked::<B, C>(x)
    }

    fn erf_gelu_backward(_: FloatTensor<Self>, _: FloatTensor<Self>) -> FloatTensor<Self> {
        unreachable!("{TWICE}")
    }
}

/// A linear layer: `[rows, in]`, `[in, out]` and `[out]` to `[rows, out]`.
pub fn dense(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::dense(x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch()))
}

/// Rows of `weight` `[rows, size]` by index: `[batch, length]` to `[batch, length, size]`.
pub fn lookup(weight: Tensor<2>, indices: Tensor<2, Int>) -> Tensor<3> {
    Tensor::from_dispatch(Dispatch::lookup(weight.into_dispatch(), indices.into_dispatch()))
}

/// Layer normalisation (Ba et al., 2016) of each row of `[rows, features]`.
pub fn layer_norm(x: Tensor<2>, weight: Tensor<1>, bias: Tensor<1>, epsilon: f64) -> Tensor<2> {
    let (x, weight, bias) = (x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::normalise(x, weight, bias, epsilon))
}

/// Multi-head scaled dot-product attention (Vaswani et al., 2017) of `[batch, length, hidden]` each; `bias`
/// `[batch, length]` is added to the scores of each key and has no gradient.
pub fn attention([query, key, value]: [Tensor<3>; 3], bias: Tensor<2>, heads: usize) -> Tensor<3> {
    let (context, _) = Dispatch::attend(
        query.into_dispatch(),
        key.into_dispatch(),
        value.into_dispatch(),
        bias.into_dispatch(),
        heads,
    );
    Tensor::from_dispatch(context)
}

/// `x * Phi(x)` (Hendrycks and Gimpel, 2016), entry by entry.
pub fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::erf_gelu(x.into_dispatch()))
}

/// The sum over the tokens of `hidden` `[batch, length, features]`, each times its entry of `weights`
/// `[batch, length]`, which have no gradient: `[batch, features]`.
pub fn pool(hidden: Tensor<3>, weights: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::pool(hidden.into_dispatch(), weights.into_dispatch()))
}
