//! How a WGSL text becomes a launch through cubecl.
//!
//! Tensor bindings come first, in order, and are all `read_write`: cubecl hands out slices of shared
//! buffers, and one dispatch may not mix access modes within a buffer. The last binding holds the scalars.

use burn_cubecl::cubecl::{
    CubeKernel, PrecompiledSource,
    ir::{ElemType, UIntKind, metadata::Info},
    prelude::*,
    server::{KernelArguments, MetadataBindingInfo},
};
use burn_cubecl::{kernel::into_contiguous, tensor::CubeTensor};

use super::unroll::unrolled;

pub(super) const WORKGROUP: usize = 256;
const MAX_WORKGROUPS_PER_DIMENSION: usize = 65_535;

/// A kernel's text: its own file and the shared parts that it uses.
#[derive(Clone, Copy, Debug)]
pub struct Shader {
    pub name: &'static str,
    pub parts: &'static [&'static str],
    pub body: &'static str,
    /// Whether the text is written in `Lane`, the scalar or vector type of one item.
    pub lanes: bool,
}

impl Shader {
    /// The whole text, with `Lane` as a scalar (`width` 1) or a vector of four (`width` 4).
    pub fn text(&self, width: usize) -> String {
        let lane = match width {
            4 => include_str!("../../shaders/shared/lane4.wgsl"),
            _ => include_str!("../../shaders/shared/lane1.wgsl"),
        };
        let lane = if self.lanes { lane } else { "" };
        let mut text = String::from(include_str!("../../shaders/shared/grid.wgsl"));
        for part in [lane].iter().chain(self.parts).chain([&self.body]) {
            text.push_str(part);
            text.push('\n');
        }
        let text = unrolled(&text);
        #[cfg(test)]
        let text = planted::faulty(self.name, text);
        text
    }

    /// Items a vector holds for tensors of `entries` floats.
    pub fn width(&self, entries: usize) -> usize {
        if self.lanes && entries.is_multiple_of(4) { 4 } else { 1 }
    }
}

/// 32-bit words for the scalar binding, in the order of the WGSL struct.
#[derive(Default)]
pub(super) struct Words(Vec<u32>);

impl Words {
    pub fn u32(mut self, value: usize) -> Self {
        self.0.push(u32::try_from(value).expect("tensors hold fewer than 2^32 entries"));
        self
    }

    pub fn f32(mut self, value: f32) -> Self {
        self.0.push(value.to_bits());
        self
    }

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
    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info((self.shader.name, self.width))
    }

    fn address_type(&self) -> ElemType {
        UIntKind::U32.into()
    }
}

impl CubeKernel for Kernel {
    /// Only keys cubecl's cache: the source below is what is compiled.
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

/// Launches `workgroups` workgroups of 256 over `buffers`, which the kernel may change.
pub(super) fn launch(
    shader: &'static Shader,
    width: usize,
    workgroups: usize,
    buffers: &[&CubeTensor],
    words: Words,
) {
    let x = workgroups.clamp(1, MAX_WORKGROUPS_PER_DIMENSION);
    let y = workgroups.div_ceil(x).max(1);
    buffers[0].client.launch(
        Box::new(Kernel { shader, width }),
        CubeCount::Static(x as u32, y as u32, 1),
        KernelArguments::new()
            .with_buffers(buffers.iter().map(|tensor| tensor.handle.clone().binding()).collect())
            .with_info(MetadataBindingInfo::custom(words.packed())),
    );
}

/// The tensor as a contiguous buffer that nobody else sees, so that a kernel may write to it.
pub(super) fn own(tensor: CubeTensor) -> CubeTensor {
    let tensor = into_contiguous(tensor);
    if tensor.handle.can_mut() { tensor } else { tensor.copy() }
}

/// Deliberate errors, to test that the self-test finds them.
#[cfg(test)]
pub(crate) mod planted {
    use std::sync::{Mutex, PoisonError};

    #[derive(Clone, Copy, Debug)]
    pub struct Fault {
        pub shader: &'static str,
        pub right: &'static str,
        pub wrong: &'static str,
    }

    static FAULT: Mutex<Option<Fault>> = Mutex::new(None);

    /// From now on, or no more, a kernel is compiled with this error.
    pub fn plant(fault: Option<Fault>) {
        *FAULT.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    pub(super) fn faulty(shader: &str, text: String) -> String {
        match *FAULT.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(fault) if fault.shader == shader => text.replacen(fault.right, fault.wrong, 1),
            _ => text,
        }
    }
}
