//! Every kernel against its CPU twin, on sizes that have a tail in each of its widths.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::check::{Computation, Output};
use crate::kernels::{self, AdamW, Draw, partial_sums};
use crate::random::{Random, Stream};

/// Entries of a tensor: no multiple of a mask word, a workgroup or a chunk of 65,536, and a multiple of a vector or not.
const SIZES: [usize; 2] = [70_001, 70_004];
/// Inputs and outputs of a matrix, likewise.
const SHAPES: [[usize; 2]; 2] = [[67, 43], [66, 44]];
/// A few roundings of float32, as a share of the largest entry.
const ROUNDING: f32 = 1e-5;

fn floats(name: &str, values: Tensor<1>) -> Output {
    Output::Floats(name.into(), values, ROUNDING)
}

fn words(name: &str, values: Tensor<1, Int>) -> Output {
    Output::Words(name.into(), values)
}

/// By the name of the shader, or of what several do together.
pub(super) const KERNELS: [Computation; 14] = [
    ("adamw", adamw),
    ("adamw_masked", adamw_masked),
    ("statistic", statistic),
    ("statistic_columns", statistic_columns),
    ("column_score", column_score),
    ("random_mask", random_mask),
    ("mix_weight", mix_weight),
    ("norm (square_sum, square_sum_masked, norm_finalize)", norm),
    ("gelu and gelu_backward", gelu),
    ("selection (select_histogram, select_narrow, pack_mask)", selection),
    ("dense (product, product_fours, product_bias, product_bias_fours)", dense),
    ("attention (product, softmax, softmax_backward)", attention),
    ("layer_norm and layer_norm_backward", layer_norm),
    ("pool and pool_backward", pool),
];

fn normal(entries: usize, index: u64) -> Vec<f32> {
    let mut random = Random::new(17, Stream::Initialisation, index);
    // four digits are as good as all, and 70,000 cosines take longer than all kernels together
    (0..entries).map(|_| (random.below(40_001) as f32 - 20_000.0) / 10_000.0).collect()
}

fn upload(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let entries = values.len();
    Tensor::from_data(TensorData::new(values, [entries]), device)
}

fn random(entries: usize, index: u64, device: &Device) -> Tensor<1> {
    upload(normal(entries, index), device)
}

fn squares(entries: usize, index: u64, device: &Device) -> Tensor<1> {
    upload(normal(entries, index).into_iter().map(|value| value * value).collect(), device)
}

fn mask(entries: usize, device: &Device) -> Tensor<1, Int> {
    let mut random = Random::new(17, Stream::RandomMask, entries as u64);
    let bits: Vec<u32> = (0..entries.div_ceil(32)).map(|_| random.word() | random.word()).collect();
    kernels::words(&bits, device)
}

/// Two of three columns, each of `outputs` entries.
fn columns([inputs, outputs]: [usize; 2], device: &Device) -> Tensor<1, Int> {
    let mut bits = vec![0; (inputs * outputs).div_ceil(32)];
    for entry in (0..inputs * outputs).filter(|entry| entry / outputs % 3 != 1) {
        bits[entry / 32] |= 1 << (entry % 32);
    }
    kernels::words(&bits, device)
}

/// A gradient norm that clips to half, of a step that is taken or not.
fn clip(finite: bool, device: &Device) -> Tensor<1> {
    upload(vec![2.0, 0.5, f32::from(u8::from(finite)), 0.0], device)
}

const STEP: AdamW = AdamW {
    learning_rate: 0.01,
    weight_decay: 0.1,
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    step: 2,
    gradient_scale: 1.0,
    strict: false,
};

fn adamw(device: &Device) -> Vec<Output> {
    let run = |(entries, finite): (usize, bool)| {
        let moments = [random(entries, 2, device), squares(entries, 3, device)];
        let (weight, gradient) = (random(entries, 0, device), random(entries, 1, device));
        let (weight, [first, second]) = kernels::adamw(weight, gradient, moments, clip(finite, device), STEP);
        [floats("weight", weight), floats("first moment", first), floats("second moment", second)]
    };
    [(SIZES[0], true), (SIZES[1], true), (SIZES[1], false)].into_iter().flat_map(run).collect()
}

fn adamw_masked(device: &Device) -> Vec<Output> {
    let run = |(entries, strict): (usize, bool)| {
        let moments = [random(entries, 2, device), squares(entries, 3, device)];
        let (weight, gradient) = (random(entries, 0, device), random(entries, 1, device));
        let step = AdamW { strict, gradient_scale: 1.5, ..STEP };
        let (weight, [first, second]) =
            kernels::adamw_masked(weight, gradient, moments, mask(entries, device), clip(true, device), step);
        [floats("weight", weight), floats("first moment", first), floats("second moment", second)]
    };
    SIZES.into_iter().flat_map(|entries| [(entries, false), (entries, true)]).flat_map(run).collect()
}

fn statistic(device: &Device) -> Vec<Output> {
    let run = |(entries, fresh, finite): (usize, bool, bool)| {
        let (gradient, before) = (random(entries, 1, device), squares(entries, 2, device));
        floats("statistic", kernels::statistic(gradient, before, clip(finite, device), fresh))
    };
    let [odd, even] = SIZES;
    [(odd, true, true), (odd, false, true), (even, true, true), (even, false, true), (even, false, false)]
        .map(run)
        .into()
}

fn statistic_columns(device: &Device) -> Vec<Output> {
    let run = |([inputs, outputs], fresh, finite): ([usize; 2], bool, bool)| {
        let entries = inputs * outputs;
        let (statistic, kept) = kernels::statistic_columns(
            random(entries, 1, device),
            columns([inputs, outputs], device),
            squares(entries, 2, device),
            kernels::words(&vec![3; inputs], device),
            clip(finite, device),
            fresh,
        );
        [floats("statistic", statistic), words("count", kept)]
    };
    let [odd, even] = SHAPES;
    [(odd, true, true), (odd, false, true), (even, true, true), (even, false, true), (even, false, false)]
        .into_iter()
        .flat_map(run)
        .collect()
}

fn column_score(device: &Device) -> Vec<Output> {
    let run = |[inputs, outputs]: [usize; 2]| {
        let kept: Vec<u32> = (0..inputs as u32).map(|input| input % 5).collect();
        let statistic = squares(inputs * outputs, 2, device);
        let factors = upload(vec![1.0, 0.8, 0.5, 0.25], device);
        floats("score", kernels::column_score(statistic, kernels::words(&kept, device), factors))
    };
    SHAPES.map(run).into()
}

const DRAW: Draw = Draw {
    entries: 0,
    stride: 1,
    fraction: 0.3,
    stream: Stream::RandomMask,
    seed: 0xfedc_ba98_7654_3210,
    step: 3,
    matrix: 5,
};

fn random_mask(device: &Device) -> Vec<Output> {
    let run = |(entries, stride): (usize, usize)| {
        let before = kernels::empty_mask(entries, device);
        words("mask", kernels::random_mask(before, Draw { entries, stride, ..DRAW }))
    };
    [(SIZES[0], 1), (SIZES[1], 1), (SHAPES[0][0] * SHAPES[0][1], SHAPES[0][1])].map(run).into()
}

fn mix_weight(device: &Device) -> Vec<Output> {
    let run = |entries: usize| {
        let (weight, anchor) = (random(entries, 0, device), random(entries, 1, device));
        floats("weight", kernels::mix_weight(weight, anchor, mask(entries, device), 0.7))
    };
    SIZES.map(run).into()
}

fn norm(device: &Device) -> Vec<Output> {
    let total: usize = SIZES.into_iter().map(partial_sums).sum();
    let of = |masked: bool, gradients: [Tensor<1>; 2], max_norm: f32| {
        let mut partials = upload(vec![1.0; total], device);
        let mut offset = 0;
        for (entries, gradient) in SIZES.into_iter().zip(gradients) {
            let mask = masked.then(|| mask(entries, device));
            partials = kernels::square_sum(gradient, mask, partials, offset);
            offset += partial_sums(entries);
        }
        let norm = kernels::norm_finalize(partials, clip(true, device), max_norm);
        // apart, because a tolerance is a share of the largest entry
        [
            floats("norm", norm.clone().narrow(0, 0, 1)),
            floats("factor, finite, skipped", norm.narrow(0, 1, 3)),
        ]
    };
    // the last entry weighs as much as the others together, so that a norm without it is another
    let ending = |last: f32| {
        SIZES.map(|entries| {
            let mut values = normal(entries, 1);
            values[entries - 1] = last;
            upload(values, device)
        })
    };
    let (gradients, broken) = (|| ending(500.0), || ending(f32::NAN));
    [(false, gradients(), 1.0), (true, gradients(), 1.0), (false, gradients(), 0.0), (false, broken(), 1.0)]
        .into_iter()
        .flat_map(|(masked, gradients, max_norm)| of(masked, gradients, max_norm))
        .collect()
}

fn selection(device: &Device) -> Vec<Output> {
    // many ties, and none: each score then moves the threshold
    let tied = |entries: usize| normal(entries, 4).into_iter().map(|score| score.abs().round()).collect();
    // the last entry is the largest
    let distinct = |entries: usize| {
        let place = |i: usize| (i * 7919 % entries + i / entries * entries) as f32;
        (1..=entries).map(place).collect()
    };
    let run = |(scores, share): (Vec<f32>, f64)| {
        let entries = scores.len();
        let k = (entries as f64 * share) as usize;
        let matrix = (upload(scores, device), mask(entries, device));
        let selected = kernels::select(vec![matrix], k, device);
        selected.into_iter().flat_map(|(mask, state)| [words("mask", mask), words("state", state)])
    };
    [(distinct(SIZES[0]), 0.7), (tied(SIZES[1]), 0.3)].into_iter().flat_map(run).collect()
}

fn gelu(device: &Device) -> Vec<Output> {
    let run = |entries: usize| {
        let input = random(entries, 0, &device.clone().autodiff()).require_grad();
        let output = kernels::gelu(input.clone());
        let loss = (output.clone() * random(entries, 1, &device.clone().autodiff())).sum();
        let gradient = input.grad(&loss.backward()).expect("the input is tracked");
        [floats("gelu", output.inner()), floats("gradient", gradient)]
    };
    SIZES.into_iter().flat_map(run).collect()
}

/// The result and the gradients of what is computed from random tensors of these shapes.
fn differentiated<const N: usize>(
    entries: [usize; N],
    device: &Device,
    compute: impl Fn([Tensor<1>; N]) -> Tensor<1>,
) -> Vec<Output> {
    let autodiff = device.clone().autodiff();
    let mut index = 0;
    let inputs = entries.map(|entries| {
        index += 1;
        random(entries, index, &autodiff).require_grad()
    });
    let result = compute(inputs.clone());
    let weights = random(result.dims()[0], 0, &autodiff);
    let gradients = (result.clone() * weights).sum().backward();
    let of = |input: Tensor<1>| floats("gradient", input.grad(&gradients).expect("the input is tracked"));
    [floats("result", result.inner())].into_iter().chain(inputs.map(of)).collect()
}

fn dense(device: &Device) -> Vec<Output> {
    // with a tail in rows, columns and groups of columns, in single entries and in vectors, also of terms
    let run = |[rows, inputs, outputs]: [usize; 3]| {
        differentiated([rows * inputs, inputs * outputs, outputs], device, |[x, weight, bias]| {
            let (x, weight) = (x.reshape([rows, inputs]), weight.reshape([inputs, outputs]));
            kernels::dense(x, weight, bias).reshape([rows * outputs])
        })
    };
    [[37, 43, 35], [36, 44, 140]].into_iter().flat_map(run).collect()
}

fn attention(device: &Device) -> Vec<Output> {
    let run = |[batch, length, heads, size]: [usize; 4]| {
        let entries = batch * length * heads * size;
        // so large that a softmax must take the largest score away before it raises e to the others
        let bias = (random(batch * length, 9, &device.clone().autodiff()) + 60.0).reshape([batch, length]);
        differentiated([entries; 3], device, |inputs| {
            let inputs = inputs.map(|x| x.reshape([batch, length, heads * size]));
            kernels::attention(inputs, bias.clone(), heads).reshape([entries])
        })
    };
    [[2, 9, 3, 5], [2, 20, 3, 8]].into_iter().flat_map(run).collect()
}

fn layer_norm(device: &Device) -> Vec<Output> {
    let run = |[rows, features]: [usize; 2]| {
        differentiated([rows * features, features, features], device, |[x, weight, bias]| {
            let x = x.reshape([rows, features]);
            kernels::layer_norm(x, weight, bias, 1e-12).reshape([rows * features])
        })
    };
    [[301, 43], [301, 44]].into_iter().flat_map(run).collect()
}

fn pool(device: &Device) -> Vec<Output> {
    let run = |[texts, length, features]: [usize; 3]| {
        let weights = random(texts * length, 9, &device.clone().autodiff()).reshape([texts, length]);
        differentiated([texts * length * features], device, |[hidden]| {
            let hidden = hidden.reshape([texts, length, features]);
            kernels::pool(hidden, weights.clone()).reshape([texts * features])
        })
    };
    [[7, 9, 43], [7, 9, 44]].into_iter().flat_map(run).collect()
}
