//! The self-test's part that each kernel states in its own file: what to compute, on a device and on the CPU, and the
//! inputs that these computations share.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::gpu::Shader;
use super::mask::u32_tensor;
use crate::random::{Random, Stream};

/// One part of the self-test. Its results on a device must agree with those on the CPU.
pub(crate) struct Computation {
    /// The name of the shader, of the job that several shaders do together, or of a part of a training step.
    pub name: &'static str,
    /// The shaders whose planted faults this part must find.
    pub shaders: &'static [&'static Shader],
    pub compute: fn(&Device) -> Vec<Output>,
}

/// A named result that is still on its device.
pub(crate) enum Output {
    /// The tolerance is a share of the largest entry.
    Floats(String, Tensor<1>, f32),
    /// The entries must be equal.
    Integers(String, Tensor<1, Int>),
}

/// Two numbers of entries. Neither is a multiple of a mask word, a workgroup or a chunk of 65,536, so that every loop
/// has a tail. Only one is a multiple of the vector width, so that both texts of a shader run.
pub(super) const SIZES: [usize; 2] = [70_001, 70_004];
/// Inputs and outputs of two matrices, chosen likewise.
pub(super) const SHAPES: [[usize; 2]; 2] = [[67, 43], [66, 44]];
/// A few roundings of float32, as a share of the largest entry.
const ROUNDING: f32 = 1e-5;

pub(super) fn floats(name: &str, values: Tensor<1>) -> Output {
    Output::Floats(name.into(), values, ROUNDING)
}

pub(super) fn integers(name: &str, values: Tensor<1, Int>) -> Output {
    Output::Integers(name.into(), values)
}

/// Random numbers from -2 to 2, different for each `index`.
pub(super) fn numbers(entries: usize, index: u64) -> Vec<f32> {
    let mut random = Random::new(17, Stream::Initialisation, index);
    // uniform numbers of four digits, because drawing 70,000 normal ones takes longer than all kernels together
    (0..entries).map(|_| (random.below(40_001) as f32 - 20_000.0) / 10_000.0).collect()
}

pub(super) fn upload(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let entries = values.len();
    Tensor::from_data(TensorData::new(values, [entries]), device)
}

pub(super) fn random(entries: usize, index: u64, device: &Device) -> Tensor<1> {
    upload(numbers(entries, index), device)
}

pub(super) fn squares(entries: usize, index: u64, device: &Device) -> Tensor<1> {
    upload(numbers(entries, index).into_iter().map(|value| value * value).collect(), device)
}

/// A mask that selects three of four entries.
pub(super) fn mask(entries: usize, device: &Device) -> Tensor<1, Int> {
    let mut random = Random::new(17, Stream::RandomMask, entries as u64);
    let bits: Vec<u32> = (0..entries.div_ceil(32)).map(|_| random.word() | random.word()).collect();
    u32_tensor(&bits, device)
}

/// A mask that selects two of three columns, of `outputs` entries each.
pub(super) fn columns([inputs, outputs]: [usize; 2], device: &Device) -> Tensor<1, Int> {
    let mut bits = vec![0; (inputs * outputs).div_ceil(32)];
    for entry in (0..inputs * outputs).filter(|entry| entry / outputs % 3 != 1) {
        bits[entry / 32] |= 1 << (entry % 32);
    }
    u32_tensor(&bits, device)
}

/// A norm whose clip factor is one half. If it is not `finite`, the step must be skipped.
pub(super) fn clip(finite: bool, device: &Device) -> Tensor<1> {
    upload(vec![2.0, 0.5, f32::from(u8::from(finite)), 0.0], device)
}

/// Applies `compute` to random tensors of these lengths. Returns the result and the gradient of each tensor.
pub(super) fn differentiated<const N: usize>(
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
    // random weights, because a plain sum sends the same gradient to every entry and hides a wrong index
    let weights = random(result.dims()[0], 0, &autodiff);
    let gradients = (result.clone() * weights).sum().backward();
    let gradient =
        |input: Tensor<1>| floats("gradient", input.grad(&gradients).expect("the input is tracked"));
    [floats("result", result.inner())].into_iter().chain(inputs.map(gradient)).collect()
}
