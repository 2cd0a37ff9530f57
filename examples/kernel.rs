//! A kernel of one's own: `cargo run --release --example kernel [DEVICE]`.
//!
//! This one computes the squared ReLU, `max(x, 0)^2` (So et al., 2021), in WGSL on a GPU and in a loop on the CPU, and compares
//! the two. The crate's own kernels are written in the same way: a trait that burn dispatches, and its implementation for
//! each kind of device. A crate that does this depends on `burn` with the feature `extension`, and on `burn-cubecl`.

use std::str::FromStr;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Distribution, Tensor, TensorData};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use subtune::device::read_floats;
use subtune::kernels::gpu::{Scalars, Shader, WORKGROUP, contiguous, empty, launch};
use subtune::{DeviceChoice, Result, choose};

static SQUARED_RELU: Shader = Shader::new("squared_relu", include_str!("squared_relu.wgsl"));

#[backend_extension(Cube, Flex)]
trait SquaredRelu: Backend {
    fn squared_relu(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl SquaredRelu for CubeBackend {
    fn squared_relu(x: CubeTensor) -> CubeTensor {
        let x = contiguous(x);
        let output = empty(&x, x.shape());
        let entries = x.shape().num_elements();
        // vectors of four floats where the number of entries allows it
        let width = SQUARED_RELU.width(entries);
        let lanes = entries / width;
        let scalars = Scalars::default().u32(lanes).u32(0);
        launch(&SQUARED_RELU, width, lanes.div_ceil(WORKGROUP), &[&x, &output], scalars);
        output
    }
}

impl SquaredRelu for Flex {
    fn squared_relu(x: FloatTensor<Flex>) -> FloatTensor<Flex> {
        let x = x.to_contiguous();
        let values: Vec<f32> = x.storage::<f32>().iter().map(|x| x.max(0.0) * x.max(0.0)).collect();
        FloatTensor::<Flex>::from_data(TensorData::new(values, x.shape().clone()))
    }
}

/// Computes `max(x, 0)^2` for each entry.
fn squared_relu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::squared_relu(x.into_dispatch()))
}

/// Returns the largest difference between the entries of a device and those of the CPU.
pub async fn largest_difference(device: &Device) -> Result<f32> {
    let cpu = choose(&DeviceChoice::Cpu).await?.device;
    let input: Tensor<2> = Tensor::random([1000, 384], Distribution::Normal(0.0, 1.0), &cpu);
    let run = |device: &Device| read_floats(squared_relu(Tensor::<2>::from_data(input.to_data(), device)));
    let (expected, found) = (run(&cpu).await?, run(device).await?);
    Ok(expected.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max))
}

fn main() -> Result<()> {
    let wanted = std::env::args().nth(1).unwrap_or_else(|| "gpu".into());
    pollster::block_on(async {
        let chosen = choose(&DeviceChoice::from_str(&wanted).unwrap_or_default()).await?;
        let difference = largest_difference(&chosen.device).await?;
        let name = chosen.adapter.map_or("the CPU".into(), |adapter| adapter.name);
        println!("{name} differs from the CPU by at most {difference:e}");
        Ok(())
    })
}
