//! Matrix products on the GPU. On a real one they are burn's, which tile through workgroup memory. On an emulated one each
//! barrier costs more than the arithmetic around it: there a kernel of our own keeps its tile in registers.

use std::sync::{PoisonError, RwLock};

use burn::backend::DispatchDevice;
use burn::backend::ops::FloatTensorOps;
use burn::backend::{Shape, TensorMetadata};
use burn::tensor::Device;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::{CubeBackend, CubeDevice, tensor::CubeTensor};

use super::composed::reshape;
use super::launch::{Shader, Words, launch};

const TILED: &str = include_str!("../../shaders/shared/product.wgsl");
const ONE_TERM: &[&str] = &[include_str!("../../shaders/shared/left1.wgsl"), TILED];
const FOUR_TERMS: &[&str] = &[include_str!("../../shaders/shared/left4.wgsl"), TILED];
const PLAIN: &str = include_str!("../../shaders/product.wgsl");
const BIASED: &str = include_str!("../../shaders/product_bias.wgsl");

pub static PRODUCT: Shader = Shader { name: "product", parts: ONE_TERM, body: PLAIN, lanes: true };
pub static PRODUCT_FOURS: Shader =
    Shader { name: "product_fours", parts: FOUR_TERMS, body: PLAIN, lanes: true };
pub static PRODUCT_BIAS: Shader = Shader { name: "product_bias", parts: ONE_TERM, body: BIASED, lanes: true };
pub static PRODUCT_BIAS_FOURS: Shader =
    Shader { name: "product_bias_fours", parts: FOUR_TERMS, body: BIASED, lanes: true };

/// Lanes of an invocation, and invocations of a workgroup, as in `shaders/shared/product.wgsl`.
const TILE_LANES: usize = 4;
const GROUP: usize = 8;

type B = CubeBackend;

static EMULATED: RwLock<Vec<CubeDevice>> = RwLock::new(Vec::new());

/// Notes that the device is a GPU that the CPU plays.
pub fn note_emulated(device: &Device) {
    if let DispatchDevice::Cube(device) = device.as_dispatch() {
        EMULATED.write().unwrap_or_else(PoisonError::into_inner).push(device.clone());
    }
}

/// From now on the device is treated as a real GPU: to compare both ways on one.
pub fn forget_emulated(device: &Device) {
    if let DispatchDevice::Cube(device) = device.as_dispatch() {
        EMULATED.write().unwrap_or_else(PoisonError::into_inner).retain(|noted| noted != device);
    }
}

fn is_emulated(tensor: &CubeTensor) -> bool {
    EMULATED.read().unwrap_or_else(PoisonError::into_inner).contains(&tensor.device)
}

/// `[rows, terms]` times `[terms, columns]`, or of each matrix of `[batch, heads, rows, terms]`.
pub(super) fn product(left: CubeTensor, right: CubeTensor) -> CubeTensor {
    if !is_emulated(&left) {
        return B::float_matmul(left, right);
    }
    let last = left.shape().num_dims() - 1;
    let size = |place: usize| if place == last { right.shape()[last] } else { left.shape()[place] };
    let result = empty(&left, (0..=last).map(size).collect::<Vec<_>>().into());
    write(left, right, None, &result);
    result
}

/// `[rows, terms]` times `[terms, columns]`, plus `bias` `[columns]` in each row.
pub(super) fn product_bias(left: CubeTensor, right: CubeTensor, bias: CubeTensor) -> CubeTensor {
    let columns = bias.shape().num_elements();
    if !is_emulated(&left) {
        return B::float_add(B::float_matmul(left, right), reshape::<B>(bias, &[1, columns]));
    }
    let result = empty(&left, Shape::from([left.shape()[0], columns]));
    write(left, right, Some(into_contiguous(bias)), &result);
    result
}

/// The product of each `[batch, heads, rows, terms]` and `[batch, heads, terms, size]`, as `[batch, rows, heads * size]`.
pub(super) fn product_joined(left: CubeTensor, right: CubeTensor) -> CubeTensor {
    let [batch, heads, rows, _] = left.shape().dims();
    let size = right.shape()[3];
    let joined = if is_emulated(&left) {
        let result = empty(&left, Shape::from([batch, rows, heads, size]));
        write(left, right, None, &B::float_swap_dims(result.clone(), 1, 2));
        result
    } else {
        B::float_swap_dims(B::float_matmul(left, right), 1, 2)
    };
    reshape::<B>(joined, &[batch, rows, heads * size])
}

fn empty(like: &CubeTensor, shape: Shape) -> CubeTensor {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape, like.dtype)
}

/// Batch entries and heads, and the strides of batch, head, row and column.
fn layout(tensor: &CubeTensor) -> ([usize; 2], [usize; 4]) {
    let (shape, strides) = (tensor.shape(), tensor.meta.strides());
    match strides.len() {
        2 => ([1, 1], [0, 0, strides[0], strides[1]]),
        _ => ([shape[0], shape[1]], [strides[0], strides[1], strides[2], strides[3]]),
    }
}

/// `left` times `right` plus `bias`, to `result`, whose columns lie side by side.
fn write(left: CubeTensor, right: CubeTensor, bias: Option<CubeTensor>, result: &CubeTensor) {
    let rank = left.shape().num_dims();
    let (rows, terms, columns) = (left.shape()[rank - 2], left.shape()[rank - 1], right.shape()[rank - 1]);
    let side_by_side = |tensor: CubeTensor| match layout(&tensor).1[3] {
        1 => tensor,
        _ => into_contiguous(tensor),
    };
    let right = side_by_side(right);
    let left = if terms.is_multiple_of(4) { side_by_side(left) } else { left };
    let ([batches, heads], left_strides) = layout(&left);
    let [right_strides, result_strides] = [&right, result].map(|tensor| layout(tensor).1);
    let in_fours = |strides: [usize; 4]| strides[..3].iter().all(|stride| stride.is_multiple_of(4));
    let four_terms = terms.is_multiple_of(4) && in_fours(left_strides);
    let shader = match (&bias, four_terms) {
        (None, false) => &PRODUCT,
        (None, true) => &PRODUCT_FOURS,
        (Some(_), false) => &PRODUCT_BIAS,
        (Some(_), true) => &PRODUCT_BIAS_FOURS,
    };
    let width = match in_fours(right_strides) && in_fours(result_strides) {
        true => shader.width(columns),
        false => 1,
    };
    let lanes = columns / width;
    let groups = lanes.div_ceil(TILE_LANES * GROUP);
    // as in shaders/shared/left4.wgsl and left1.wgsl; large tiles take an emulated GPU seconds to compile
    let (item, tile_rows) = if four_terms { (4, 32) } else { (1, 8) };
    let mut words = Words::default().u32(rows).u32(lanes).u32(terms / item).u32(heads);
    for stride in &left_strides[..3] {
        words = words.u32(stride / item);
    }
    // items of four terms lie side by side
    words = words.u32(if four_terms { 1 } else { left_strides[3] });
    for (strides, last) in [(right_strides, groups), (result_strides, batches)] {
        words = strides[..3].iter().fold(words, |words, stride| words.u32(stride / width)).u32(last);
    }
    let mut buffers = vec![&left, &right];
    buffers.extend(&bias);
    buffers.push(result);
    launch(shader, width, groups * rows.div_ceil(tile_rows) * batches * heads, &buffers, words);
}
