//! Launches a WGSL text through cubecl.
//!
//! Tensor bindings come first, in order, and are all `read_write`: cubecl hands out slices of shared buffers, and one
//! dispatch may not mix access modes within a buffer. The last binding holds the scalars.

use burn_cubecl::cubecl::{
    CubeKernel, PrecompiledSource,
    ir::{ElemType, UIntKind, metadata::Info},
    prelude::*,
    server::{KernelArguments, MetadataBindingInfo},
};
use burn_cubecl::tensor::CubeTensor;

use super::Shader;

/// Invocations of a workgroup, as in `shaders/shared/grid.wgsl`.
pub const WORKGROUP: usize = 256;

/// Entries that one workgroup takes in a kernel that sums or counts, as in those shaders. The CPU divides these loops
/// likewise, so that partial sums have the same layout.
pub(in crate::kernels) const CHUNK: usize = 65_536;

/// WebGPU's limit. More workgroups fold into the second dimension.
const MAX_WORKGROUPS_PER_DIMENSION: usize = 65_535;

/// The numbers of the last binding, in the order of the WGSL struct. An odd number of them is followed by a zero.
#[derive(Default)]
pub struct Scalars(Vec<u32>);

impl Scalars {
    /// Appends an integer.
    ///
    /// # Panics
    /// If the value does not fit 32 bits.
    pub fn u32(mut self, value: usize) -> Self {
        self.0.push(u32::try_from(value).expect("tensors hold fewer than 2^32 entries"));
        self
    }

    /// Appends a float.
    pub fn f32(mut self, value: f32) -> Self {
        self.0.push(value.to_bits());
        self
    }

    // cubecl takes words of 64 bits; the low half comes first
    fn packed(mut self) -> Vec<u64> {
        if self.0.len() % 2 == 1 {
            self.0.push(0);
        }
        self.0.chunks_exact(2).map(|pair| u64::from(pair[0]) | u64::from(pair[1]) << 32).collect()
    }
}

struct Kernel {
    shader: &'static Shader,
    width: usize,
}

impl KernelMetadata for Kernel {
    // cubecl compiles once for each id, so it must tell apart all texts, also those with the same name
    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info((self.shader.body.as_ptr().addr(), self.width))
    }

    fn address_type(&self) -> ElemType {
        UIntKind::U32.into()
    }
}

impl CubeKernel for Kernel {
    // only a key for cubecl's cache: the text that it compiles is the source below
    fn define(&self) -> KernelDefinition {
        let settings = KernelSettings::new(
            CubeDim::new_1d(WORKGROUP as u32).0,
            ExecutionMode::Checked,
            AddressType::U32,
        );
        KernelDefinition { body: Scope::root(settings.clone()), settings, info: Info::default() }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        Some(PrecompiledSource {
            source: self.shader.text(self.width),
            entrypoint_name: "main".into(),
            lang: "wgsl",
        })
    }
}

/// Launches `workgroups` workgroups of [`WORKGROUP`] invocations on `buffers`, which the kernel may change, with the shader's
/// text for lanes of `width` floats. Buffers must differ: WebGPU refuses a kernel that is given one twice.
pub fn launch(
    shader: &'static Shader,
    width: usize,
    workgroups: usize,
    buffers: &[&CubeTensor],
    scalars: Scalars,
) {
    let x = workgroups.clamp(1, MAX_WORKGROUPS_PER_DIMENSION);
    let y = workgroups.div_ceil(x).max(1);
    buffers[0].client.launch(
        Box::new(Kernel { shader, width }),
        CubeCount::Static(x as u32, y as u32, 1),
        KernelArguments::new()
            .with_buffers(buffers.iter().map(|tensor| tensor.handle.clone().binding()).collect())
            .with_info(MetadataBindingInfo::custom(scalars.packed())),
    );
}
