//! The compute kernels: one WGSL file each under `shaders/`, with a Rust twin of the same name for burn's
//! Flex backend. Everything works in place and nothing is read back.
//!
//! Conventions. Tensors are f32; their shape does not matter, only their entries in row-major order.
//! - norm: `[4]`, the global norm, clip factor, 1 where the norm is finite, steps skipped so far.
//! - mask: u32 words, bit `i % 32` of word `i / 32` set where entry `i` is selected.
//! - selection: `[4]` u32, bits of the threshold, entries still to find, entries kept, entries kept that the
//!   mask before had too.

mod adamw;
mod attention;
mod composed;
mod dense;
mod embedding;
mod gelu;
mod launch;
mod layer_norm;
mod layers;
mod norm;
mod select;
mod twin;

use burn::backend::{
    Backend, Dispatch, Flex, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use burn_cubecl::CubeBackend;

pub use adamw::{ADAMW, ADAMW_MASKED, ADAMW_STATISTIC, AdamW};
pub use gelu::{GELU, GELU_BACKWARD};
pub use launch::Shader;
pub use layers::{attention, dense, gelu, layer_norm, lookup};
pub use norm::{NORM_FINALIZE, SQUARE_SUM, SQUARE_SUM_MASKED, partial_sums};
pub use select::{DIGITS, Digit, HISTOGRAM_BINS, PACK_MASK, SELECT_HISTOGRAM, SELECT_NARROW};

/// Every shader of the crate, for validation.
pub static SHADERS: [&Shader; 11] = [
    &ADAMW,
    &ADAMW_STATISTIC,
    &ADAMW_MASKED,
    &SQUARE_SUM,
    &SQUARE_SUM_MASKED,
    &NORM_FINALIZE,
    &SELECT_HISTOGRAM,
    &SELECT_NARROW,
    &PACK_MASK,
    &GELU,
    &GELU_BACKWARD,
];

#[backend_extension(Cube, Flex)]
pub trait Kernels: Backend {
    fn adamw(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        norm: FloatTensor<Self>,
        step: AdamW,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
    #[allow(clippy::too_many_arguments)]
    fn adamw_statistic(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        statistic: FloatTensor<Self>,
        norm: FloatTensor<Self>,
        step: AdamW,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
    #[allow(clippy::too_many_arguments)]
    fn adamw_masked(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        mask: IntTensor<Self>,
        norm: FloatTensor<Self>,
        step: AdamW,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
    fn square_sum(
        gradient: FloatTensor<Self>,
        partials: FloatTensor<Self>,
        offset: usize,
    ) -> FloatTensor<Self>;
    fn square_sum_masked(
        gradient: FloatTensor<Self>,
        mask: IntTensor<Self>,
        partials: FloatTensor<Self>,
        offset: usize,
    ) -> FloatTensor<Self>;
    fn norm_finalize(
        partials: FloatTensor<Self>,
        norm: FloatTensor<Self>,
        max_norm: f32,
    ) -> FloatTensor<Self>;
    fn select_histogram(
        score: FloatTensor<Self>,
        selection: IntTensor<Self>,
        histogram: IntTensor<Self>,
        digit: Digit,
    ) -> IntTensor<Self>;
    fn select_narrow(
        selection: IntTensor<Self>,
        histogram: IntTensor<Self>,
        digit: Digit,
    ) -> (IntTensor<Self>, IntTensor<Self>);
    fn pack_mask(
        score: FloatTensor<Self>,
        selection: IntTensor<Self>,
        mask: IntTensor<Self>,
    ) -> (IntTensor<Self>, IntTensor<Self>);
}

/// Implements `Kernels` for a backend by the functions of the given name in each kernel's module.
macro_rules! implement {
    ($backend:ty, $side:ident) => {
        impl Kernels for $backend {
            fn adamw(
                weight: FloatTensor<Self>,
                gradient: FloatTensor<Self>,
                first: FloatTensor<Self>,
                second: FloatTensor<Self>,
                norm: FloatTensor<Self>,
                step: AdamW,
            ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
                adamw::$side::adamw([weight, gradient, first, second], norm, step)
            }

            fn adamw_statistic(
                weight: FloatTensor<Self>,
                gradient: FloatTensor<Self>,
                first: FloatTensor<Self>,
                second: FloatTensor<Self>,
                statistic: FloatTensor<Self>,
                norm: FloatTensor<Self>,
                step: AdamW,
            ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
                adamw::$side::adamw_statistic([weight, gradient, first, second, statistic], norm, step)
            }

            fn adamw_masked(
                weight: FloatTensor<Self>,
                gradient: FloatTensor<Self>,
                first: FloatTensor<Self>,
                second: FloatTensor<Self>,
                mask: IntTensor<Self>,
                norm: FloatTensor<Self>,
                step: AdamW,
            ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
                adamw::$side::adamw_masked([weight, gradient, first, second], mask, norm, step)
            }

            fn square_sum(
                gradient: FloatTensor<Self>,
                partials: FloatTensor<Self>,
                offset: usize,
            ) -> FloatTensor<Self> {
                norm::$side::square_sum(gradient, None, partials, offset)
            }

            fn square_sum_masked(
                gradient: FloatTensor<Self>,
                mask: IntTensor<Self>,
                partials: FloatTensor<Self>,
                offset: usize,
            ) -> FloatTensor<Self> {
                norm::$side::square_sum(gradient, Some(mask), partials, offset)
            }

            fn norm_finalize(
                partials: FloatTensor<Self>,
                norm: FloatTensor<Self>,
                max_norm: f32,
            ) -> FloatTensor<Self> {
                norm::$side::norm_finalize(partials, norm, max_norm)
            }

            fn select_histogram(
                score: FloatTensor<Self>,
                selection: IntTensor<Self>,
                histogram: IntTensor<Self>,
                digit: Digit,
            ) -> IntTensor<Self> {
                select::$side::select_histogram(score, selection, histogram, digit)
            }

            fn select_narrow(
                selection: IntTensor<Self>,
                histogram: IntTensor<Self>,
                digit: Digit,
            ) -> (IntTensor<Self>, IntTensor<Self>) {
                select::$side::select_narrow(selection, histogram, digit)
            }

            fn pack_mask(
                score: FloatTensor<Self>,
                selection: IntTensor<Self>,
                mask: IntTensor<Self>,
            ) -> (IntTensor<Self>, IntTensor<Self>) {
                select::$side::pack_mask(score, selection, mask)
            }
        }
    };
}

implement!(CubeBackend, gpu);
implement!(Flex, cpu);

/// One AdamW step on the clipped gradient. Returns the new weight and moments.
pub fn adamw<const D: usize>(
    weight: Tensor<D>,
    gradient: Tensor<1>,
    [first, second]: [Tensor<1>; 2],
    norm: Tensor<1>,
    step: AdamW,
) -> (Tensor<D>, [Tensor<1>; 2]) {
    let (weight, first, second) = Dispatch::adamw(
        weight.into_dispatch(),
        gradient.into_dispatch(),
        first.into_dispatch(),
        second.into_dispatch(),
        norm.into_dispatch(),
        step,
    );
    (Tensor::from_dispatch(weight), [first, second].map(Tensor::from_dispatch))
}

/// As [`adamw`]; the squared gradient / 1000, before clipping, is added to the statistic (stage I of DPS dense).
pub fn adamw_statistic<const D: usize>(
    weight: Tensor<D>,
    gradient: Tensor<1>,
    [first, second]: [Tensor<1>; 2],
    statistic: Tensor<1>,
    norm: Tensor<1>,
    step: AdamW,
) -> (Tensor<D>, [Tensor<1>; 2], Tensor<1>) {
    let (weight, first, second, statistic) = Dispatch::adamw_statistic(
        weight.into_dispatch(),
        gradient.into_dispatch(),
        first.into_dispatch(),
        second.into_dispatch(),
        statistic.into_dispatch(),
        norm.into_dispatch(),
        step,
    );
    (
        Tensor::from_dispatch(weight),
        [first, second].map(Tensor::from_dispatch),
        Tensor::from_dispatch(statistic),
    )
}

/// As [`adamw`] with the gradient of the selected entries only (stage II of DPS).
pub fn adamw_masked<const D: usize>(
    weight: Tensor<D>,
    gradient: Tensor<1>,
    [first, second]: [Tensor<1>; 2],
    mask: Tensor<1, Int>,
    norm: Tensor<1>,
    step: AdamW,
) -> (Tensor<D>, [Tensor<1>; 2]) {
    let (weight, first, second) = Dispatch::adamw_masked(
        weight.into_dispatch(),
        gradient.into_dispatch(),
        first.into_dispatch(),
        second.into_dispatch(),
        mask.into_dispatch(),
        norm.into_dispatch(),
        step,
    );
    (Tensor::from_dispatch(weight), [first, second].map(Tensor::from_dispatch))
}

/// Writes the partial sums of squares of a gradient (its selected entries, where there is a mask) to
/// `partials[offset..offset + partial_sums(entries)]`.
pub fn square_sum(
    gradient: Tensor<1>,
    mask: Option<Tensor<1, Int>>,
    partials: Tensor<1>,
    offset: usize,
) -> Tensor<1> {
    let (gradient, partials) = (gradient.into_dispatch(), partials.into_dispatch());
    Tensor::from_dispatch(match mask {
        None => Dispatch::square_sum(gradient, partials, offset),
        Some(mask) => Dispatch::square_sum_masked(gradient, mask.into_dispatch(), partials, offset),
    })
}

/// The state `norm` after this step's partial sums. `max_norm` 0 means no clipping.
pub fn norm_finalize(partials: Tensor<1>, norm: Tensor<1>, max_norm: f32) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::norm_finalize(partials.into_dispatch(), norm.into_dispatch(), max_norm))
}

/// The mask of the `k` largest entries of `score` (all non-negative; those equal to the k-th are all kept)
/// and its selection state. `mask` is the one before, which the overlap is counted against.
pub fn select(score: Tensor<1>, k: usize, mask: Tensor<1, Int>) -> (Tensor<1, Int>, Tensor<1, Int>) {
    let device = score.device();
    let mut selection = words(&[0, k as u32, 0, 0], &device).into_dispatch();
    let mut histogram = words(&[0; HISTOGRAM_BINS], &device).into_dispatch();
    let score = score.into_dispatch();
    for digit in DIGITS {
        histogram = Dispatch::select_histogram(score.clone(), selection.clone(), histogram, digit);
        (selection, histogram) = Dispatch::select_narrow(selection, histogram, digit);
    }
    let (selection, mask) = Dispatch::pack_mask(score, selection, mask.into_dispatch());
    (Tensor::from_dispatch(mask), Tensor::from_dispatch(selection))
}

/// A tensor of 32-bit words.
pub fn words(values: &[u32], device: &Device) -> Tensor<1, Int> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), (device, DType::U32))
}

/// An empty mask for a matrix of `entries` entries.
pub fn empty_mask(entries: usize, device: &Device) -> Tensor<1, Int> {
    Tensor::zeros([entries.div_ceil(32)], (device, DType::U32))
}
