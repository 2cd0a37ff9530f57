//! Each kernel against its CPU twin and a plain reference, on random, tiny, odd-sized and hostile inputs.
//! `SUBTUNE_DEVICE` names the device under test (default: `cpu`, the twins themselves).

mod common;
#[path = "../examples/kernel.rs"]
#[expect(dead_code, reason = "its main function")]
mod example;

use burn::tensor::{Device, Int, Tensor, TensorData};
use subtune::device::{read_floats, read_integers};
use subtune::kernels::{self, AdamW, Draw, partial_sums};
use subtune::random::{Random, Stream, philox4x32};

/// Sizes around the widths of a vector, a mask word, a workgroup and a chunk.
const SIZES: [usize; 14] = [1, 2, 3, 4, 5, 31, 32, 33, 255, 257, 1000, 65_535, 65_540, 200_001];

/// Values that break naive kernels: zeros, ties, denormals, infinities, NaN.
const HOSTILE: [f32; 10] =
    [0.0, -0.0, 1.0, 1.0, f32::MIN_POSITIVE, 1e-42, f32::MAX, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];

fn random(entries: usize, index: u64) -> Vec<f32> {
    let mut random = Random::new(11, Stream::Initialisation, index);
    (0..entries).map(|_| random.normal()).collect()
}

fn hostile(entries: usize, index: u64) -> Vec<f32> {
    let mut random = Random::new(12, Stream::Initialisation, index);
    (0..entries).map(|_| HOSTILE[random.below(HOSTILE.len() as u32) as usize]).collect()
}

fn upload(values: &[f32], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
}

fn floats(tensor: Tensor<1>) -> Vec<f32> {
    pollster::block_on(read_floats(tensor)).unwrap()
}

fn words(tensor: Tensor<1, Int>) -> Vec<u32> {
    pollster::block_on(read_integers(tensor)).unwrap()
}

fn pack(bits: &[bool]) -> Vec<u32> {
    bits.chunks(32).map(|bits| bits.iter().enumerate().map(|(i, bit)| u32::from(*bit) << i).sum()).collect()
}

fn mask_of(entries: usize) -> Vec<bool> {
    let mut random = Random::new(13, Stream::RandomMask, entries as u64);
    (0..entries).map(|_| random.below(10) < 7).collect()
}

/// Asserts equality up to `relative` of the larger of the expected value and `floor`. Values that are not finite must
/// be the same.
fn assert_close_above(floor: f64, found: &[f32], expected: &[f64], relative: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let found = f64::from(*found);
        let close = if expected.is_finite() {
            (found - expected).abs() <= relative * expected.abs().max(floor)
        } else {
            found == *expected || found.is_nan() && expected.is_nan()
        };
        assert!(close, "{what}[{i}]: {found}, expected {expected}");
    }
}

fn assert_close(found: &[f32], expected: &[f64], relative: f64, what: &str) {
    assert_close_above(1e-6, found, expected, relative, what);
}

/// Asserts that weights are close. Weights and first moments are differences of numbers of size 1, so rounding is
/// relative to 1.
fn assert_weights_close(found: &[f32], expected: &[f64], what: &str) {
    assert_close_above(1.0, found, expected, ROUNDING, what);
}

const STEP: AdamW = AdamW {
    learning_rate: 1e-3,
    weight_decay: 0.01,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    step: 3,
    gradient_scale: 1.0,
    strict: false,
};
const SCALE: f32 = 0.5;

fn norm(device: &Device, finite: f32) -> Tensor<1> {
    upload(&[2.0, SCALE, finite, 0.0], device)
}

/// AdamW in f64: new weight, first and second moment.
fn reference(weight: f32, gradient: f64, first: f32, second: f32) -> [f64; 3] {
    let [lr, decay, beta1, beta2] =
        [STEP.learning_rate, STEP.weight_decay, STEP.beta1, STEP.beta2].map(f64::from);
    let first = beta1 * f64::from(first) + (1.0 - beta1) * gradient;
    let second = beta2 * f64::from(second) + (1.0 - beta2) * gradient * gradient;
    let denominator = (second / (1.0 - beta2.powi(3))).sqrt() + 1e-8;
    let weight = f64::from(weight) * (1.0 - lr * decay) - lr * (first / (1.0 - beta1.powi(3))) / denominator;
    [weight, first, second]
}

/// float32 rounding of about six operations.
const ROUNDING: f64 = 1e-6;

#[test]
fn every_shader_is_valid_wgsl_for_the_default_limits() {
    for shader in kernels::shaders() {
        for width in shader.widths() {
            let text = shader.text(*width);
            let module = naga::front::wgsl::parse_str(&text)
                .unwrap_or_else(|error| panic!("{}: {}", shader.name, error.emit_to_string(&text)));
            naga::valid::Validator::new(
                naga::valid::ValidationFlags::all(),
                naga::valid::Capabilities::empty(),
            )
            .validate(&module)
            .unwrap_or_else(|error| panic!("{}: {error:?}", shader.name));
            let bindings = module.global_variables.iter().filter(|(_, one)| one.binding.is_some()).count();
            assert!(bindings <= 8, "{} binds {bindings} buffers", shader.name);
        }
    }
}

#[test]
fn adamw_matches_the_reference() {
    let device = common::device().device;
    for entries in SIZES {
        let [w, g, m] = [0, 1, 2].map(|index| random(entries, index));
        let v: Vec<f32> = random(entries, 3).iter().map(|x| x * x).collect();
        let expected: Vec<[f64; 3]> =
            (0..entries).map(|i| reference(w[i], f64::from(g[i]) * f64::from(SCALE), m[i], v[i])).collect();
        let part = |k: usize| expected.iter().map(|one| one[k]).collect::<Vec<_>>();
        let up = |values: &[f32]| upload(values, &device);

        let (weight, [first, second]) =
            kernels::adamw(up(&w), up(&g), [up(&m), up(&v)], norm(&device, 1.0), STEP);
        assert_weights_close(&floats(weight), &part(0), "adamw weight");
        assert_weights_close(&floats(first), &part(1), "adamw first moment");
        assert_close(&floats(second), &part(2), ROUNDING, "adamw second moment");
    }
}

#[test]
fn masked_adamw_gives_unselected_entries_no_gradient_and_strict_leaves_them_alone() {
    let device = common::device().device;
    for entries in SIZES {
        let [w, mut g, m] = [0, 1, 2].map(|index| random(entries, index));
        let v: Vec<f32> = random(entries, 3).iter().map(|x| x * x).collect();
        let mask = mask_of(entries);
        for (i, keep) in mask.iter().enumerate() {
            if !keep && i % 3 == 0 {
                g[i] = HOSTILE[7 + i % 3]; // must not reach the moments
            }
        }
        for (strict, gradient_scale) in [(false, 1.0), (true, 1.0), (false, 2.5)] {
            let up = |values: &[f32]| upload(values, &device);
            let (weight, [first, second]) = kernels::adamw_masked(
                up(&w),
                up(&g),
                [up(&m), up(&v)],
                kernels::u32_tensor(&pack(&mask), &device),
                norm(&device, 1.0),
                AdamW { strict, gradient_scale, ..STEP },
            );
            let expected: Vec<[f64; 3]> = (0..entries)
                .map(|i| match (mask[i], strict) {
                    (true, _) => {
                        let scale = f64::from(SCALE * gradient_scale);
                        reference(w[i], f64::from(g[i]) * scale, m[i], v[i])
                    }
                    (false, false) => reference(w[i], 0.0, m[i], v[i]),
                    (false, true) => [w[i], m[i], v[i]].map(f64::from),
                })
                .collect();
            let part = |k: usize| expected.iter().map(|one| one[k]).collect::<Vec<_>>();
            let weight = floats(weight);
            if strict {
                let untouched = |i: &usize| !mask[*i];
                assert!((0..entries).filter(untouched).all(|i| weight[i].to_bits() == w[i].to_bits()));
            }
            assert_weights_close(&weight, &part(0), "weight");
            assert_weights_close(&floats(first), &part(1), "first moment");
            assert_close(&floats(second), &part(2), ROUNDING, "second moment");
        }
    }
}

#[test]
fn a_step_whose_norm_is_no_number_changes_nothing() {
    let device = common::device().device;
    let entries = 1003;
    let (w, g) = (random(entries, 0), hostile(entries, 1));
    let up = |values: &[f32]| upload(values, &device);
    let moments = || [up(&w), up(&w)];
    let norm = || norm(&device, 0.0);
    let mask = kernels::u32_tensor(&pack(&mask_of(entries)), &device);
    let (plain, plain_moments) = kernels::adamw(up(&w), up(&g), moments(), norm(), STEP);
    let (masked, masked_moments) =
        kernels::adamw_masked(up(&w), up(&g), moments(), mask.clone(), norm(), STEP);
    let statistic = kernels::statistic(up(&g), up(&w), norm(), false);
    let counts: Vec<u32> = (0..17).collect();
    let kept = kernels::u32_tensor(&counts, &device);
    let (columns, kept) = kernels::statistic_columns(up(&g), mask, up(&w), kept, norm(), false);
    for tensor in [plain, masked, statistic, columns].into_iter().chain(plain_moments).chain(masked_moments) {
        assert_eq!(floats(tensor), w);
    }
    assert_eq!(words(kept), counts);
}

#[test]
fn the_norm_is_that_of_all_gradients_and_clips() {
    let device = common::device().device;
    let gradients: Vec<Vec<f32>> = SIZES.iter().map(|entries| random(*entries, *entries as u64)).collect();
    for (masked, max_norm) in [(false, 1.0), (true, 1e9), (true, 0.0)] {
        let total = gradients.iter().map(|g| partial_sums(g.len())).sum();
        let mut partials = upload(&vec![f32::NAN; total], &device); // each slot must be written
        let (mut offset, mut expected) = (0, 0.0);
        for gradient in &gradients {
            let bits = mask_of(gradient.len());
            let kept = gradient.iter().zip(&bits).filter(|(_, bit)| !masked || **bit);
            expected += kept.map(|(g, _)| f64::from(*g).powi(2)).sum::<f64>();
            let mask = masked.then(|| kernels::u32_tensor(&pack(&bits), &device));
            partials = kernels::square_sum(upload(gradient, &device), mask, partials, offset);
            offset += partial_sums(gradient.len());
        }
        let found =
            floats(kernels::norm_finalize(partials, upload(&[0.0, 0.0, 0.0, 5.0], &device), max_norm));
        let expected = expected.sqrt();
        let clip = if max_norm == 1.0 { 1.0 / (expected + 1e-6) } else { 1.0 };
        // sums of 256 terms in a fixed order, then of partial sums
        assert_close(&found, &[expected, clip, 1.0, 5.0], 1e-5, "norm");
    }
}

#[test]
fn an_infinite_or_missing_number_makes_the_norm_not_finite_unless_it_is_masked_out() {
    let device = common::device().device;
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
        for entries in [1usize, 5, 1024] {
            let mut gradient = random(entries, 9);
            gradient[entries - 1] = bad;
            let partials = || upload(&vec![0.0; partial_sums(entries)], &device);
            let finalize = |partials| floats(kernels::norm_finalize(partials, norm(&device, 1.0), 1.0));
            let whole = kernels::square_sum(upload(&gradient, &device), None, partials(), 0);
            let found = finalize(whole);
            assert_eq!((found[2], found[3]), (0.0, 1.0), "{bad} in {entries}");
            let mut bits = vec![true; entries];
            bits[entries - 1] = false;
            let mask = kernels::u32_tensor(&pack(&bits), &device);
            let masked = kernels::square_sum(upload(&gradient, &device), Some(mask), partials(), 0);
            let found = finalize(masked);
            assert_eq!((found[2], found[3]), (1.0, 0.0), "{bad} masked in {entries}");
        }
    }
}

#[test]
fn selection_is_exact_and_keeps_ties() {
    let device = common::device().device;
    let squares = |entries: usize| random(entries, 21).iter().map(|x| x * x).collect::<Vec<_>>();
    let tied =
        |entries: usize| random(entries, 22).iter().map(|x| (x * 2.0).abs().round()).collect::<Vec<_>>();
    let unsigned = |entries: usize| hostile(entries, 23).iter().map(|x| x.abs()).collect::<Vec<_>>();
    let zeros = |entries: usize| vec![0.0f32; entries];
    for entries in SIZES {
        for scores in [squares(entries), tied(entries), unsigned(entries), zeros(entries)] {
            for share in [1e-9, 0.3, 0.7, 1.0] {
                let k = ((entries as f64 * share).ceil() as usize).clamp(1, entries);
                // NaN sorts above infinity, as its bits do
                let mut sorted: Vec<u32> = scores.iter().map(|x| x.to_bits()).collect();
                sorted.sort_unstable_by(|a, b| b.cmp(a));
                let threshold = sorted[k - 1];
                let expected: Vec<bool> = scores.iter().map(|x| x.to_bits() >= threshold).collect();
                let before = mask_of(entries);
                let matrix = (upload(&scores, &device), kernels::u32_tensor(&pack(&before), &device));
                let [(mask, selection)] = kernels::select(vec![matrix], k, &device).try_into().unwrap();
                assert_eq!(words(mask), pack(&expected), "{entries} entries, k {k}");
                let kept = expected.iter().filter(|bit| **bit).count() as u32;
                let both = expected.iter().zip(&before).filter(|(a, b)| **a && **b).count() as u32;
                let state = words(selection);
                assert_eq!((state[0], state[2], state[3]), (threshold, kept, both));
            }
        }
    }
}

#[test]
fn a_selection_among_several_matrices_has_one_threshold() {
    let device = common::device().device;
    let scores: Vec<Vec<f32>> = SIZES
        .iter()
        .map(|entries| {
            random(*entries, 24).iter().map(|x| (x * 8.0).abs().round() * *entries as f32).collect()
        })
        .collect();
    let mut sorted = scores.concat();
    sorted.sort_by(|a, b| b.total_cmp(a));
    for k in [1, sorted.len() / 3, sorted.len()] {
        let matrix = |one: &Vec<f32>| (upload(one, &device), kernels::empty_mask(one.len(), &device));
        let found = kernels::select(scores.iter().map(matrix).collect(), k, &device);
        for ((mask, selection), scores) in found.into_iter().zip(&scores) {
            let expected: Vec<bool> = scores.iter().map(|score| *score >= sorted[k - 1]).collect();
            assert_eq!(words(mask), pack(&expected), "{} entries, k {k}", scores.len());
            assert_eq!(words(selection)[2] as usize, expected.iter().filter(|bit| **bit).count());
        }
    }
}

#[test]
fn the_statistic_sums_squared_gradients() {
    let device = common::device().device;
    for entries in SIZES {
        let g = random(entries, 1);
        for (fresh, start) in [(false, 0.25), (true, 0.0)] {
            let before = upload(&vec![0.25; entries], &device);
            let found = kernels::statistic(upload(&g, &device), before, norm(&device, 1.0), fresh);
            let sums: Vec<f64> = g.iter().map(|g| start + f64::from(*g).powi(2) / 1000.0).collect();
            assert_close(&floats(found), &sums, ROUNDING, "statistic");
        }
    }
}

/// Inputs and outputs around the widths of a vector and a mask word; more columns than vectors, and one column.
const SHAPES: [[usize; 2]; 10] =
    [[1, 1], [1, 7], [9, 1], [24, 3], [6, 4], [33, 31], [32, 32], [300, 2], [257, 40], [11, 7001]];

#[test]
fn the_statistic_of_columns_leaves_dropped_columns_out_and_counts_the_others() {
    let device = common::device().device;
    for [inputs, outputs] in SHAPES {
        let entries = inputs * outputs;
        let columns = mask_of(inputs);
        let mask: Vec<bool> = (0..entries).map(|i| columns[i / outputs]).collect();
        let mut g = random(entries, 1);
        for i in (0..entries).filter(|i| !mask[*i]) {
            g[i] = HOSTILE[7 + i % 3];
        }
        for (fresh, start) in [(false, 1), (true, 0)] {
            let (statistic, kept) = kernels::statistic_columns(
                upload(&g, &device),
                kernels::u32_tensor(&pack(&mask), &device),
                upload(&vec![1.0; entries], &device),
                kernels::u32_tensor(&vec![1; inputs], &device),
                norm(&device, 1.0),
                fresh,
            );
            let square = |i: usize| if mask[i] { f64::from(g[i]).powi(2) / 1000.0 } else { 0.0 };
            let sums: Vec<f64> = (0..entries).map(|i| f64::from(start) + square(i)).collect();
            assert_close(&floats(statistic), &sums, ROUNDING, "statistic");
            let counts: Vec<u32> = columns.iter().map(|keep| start + u32::from(*keep)).collect();
            assert_eq!(words(kept), counts, "{inputs} x {outputs}");
        }
    }
}

#[test]
fn the_score_is_the_statistic_times_the_factor_of_its_column() {
    let device = common::device().device;
    let factors = [1.0, 0.9, 0.45, 0.3];
    for [inputs, outputs] in SHAPES {
        let statistic: Vec<f32> = random(inputs * outputs, 5).iter().map(|x| x * x).collect();
        // the last count is beyond the table
        let kept: Vec<u32> = (0..inputs as u32).map(|i| i % 5).collect();
        let score = kernels::column_score(
            upload(&statistic, &device),
            kernels::u32_tensor(&kept, &device),
            upload(&factors, &device),
        );
        let factor = |i: usize| factors[(kept[i / outputs] as usize).min(3)];
        let expected: Vec<f32> = (0..inputs * outputs).map(|i| statistic[i] * factor(i)).collect();
        assert_eq!(floats(score), expected);
    }
}

const DRAW: Draw = Draw {
    entries: 0,
    stride: 1,
    fraction: 0.7,
    stream: Stream::RandomMask,
    seed: 0xfedc_ba98_7654_3210,
    step: 1,
    matrix: 0,
};

fn drawn(draw: Draw, device: &Device) -> Vec<u32> {
    // the previous content of the mask must not matter
    let before = vec![u32::MAX; draw.entries.div_ceil(32)];
    words(kernels::random_mask(kernels::u32_tensor(&before, device), draw))
}

/// The definition, draw by draw.
fn is_drawn(draw: Draw, i: usize) -> bool {
    let run = (i / draw.stride) as u32;
    let key = [draw.seed as u32, (draw.seed >> 32) as u32];
    let words = philox4x32([run / 4, draw.stream as u32, draw.step, draw.matrix], key);
    f64::from(words[run as usize % 4] >> 8) < (draw.fraction * 16_777_216.0).round()
}

#[test]
fn random_masks_are_the_same_on_every_device() {
    let device = common::device().device;
    let sizes = SIZES.map(|entries| (entries, 1));
    let shapes = SHAPES.map(|[inputs, outputs]| (inputs * outputs, outputs));
    for (entries, stride) in sizes.into_iter().chain(shapes) {
        for (fraction, seed, step, matrix) in [
            (0.7, 0, 1, 0),
            (0.123_456, u64::MAX, u32::MAX, u32::MAX),
            (0.5, DRAW.seed, 12, 37),
            (1.0, 3, 1, 1),
            (1e-9, 3, 1, 1),
        ] {
            let draw = Draw { entries, stride, fraction, seed, step, matrix, ..DRAW };
            let found = drawn(draw, &device);
            let expected: Vec<bool> = (0..entries).map(|i| is_drawn(draw, i)).collect();
            assert_eq!(found, pack(&expected), "{draw:?}");
            assert_eq!(found, drawn(draw, &Device::flex()), "{draw:?}");
        }
    }
}

/// Five standard errors around the mean of a binomial distribution.
fn assert_share(found: usize, of: usize, share: f64, what: &str) {
    let deviation = found as f64 / of as f64 - share;
    let error = (share * (1.0 - share) / of as f64).sqrt();
    assert!(deviation.abs() < 5.0 * error, "{what}: {found} of {of}, expected a share of {share}");
}

#[test]
fn random_masks_keep_their_share_and_are_independent() {
    let device = common::device().device;
    let bits = |draw: Draw| -> Vec<bool> {
        let words = drawn(draw, &device);
        (0..draw.entries / draw.stride)
            .map(|run| run * draw.stride)
            .map(|i| words[i / 32] >> (i % 32) & 1 == 1)
            .collect()
    };
    let entries = 96_000;
    let count = |bits: &[bool]| bits.iter().filter(|bit| **bit).count();
    let agree = |a: &[bool], b: &[bool]| a.iter().zip(b).filter(|(a, b)| a == b).count();
    for fraction in [0.1, 0.5, 0.7] {
        let independent = fraction * fraction + (1.0 - fraction) * (1.0 - fraction);
        let draw = Draw { entries, fraction, ..DRAW };
        let first = bits(draw);
        assert_share(count(&first), entries, fraction, "kept");
        for lag in [1, 2, 3, 4, 5, 32, 128] {
            let pairs = entries - lag;
            assert_share(agree(&first[lag..], &first[..pairs]), pairs, independent, "neighbours");
        }
        for other in [
            Draw { step: 2, ..draw },
            Draw { matrix: 1, ..draw },
            Draw { seed: draw.seed + 1, ..draw },
            Draw { seed: draw.seed ^ 1 << 32, ..draw },
            Draw { stream: Stream::ColumnNoise, ..draw },
        ] {
            assert_share(agree(&first, &bits(other)), entries, independent, "another mask");
        }
        // 300 columns in each of 100 steps
        let columns: Vec<bool> =
            (1..=100).flat_map(|step| bits(Draw { entries: 9000, stride: 30, step, ..draw })).collect();
        assert_share(count(&columns), columns.len(), fraction, "columns");
    }
}

#[test]
fn a_blended_weight_is_the_anchor_or_moved_away_from_it_so_that_the_mean_is_the_weight() {
    let device = common::device().device;
    let p = 0.3;
    for entries in SIZES {
        let (mut weight, anchor, mask) = (random(entries, 0), random(entries, 1), mask_of(entries));
        for i in (0..entries).filter(|i| !mask[*i] && i % 3 == 0) {
            weight[i] = HOSTILE[7 + i % 3];
        }
        let blend = |weight: &[f32], mask: &[bool]| {
            let mask = kernels::u32_tensor(&pack(mask), &device);
            floats(kernels::mix_weight(upload(weight, &device), upload(&anchor, &device), mask, 1.0 - p))
        };
        let found = blend(&weight, &mask);
        let expected: Vec<f64> = (0..entries)
            .map(|i| {
                let (w, a) = (f64::from(weight[i]), f64::from(anchor[i]));
                if mask[i] { (w - p * a) / (1.0 - p) } else { a }
            })
            .collect();
        assert_close_above(1.0, &found, &expected, ROUNDING, "blended");
        let dropped = |i: &usize| !mask[*i];
        assert!((0..entries).filter(dropped).all(|i| found[i].to_bits() == anchor[i].to_bits()));
        assert_eq!(blend(&anchor, &mask), anchor, "a weight that has not moved");
    }
}

#[test]
fn the_same_input_gives_the_same_bits() {
    let device = common::device().device;
    let gradient = random(200_001, 1);
    let run = || {
        let partials = upload(&vec![0.0; partial_sums(gradient.len())], &device);
        let partials = kernels::square_sum(upload(&gradient, &device), None, partials, 0);
        floats(kernels::norm_finalize(partials, norm(&device, 1.0), 1.0))[0].to_bits()
    };
    let first = run();
    assert!((0..5).all(|_| run() == first));
}

#[test]
fn a_weight_that_nobody_else_holds_is_updated_in_place_and_a_shared_one_is_copied() {
    let device = common::device().device;
    let weight = upload(&random(1024, 0), &device);
    let before = floats(weight.clone());
    let zeros = || upload(&vec![0.0; 1024], &device);
    let kept = weight.clone();
    let (updated, _) = kernels::adamw(
        weight,
        upload(&random(1024, 1), &device),
        [zeros(), zeros()],
        norm(&device, 1.0),
        STEP,
    );
    assert_eq!(floats(kept), before);
    assert_ne!(floats(updated), before);
}

/// erf by its Taylor series, exact to f64 for arguments up to 4.
fn erf(x: f64) -> f64 {
    let mut term = x;
    let mut sum = x;
    for n in 1..200 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

#[test]
fn gelu_and_its_derivative_are_exact() {
    let device = common::device().device.autodiff();
    for entries in [1, 3, 4, 1000, 70_001] {
        let x: Vec<f32> = random(entries, 31).iter().map(|x| x * 1.5).map(|x| x.clamp(-5.5, 5.5)).collect();
        let g = random(entries, 32);
        let input = upload(&x, &device).require_grad();
        let output = kernels::gelu(input.clone());
        let gradients = (output.clone() * upload(&g, &device)).sum().backward();
        let derivative = input.grad(&gradients).unwrap();
        let cdf = |x: f64| 0.5 * (1.0 + erf(x / std::f64::consts::SQRT_2));
        let density = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
        let x = || x.iter().map(|x| f64::from(*x));
        let value: Vec<f64> = x().map(|x| x * cdf(x)).collect();
        let slope: Vec<f64> = x().zip(&g).map(|(x, g)| f64::from(*g) * (cdf(x) + x * density(x))).collect();
        // 1 + erf cancels for negative x: the error is relative to 1, as in every float32 GELU
        assert_close_above(1.0, &floats(output.inner()), &value, 1e-6, "gelu");
        assert_close_above(1.0, &floats(derivative), &slope, 1e-6, "gelu derivative");
    }
}

/// `left` `[rows, terms]` times `right` `[terms, columns]`, each given by its entries.
fn product(
    [rows, terms, columns]: [usize; 3],
    left: impl Fn(usize, usize) -> f64,
    right: impl Fn(usize, usize) -> f64,
) -> Vec<f64> {
    let entry = |i: usize| (0..terms).map(|k| left(i / columns, k) * right(k, i % columns)).sum();
    (0..rows * columns).map(entry).collect()
}

#[test]
fn a_linear_layer_and_its_derivatives_are_plain_sums_of_products() {
    let device = common::device().device.autodiff();
    // with tails in the tiles of the kernel, and more than one of them in each direction
    for [rows, inputs, outputs] in
        [[1, 1, 1], [3, 2, 5], [16, 16, 16], [29, 43, 35], [33, 44, 140], [130, 7, 300]]
    {
        let (x, w) = (random(rows * inputs, 1), random(inputs * outputs, 2));
        let (b, g) = (random(outputs, 3), random(rows * outputs, 4));
        let [input, weight, bias] = [&x, &w, &b].map(|values| upload(values, &device).require_grad());
        let output = kernels::dense(
            input.clone().reshape([rows, inputs]),
            weight.clone().reshape([inputs, outputs]),
            bias.clone(),
        );
        let output = output.reshape([rows * outputs]);
        let gradients = (output.clone() * upload(&g, &device)).sum().backward();
        let [x, w, b, g] =
            [&x, &w, &b, &g].map(|values| values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>());
        let mut value = product([rows, inputs, outputs], |i, k| x[i * inputs + k], |k, j| w[k * outputs + j]);
        value.iter_mut().enumerate().for_each(|(i, value)| *value += b[i % outputs]);
        let by_x = product([rows, outputs, inputs], |i, k| g[i * outputs + k], |k, j| w[j * outputs + k]);
        let by_w = product([inputs, rows, outputs], |i, k| x[k * inputs + i], |k, j| g[k * outputs + j]);
        let by_b = product([1, rows, outputs], |_, _| 1.0, |k, j| g[k * outputs + j]);
        // rounding of sums of up to 300 terms of the size of 1
        let check = |found: Tensor<1>, expected: &[f64], what: &str| {
            assert_close_above(
                1.0,
                &floats(found),
                expected,
                3e-5,
                &format!("{what} {rows} {inputs} {outputs}"),
            );
        };
        check(output.inner(), &value, "result");
        check(input.grad(&gradients).unwrap(), &by_x, "gradient of x");
        check(weight.grad(&gradients).unwrap(), &by_w, "gradient of the weight");
        check(bias.grad(&gradients).unwrap(), &by_b, "gradient of the bias");
    }
}

/// What the scores of two tokens depend on besides queries and keys.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sees {
    All,
    /// Something is added for each head and both places.
    AllByPlace,
    Near(usize),
}

#[test]
fn attention_is_the_mean_of_values_by_the_softmax_of_scores() {
    let device = common::device().device;
    // the last two are so long that they are computed in tiles
    let shapes = [[1, 1, 1, 1], [2, 9, 3, 5], [2, 24, 2, 32], [3, 40, 4, 8], [2, 147, 2, 5], [2, 300, 2, 8]];
    let cases = shapes.into_iter().flat_map(|shape| {
        [Sees::All, Sees::AllByPlace, Sees::Near(0), Sees::Near(6)].map(|sees| (shape, sees))
    });
    for ([batch, length, heads, size], sees) in cases {
        let hidden = heads * size;
        let [q, k, v] = [1, 2, 3].map(|index| random(batch * length * hidden, index));
        // the last fifth of each text is padding
        let is_padding = |place: usize| place > 0 && place * 5 >= length * 4;
        let bias: Vec<f32> =
            (0..batch * length).map(|i| if is_padding(i % length) { -1e30 } else { 0.0 }).collect();
        let inputs = [&q, &k, &v].map(|values| upload(values, &device).reshape([batch, length, hidden]));
        let relative = random(heads * length * length, 4);
        let of_keys = upload(&bias, &device).reshape([batch, length]);
        let context = match sees {
            Sees::All => kernels::attention(inputs, of_keys, heads),
            Sees::AllByPlace => {
                let relative = upload(&relative, &device).reshape([heads, length, length]);
                kernels::attention_relative(inputs, of_keys, relative, heads)
            }
            Sees::Near(reach) => kernels::attention_near(inputs, of_keys, heads, reach),
        };
        let at = |values: &[f32], text: usize, place: usize, i: usize| {
            f64::from(values[(text * length + place) * hidden + i])
        };
        let entry = |text: usize, query: usize, feature: usize| {
            let head = feature / size * size..feature / size * size + size;
            let weight = |key: usize| {
                let score: f64 = head.clone().map(|i| at(&q, text, query, i) * at(&k, text, key, i)).sum();
                let added = match sees {
                    Sees::All => 0.0,
                    Sees::AllByPlace => relative[(feature / size * length + query) * length + key].into(),
                    Sees::Near(reach) if query.abs_diff(key) <= reach => 0.0,
                    Sees::Near(_) => f64::NEG_INFINITY,
                };
                (score / (size as f64).sqrt() + added + f64::from(bias[text * length + key])).exp()
            };
            let weights: Vec<f64> = (0..length).map(weight).collect();
            let values = weights.iter().enumerate().map(|(key, weight)| weight * at(&v, text, key, feature));
            values.sum::<f64>() / weights.iter().sum::<f64>()
        };
        let found = floats(context.reshape([batch * length * hidden]));
        // what padding sees is arbitrary
        let places = (0..batch * length).filter(|place| !is_padding(place % length));
        let (mut rows, mut expected) = (Vec::new(), Vec::new());
        for place in places {
            rows.extend_from_slice(&found[place * hidden..(place + 1) * hidden]);
            expected.extend((0..hidden).map(|feature| entry(place / length, place % length, feature)));
        }
        let what = format!("{batch} {length} {heads} {size} {sees:?}");
        assert_close_above(1.0, &rows, &expected, 1e-5, &what);
    }
}

#[test]
fn a_normalised_row_has_mean_0_and_variance_1() {
    let device = common::device().device;
    for [rows, features] in [[1, 3], [300, 43], [257, 44]] {
        let (x, weight, bias) = (random(rows * features, 1), random(features, 2), random(features, 3));
        let input = upload(&x, &device).reshape([rows, features]);
        let found = kernels::layer_norm(input, upload(&weight, &device), upload(&bias, &device), 1e-12);
        let row = |row: &[f32]| {
            let row: Vec<f64> = row.iter().map(|x| f64::from(*x)).collect();
            let mean = row.iter().sum::<f64>() / features as f64;
            let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / features as f64;
            let normal = row.into_iter().map(move |x| (x - mean) / (variance + 1e-12).sqrt());
            let scaled = normal.zip(&weight).zip(&bias);
            scaled.map(|((x, w), b)| x * f64::from(*w) + f64::from(*b)).collect::<Vec<_>>()
        };
        let expected: Vec<f64> = x.chunks(features).flat_map(row).collect();
        let what = format!("{rows} {features}");
        assert_close_above(1.0, &floats(found.reshape([rows * features])), &expected, 1e-5, &what);
    }
}

#[test]
fn a_pooled_text_is_the_weighted_sum_of_its_tokens() {
    let device = common::device().device.autodiff();
    for [texts, length, features] in [[1, 1, 1], [3, 5, 43], [70, 9, 44]] {
        let (x, w, g) =
            (random(texts * length * features, 1), random(texts * length, 2), random(texts * features, 3));
        let input = upload(&x, &device).require_grad();
        let weights = upload(&w, &device).reshape([texts, length]);
        let output = kernels::pool(input.clone().reshape([texts, length, features]), weights);
        let output = output.reshape([texts * features]);
        let gradients = (output.clone() * upload(&g, &device)).sum().backward();
        let weight = |token: usize| f64::from(w[token]);
        let value = |i: usize| {
            let (text, feature) = (i / features, i % features);
            let tokens = text * length..(text + 1) * length;
            tokens.map(|token| weight(token) * f64::from(x[token * features + feature])).sum()
        };
        let slope = |i: usize| {
            let (token, feature) = (i / features, i % features);
            weight(token) * f64::from(g[token / length * features + feature])
        };
        let what = format!("{texts} {length} {features}");
        let value: Vec<f64> = (0..texts * features).map(value).collect();
        let slope: Vec<f64> = (0..texts * length * features).map(slope).collect();
        assert_close_above(1.0, &floats(output.inner()), &value, 1e-5, &what);
        assert_close_above(1.0, &floats(input.grad(&gradients).unwrap()), &slope, 1e-6, &what);
    }
}

#[test]
fn the_example_of_a_kernel_of_ones_own_agrees_with_its_twin() {
    let difference = pollster::block_on(example::largest_difference(&common::device().device)).unwrap();
    assert!(difference <= 1e-5, "{difference}");
}
