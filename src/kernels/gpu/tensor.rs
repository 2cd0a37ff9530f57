//! Shorthand for burn's operations on the GPU's tensors.

use burn::backend::{Shape, TensorMetadata, ops::FloatTensorOps};
use burn_cubecl::CubeBackend;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;

/// Returns the tensor with its entries in row-major order. It copies only where it must.
pub fn contiguous(tensor: CubeTensor) -> CubeTensor {
    burn_cubecl::kernel::into_contiguous(tensor)
}

/// Returns the tensor in a contiguous buffer that nothing else uses, so that a kernel may write to it. It copies only
/// where it must.
pub fn own(tensor: CubeTensor) -> CubeTensor {
    let tensor = contiguous(tensor);
    if tensor.handle.can_mut() { tensor } else { tensor.copy() }
}

/// Allocates a contiguous tensor of this shape, with the device and type of `like`. Its entries are not set.
pub fn empty(like: &CubeTensor, shape: impl Into<Shape>) -> CubeTensor {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape.into(), like.dtype)
}

pub(in crate::kernels) fn reshape(x: CubeTensor, shape: &[usize]) -> CubeTensor {
    CubeBackend::float_reshape(x, shape.to_vec().into())
}

/// Transposes the last two dimensions. The result is a view.
pub(in crate::kernels) fn transpose(x: CubeTensor) -> CubeTensor {
    let rank = x.shape().num_dims();
    CubeBackend::float_swap_dims(x, rank - 2, rank - 1)
}
