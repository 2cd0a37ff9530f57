//! Matrix products on the GPU. On a real GPU burn computes them, with tiles in workgroup memory. On an emulated GPU a
//! barrier costs more than the arithmetic between two barriers, so there a kernel of our own keeps its tile in
//! registers.

use std::cell::Cell;

use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

use super::gpu::{Scalars, Shader, contiguous, empty, launch, reshape, shader};

pub(super) static PRODUCT: Shader = shader!(
    "product",
    faults: [
        ("min(row + 5u, last_row)", "min(row + 4u, last_row)"),
        ("c2_1 = fma(Lane(l2.x)", "c2_1 = fma(-Lane(l2.x)"),
        ("matrix / product.heads", "(matrix + 1u) / product.heads"),
        ("if (row >= product.rows)", "if (row + 1u >= product.rows)"),
        ("count > 2u", "count > 3u"),
    ],
);

pub(super) static PRODUCT_FOURS: Shader = shader!(
    "product_fours",
    faults: [
        ("Lane(l7.z), r1_z", "Lane(l7.y), r1_z"),
        ("Lane(l31.w), r3_w", "-Lane(l31.w), r3_w"),
        ("term < product.terms", "term + 1u < product.terms"),
    ],
);

pub(super) static PRODUCT_BIAS: Shader = shader!(
    "product_bias",
    faults: [
        ("bias[lane]", "bias[lane / 2u]"),
        ("bias[lane]", "-bias[lane]"),
        ("term < product.terms", "term + 1u < product.terms"),
    ],
);

pub(super) static PRODUCT_BIAS_FOURS: Shader = shader!(
    "product_bias_fours",
    faults: [
        ("bias[lane]", "-bias[lane]"),
        ("i3 += product.left.w", "i3 += product.left.z"),
        ("if (row >= product.rows)", "if (row + 1u >= product.rows)"),
    ],
);

/// The number of lanes of an invocation, as in `shaders/shared/product.wgsl`.
const TILE_LANES: usize = 4;
/// The number of invocations of a workgroup in each direction, as in `shaders/shared/product.wgsl`.
const GROUP: usize = 8;

thread_local! {
    static BURNS_PRODUCTS: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` with burn's matrix products even on an emulated GPU, to compare them with ours. Applies to the launches
/// of this thread.
pub fn with_burns_products<T>(work: impl FnOnce() -> T) -> T {
    // a guard, so that a panic in `work` does not leave the switch on
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            BURNS_PRODUCTS.set(self.0);
        }
    }
    let _restore = Restore(BURNS_PRODUCTS.replace(true));
    work()
}

/// Whether our kernel computes the product, that is, whether the GPU is emulated: cubecl knows no physical card for it.
fn is_ours(tensor: &CubeTensor) -> bool {
    tensor.client.properties().identity.physical.is_none() && !BURNS_PRODUCTS.get()
}

/// Multiplies `[rows, terms]` by `[terms, columns]`, or each matrix of `[batch, heads, rows, terms]` by its partner in
/// `[batch, heads, terms, columns]`.
pub(super) fn product(left: CubeTensor, right: CubeTensor) -> CubeTensor {
    if !is_ours(&left) {
        return CubeBackend::float_matmul(left, right);
    }
    let last = left.shape().num_dims() - 1;
    let size = |place: usize| if place == last { right.shape()[last] } else { left.shape()[place] };
    let result = empty(&left, (0..=last).map(size).collect::<Vec<_>>());
    write(left, right, None, &result);
    result
}

/// Multiplies `[rows, terms]` by `[terms, columns]` and adds `bias` `[columns]` to each row.
pub(super) fn product_bias(left: CubeTensor, right: CubeTensor, bias: CubeTensor) -> CubeTensor {
    let columns = bias.shape().num_elements();
    if !is_ours(&left) {
        return CubeBackend::float_add(CubeBackend::float_matmul(left, right), reshape(bias, &[1, columns]));
    }
    let result = empty(&left, [left.shape()[0], columns]);
    write(left, right, Some(contiguous(bias)), &result);
    result
}

/// Multiplies each matrix of `[batch, heads, rows, terms]` by its partner in `[batch, heads, terms, size]`, and joins
/// the heads: `[batch, rows, heads * size]`.
pub(super) fn product_joined(left: CubeTensor, right: CubeTensor) -> CubeTensor {
    let [batch, heads, rows, _] = left.shape().dims();
    let size = right.shape()[3];
    let joined = if is_ours(&left) {
        let result = empty(&left, [batch, rows, heads, size]);
        // a view with heads before rows: the kernel writes each head to its columns, and no copy joins them
        write(left, right, None, &CubeBackend::float_swap_dims(result.clone(), 1, 2));
        result
    } else {
        CubeBackend::float_swap_dims(CubeBackend::float_matmul(left, right), 1, 2)
    };
    reshape(joined, &[batch, rows, heads * size])
}

/// Returns the numbers of batch entries and heads, and the strides of batch, head, row and column.
fn layout(tensor: &CubeTensor) -> ([usize; 2], [usize; 4]) {
    let (shape, strides) = (tensor.shape(), tensor.meta.strides());
    match strides.len() {
        2 => ([1, 1], [0, 0, strides[0], strides[1]]),
        _ => ([shape[0], shape[1]], [strides[0], strides[1], strides[2], strides[3]]),
    }
}

/// Writes the product of `left` and `right`, plus `bias` if it is given, to `result`, whose columns lie side by side.
fn write(left: CubeTensor, right: CubeTensor, bias: Option<CubeTensor>, result: &CubeTensor) {
    let rank = left.shape().num_dims();
    let (rows, terms, columns) = (left.shape()[rank - 2], left.shape()[rank - 1], right.shape()[rank - 1]);
    let side_by_side = |tensor: CubeTensor| match layout(&tensor).1[3] {
        1 => tensor,
        _ => contiguous(tensor),
    };
    let right = side_by_side(right);
    // a load of four terms needs them side by side; the copy costs one in several hundred multiplications
    let left = if terms.is_multiple_of(4) { side_by_side(left) } else { left };
    let ([batches, heads], left_strides) = layout(&left);
    let [right_strides, result_strides] = [&right, result].map(|tensor| layout(tensor).1);
    // vectors of four need rows that begin at one
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
    // as in shaders/shared/left4.wgsl and left1.wgsl. The rare tile without fours is small, because an emulated GPU
    // takes seconds to compile a large one
    let (item, tile_rows) = if four_terms { (4, 32) } else { (1, 8) };
    let mut scalars = Scalars::default().u32(rows).u32(lanes).u32(terms / item).u32(heads);
    for stride in &left_strides[..3] {
        scalars = scalars.u32(stride / item);
    }
    // four terms that are read together lie side by side, so the next four are one item further
    scalars = scalars.u32(if four_terms { 1 } else { left_strides[3] });
    for (strides, last) in [(right_strides, groups), (result_strides, batches)] {
        scalars = strides[..3].iter().fold(scalars, |scalars, stride| scalars.u32(stride / width)).u32(last);
    }
    let mut buffers = vec![&left, &right];
    buffers.extend(&bias);
    buffers.push(result);
    launch(shader, width, groups * rows.div_ceil(tile_rows) * batches * heads, &buffers, scalars);
}
