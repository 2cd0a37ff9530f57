//! The memory throughput of the update kernels, relative to a plain copy.

use std::time::Instant;

use burn::tensor::{Int, Tensor};
use rayon::prelude::*;
use subtune::device::Chosen;
use subtune::kernels::{self, AdamW, Draw};
use subtune::random::Stream;

use crate::table::{print, ratio};
use crate::turns::median;

/// The number of entries of each buffer: as many as MiniLM's word embeddings.
const ENTRIES: usize = 30_522 * 384;

const STEP: AdamW = AdamW {
    learning_rate: 1e-4,
    weight_decay: 0.01,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    step: 10,
    strict: false,
    gradient_scale: 1.0,
};

/// The buffers of the kernels.
struct Buffers {
    weight: Tensor<1>,
    gradient: Tensor<1>,
    moments: [Tensor<1>; 2],
    statistic: Tensor<1>,
    mask: Tensor<1, Int>,
    partials: Tensor<1>,
    norm: Tensor<1>,
    copied: [Vec<f32>; 2],
}

type Kernel = (&'static str, f64, fn(&Chosen, Buffers) -> Buffers);

/// Each kernel's name, the bytes it reads or writes per entry, and its launch.
const KERNELS: [Kernel; 7] = [
    ("copy", 8.0, |chosen, mut b| {
        if chosen.adapter.is_none() {
            let [to, from] = &mut b.copied;
            to.par_chunks_mut(1 << 16)
                .zip(from.par_chunks(1 << 16))
                .for_each(|(to, from)| to.copy_from_slice(from));
        } else {
            drop(b.gradient.clone().mul_scalar(1.5));
        }
        b
    }),
    ("square_sum", 4.0, |_, b| Buffers {
        partials: kernels::square_sum(b.gradient.clone(), None, b.partials, 0),
        ..b
    }),
    ("square_sum_masked", 4.125, |_, b| Buffers {
        partials: kernels::square_sum(b.gradient.clone(), Some(b.mask.clone()), b.partials, 0),
        ..b
    }),
    ("statistic", 12.0, |_, b| Buffers {
        statistic: kernels::statistic(b.gradient.clone(), b.statistic, b.norm.clone(), false),
        ..b
    }),
    ("mix_weight", 12.125, |_, b| {
        drop(kernels::mix_weight(b.weight.clone(), b.gradient.clone(), b.mask.clone(), 0.7));
        b
    }),
    ("adamw", 28.0, |_, b| {
        let (weight, moments) = kernels::adamw(b.weight, b.gradient.clone(), b.moments, b.norm.clone(), STEP);
        Buffers { weight, moments, ..b }
    }),
    ("adamw_masked", 28.125, |_, b| {
        let (gradient, mask, norm) = (b.gradient.clone(), b.mask.clone(), b.norm.clone());
        let (weight, moments) = kernels::adamw_masked(b.weight, gradient, b.moments, mask, norm, STEP);
        Buffers { weight, moments, ..b }
    }),
];

pub fn kernels(chosen: &Chosen, rounds: usize) {
    let device = &chosen.device;
    let draw = Draw {
        entries: ENTRIES,
        stride: 1,
        fraction: 0.7,
        stream: Stream::RandomMask,
        seed: 1,
        step: 1,
        matrix: 0,
    };
    let full = |value: f32| Tensor::<1>::full([ENTRIES], value, device);
    let mut buffers = Some(Buffers {
        weight: full(0.1),
        gradient: full(1e-3),
        moments: [full(1e-4), full(1e-6)],
        statistic: full(0.0),
        mask: kernels::random_mask(kernels::empty_mask(ENTRIES, device), draw),
        partials: Tensor::zeros([kernels::partial_sums(ENTRIES)], device),
        norm: Tensor::from_floats([1.0, 1.0, 1.0, 0.0], device),
        copied: [vec![0.0; ENTRIES], vec![1.0; ENTRIES]],
    });
    let mut seconds = vec![Vec::new(); KERNELS.len()];
    for round in 0..=rounds {
        for ((_, _, launch), seconds) in KERNELS.iter().zip(&mut seconds) {
            let began = Instant::now();
            buffers = buffers.map(|buffers| launch(chosen, buffers));
            device.sync().expect("the device computes");
            if round > 0 {
                seconds.push(began.elapsed().as_secs_f64());
            }
        }
    }
    let speed =
        |(kernel, seconds): (&Kernel, &Vec<f64>)| kernel.1 * ENTRIES as f64 / median(seconds.clone()) / 1e9;
    let speeds: Vec<f64> = KERNELS.iter().zip(&seconds).map(speed).collect();
    let row = |(kernel, speed): (&Kernel, &f64)| {
        vec![kernel.0.to_owned(), format!("{speed:.1}"), ratio(speed / speeds[0])]
    };
    let rows: Vec<_> = KERNELS.iter().zip(&speeds).map(row).collect();
    print(&format!("Kernels, {ENTRIES} entries, {}", chosen.name()), &["kernel", "GB/s", "to copy"], &rows);
}
