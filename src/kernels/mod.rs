//! The compute kernels: one WGSL file each under `shaders/`, with a Rust twin of the same name for burn's
//! Flex backend. Everything works in place and nothing is read back.
//!
//! Conventions. Tensors are f32; their shape does not matter, only their entries in row-major order.
//! - norm: `[4]`, the global norm, clip factor, 1 where the norm is finite, steps skipped so far.
//! - column: of the paper's matrix `[outputs, inputs]`, which is held transposed: a run of entries.
//! - mask: u32 words, bit `i % 32` of word `i / 32` set where entry `i` is selected.
//! - selection: `[4]` u32, bits of the threshold, entries still to find, entries kept, entries kept that the
//!   mask before had too.

mod adamw;
mod attention;
mod awake;
mod composed;
mod dense;
mod embedding;
mod fresh;
mod gelu;
mod launch;
mod layer_norm;
mod layers;
mod mix;
mod norm;
mod pool;
mod product;
mod random_mask;
mod select;
mod statistic;
mod twin;
mod unroll;
mod wide;

use burn::backend::{
    Backend, Dispatch, Flex, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use burn_cubecl::CubeBackend;

pub use adamw::{ADAMW, ADAMW_MASKED, AdamW};
pub use attention::{SOFTMAX, SOFTMAX_BACKWARD};
pub use awake::stay_awake;
pub use gelu::{GELU, GELU_BACKWARD};
pub use launch::Shader;
#[cfg(test)]
pub(crate) use launch::planted;
pub use layer_norm::{LAYER_NORM, LAYER_NORM_BACKWARD};
pub use layers::{attention, dense, gelu, layer_norm, lookup, pool};
pub use mix::MIX_WEIGHT;
pub use norm::{NORM_FINALIZE, SQUARE_SUM, SQUARE_SUM_MASKED, partial_sums};
pub use pool::{POOL, POOL_BACKWARD};
pub use product::{PRODUCT, PRODUCT_BIAS, PRODUCT_BIAS_FOURS, PRODUCT_FOURS, forget_emulated, note_emulated};
pub use random_mask::{Draw, RANDOM_MASK};
pub use select::{DIGITS, Digit, HISTOGRAM_BINS, PACK_MASK, SELECT_HISTOGRAM, SELECT_NARROW};
pub use statistic::{COLUMN_SCORE, STATISTIC, STATISTIC_COLUMNS};

/// Every shader of the crate, for validation.
pub static SHADERS: [&Shader; 25] = [
    &ADAMW,
    &ADAMW_MASKED,
    &STATISTIC,
    &STATISTIC_COLUMNS,
    &COLUMN_SCORE,
    &RANDOM_MASK,
    &MIX_WEIGHT,
    &SQUARE_SUM,
    &SQUARE_SUM_MASKED,
    &NORM_FINALIZE,
    &SELECT_HISTOGRAM,
    &SELECT_NARROW,
    &PACK_MASK,
    &GELU,
    &GELU_BACKWARD,
    &PRODUCT,
    &PRODUCT_FOURS,
    &PRODUCT_BIAS,
    &PRODUCT_BIAS_FOURS,
    &SOFTMAX,
    &SOFTMAX_BACKWARD,
    &LAYER_NORM,
    &LAYER_NORM_BACKWARD,
    &POOL,
    &POOL_BACKWARD,
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
    fn adamw_masked(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        mask: IntTensor<Self>,
        norm: FloatTensor<Self>,
        step: AdamW,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
    fn statistic(
        gradient: FloatTensor<Self>,
        statistic: FloatTensor<Self>,
        norm: FloatTensor<Self>,
        fresh: bool,
    ) -> FloatTensor<Self>;
    fn statistic_columns(
        gradient: FloatTensor<Self>,
        mask: IntTensor<Self>,
        statistic: FloatTensor<Self>,
        kept: IntTensor<Self>,
        norm: FloatTensor<Self>,
        fresh: bool,
    ) -> (FloatTensor<Self>, IntTensor<Self>);
    fn column_score(
        statistic: FloatTensor<Self>,
        kept: IntTensor<Self>,
        factors: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
    fn random_mask(mask: IntTensor<Self>, draw: Draw) -> IntTensor<Self>;
    fn mix_weight(
        weight: FloatTensor<Self>,
        anchor: FloatTensor<Self>,
        mask: IntTensor<Self>,
        fraction: f64,
    ) -> FloatTensor<Self>;
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

            fn statistic(
                gradient: FloatTensor<Self>,
                statistic: FloatTensor<Self>,
                norm: FloatTensor<Self>,
                fresh: bool,
            ) -> FloatTensor<Self> {
                statistic::$side::statistic(gradient, statistic, norm, fresh)
            }

            fn statistic_columns(
                gradient: FloatTensor<Self>,
                mask: IntTensor<Self>,
                statistic: FloatTensor<Self>,
                kept: IntTensor<Self>,
                norm: FloatTensor<Self>,
                fresh: bool,
            ) -> (FloatTensor<Self>, IntTensor<Self>) {
                statistic::$side::statistic_columns(gradient, mask, statistic, kept, norm, fresh)
            }

            fn column_score(
                statistic: FloatTensor<Self>,
                kept: IntTensor<Self>,
                factors: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                statistic::$side::column_score(statistic, kept, factors)
            }

            fn random_mask(mask: IntTensor<Self>, draw: Draw) -> IntTensor<Self> {
                random_mask::$side::random_mask(mask, draw)
            }

            fn mix_weight(
                weight: FloatTensor<Self>,
                anchor: FloatTensor<Self>,
                mask: IntTensor<Self>,
                fraction: f64,
            ) -> FloatTensor<Self> {
                mix::$side::mix_weight(weight, anchor, mask, fraction)
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

/// As [`adamw`] with the gradient of the entries that `mask` keeps, times `step.gradient_scale`.
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

/// Adds the squared gradient / 1000 to the statistic; `fresh` starts it anew.
pub fn statistic(gradient: Tensor<1>, statistic: Tensor<1>, norm: Tensor<1>, fresh: bool) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::statistic(
        gradient.into_dispatch(),
        statistic.into_dispatch(),
        norm.into_dispatch(),
        fresh,
    ))
}

/// As [`statistic`] over the columns that `mask` keeps; `kept` `[columns]` counts how often each was.
pub fn statistic_columns(
    gradient: Tensor<1>,
    mask: Tensor<1, Int>,
    statistic: Tensor<1>,
    kept: Tensor<1, Int>,
    norm: Tensor<1>,
    fresh: bool,
) -> (Tensor<1>, Tensor<1, Int>) {
    let (statistic, kept) = Dispatch::statistic_columns(
        gradient.into_dispatch(),
        mask.into_dispatch(),
        statistic.into_dispatch(),
        kept.into_dispatch(),
        norm.into_dispatch(),
        fresh,
    );
    (Tensor::from_dispatch(statistic), Tensor::from_dispatch(kept))
}

/// The statistic times `factors[kept]` of the entry's column; `kept` beyond the table counts as its end.
pub fn column_score(statistic: Tensor<1>, kept: Tensor<1, Int>, factors: Tensor<1>) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::column_score(
        statistic.into_dispatch(),
        kept.into_dispatch(),
        factors.into_dispatch(),
    ))
}

/// Overwrites `mask` with a random one.
pub fn random_mask(mask: Tensor<1, Int>, draw: Draw) -> Tensor<1, Int> {
    Tensor::from_dispatch(Dispatch::random_mask(mask.into_dispatch(), draw))
}

/// `((1 - m) * anchor + m * weight - (1 - fraction) * anchor) / fraction` for the mask m.
pub fn mix_weight<const D: usize>(
    weight: Tensor<D>,
    anchor: Tensor<1>,
    mask: Tensor<1, Int>,
    fraction: f64,
) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::mix_weight(
        weight.into_dispatch(),
        anchor.into_dispatch(),
        mask.into_dispatch(),
        fraction,
    ))
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

/// For each pair of scores (all non-negative) and mask the mask of those among the `k` largest of all scores
/// together, where those equal to the k-th are all kept, and its selection state. The mask that is given is
/// the one before, which the overlap is counted against.
pub fn select(
    matrices: Vec<(Tensor<1>, Tensor<1, Int>)>,
    k: usize,
    device: &Device,
) -> Vec<(Tensor<1, Int>, Tensor<1, Int>)> {
    let mut selection = words(&[0, k as u32, 0, 0], device).into_dispatch();
    let mut histogram = words(&[0; HISTOGRAM_BINS], device).into_dispatch();
    for digit in DIGITS {
        for (score, _) in &matrices {
            let score = score.clone().into_dispatch();
            histogram = Dispatch::select_histogram(score, selection.clone(), histogram, digit);
        }
        (selection, histogram) = Dispatch::select_narrow(selection, histogram, digit);
    }
    let pack = |(score, mask): (Tensor<1>, Tensor<1, Int>)| {
        let (selection, mask) =
            Dispatch::pack_mask(score.into_dispatch(), selection.clone(), mask.into_dispatch());
        (Tensor::from_dispatch(mask), Tensor::from_dispatch(selection))
    };
    matrices.into_iter().map(pack).collect()
}

/// A tensor of 32-bit words.
pub fn words(values: &[u32], device: &Device) -> Tensor<1, Int> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), (device, DType::U32))
}

/// An empty mask for a matrix of `entries` entries.
pub fn empty_mask(entries: usize, device: &Device) -> Tensor<1, Int> {
    Tensor::zeros([entries.div_ceil(32)], (device, DType::U32))
}
