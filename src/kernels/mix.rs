//! The blend of a weight with its anchor.

use burn::backend::{Flex, TensorMetadata, tensor::FloatTensor, tensor::IntTensor};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::launch::{Shader, WORKGROUP, Words, launch};
use super::twin::{UNIT, contiguous};

pub static MIX_WEIGHT: Shader = Shader {
    name: "mix_weight",
    parts: &[],
    body: include_str!("../../shaders/mix_weight.wgsl"),
    lanes: true,
};

fn kept_factor(fraction: f64) -> f32 {
    (1.0 / fraction) as f32
}

pub(super) mod gpu {
    use super::*;

    pub fn mix_weight(weight: CubeTensor, anchor: CubeTensor, mask: CubeTensor, fraction: f64) -> CubeTensor {
        let (weight, anchor) = (into_contiguous(weight), into_contiguous(anchor));
        let (client, device) = (weight.client.clone(), weight.device.clone());
        let blended = empty_device_contiguous_dtype(client, device, weight.shape(), weight.dtype);
        let entries = weight.shape().num_elements();
        let width = MIX_WEIGHT.width(entries);
        let lanes = entries / width;
        let words = Words::default().u32(lanes).f32(kept_factor(fraction));
        let buffers = [&weight, &anchor, &mask, &blended];
        launch(&MIX_WEIGHT, width, lanes.div_ceil(WORKGROUP), &buffers, words);
        blended
    }
}

pub(super) mod cpu {
    use super::*;
    use crate::kernels::fresh::Fresh;
    use crate::kernels::wide::wide;

    wide! {
        fn blend(weight: &mut [f32], anchor: &[f32], mask: &[u32], factor: f32) {
            for ((weight, anchor), word) in weight.chunks_mut(32).zip(anchor.chunks(32)).zip(mask) {
                for ((w, a), bit) in weight.iter_mut().zip(anchor).zip(0u32..) {
                    *w = if word >> bit & 1 == 1 { a + (*w - a) * factor } else { *a };
                }
            }
        }
    }

    pub fn mix_weight(
        weight: FloatTensor<Flex>,
        anchor: FloatTensor<Flex>,
        mask: IntTensor<Flex>,
        fraction: f64,
    ) -> FloatTensor<Flex> {
        let (weight, anchor) = (contiguous(weight), contiguous(anchor));
        let factor = kept_factor(fraction);
        let mut blended = Fresh::new(weight.shape().num_elements());
        blended
            .par_blocks(UNIT)
            .zip(weight.storage::<f32>().par_chunks(UNIT))
            .zip(anchor.storage::<f32>().par_chunks(UNIT))
            .zip(mask.storage::<u32>().par_chunks(UNIT / 32))
            .for_each(|(((blended, weight), anchor), mask)| {
                blend(blended.copy_of(weight), anchor, mask, factor);
            });
        blended.tensor(&weight.shape())
    }
}
