//! A WGSL file under `shaders/`.

use std::sync::OnceLock;

use super::assemble::{assemble, used};

/// One WGSL file, with the width of its items.
#[derive(Debug)]
pub struct Shader {
    /// The name of the file without its extension, which stands in errors.
    pub name: &'static str,
    pub(in crate::kernels) body: &'static str,
    /// Whether the file uses `Lane`, the type of one item: a float or a vector of four floats.
    pub(in crate::kernels) lanes: OnceLock<bool>,
    #[cfg(test)]
    pub(crate) faults: &'static [planted::Fault],
}

/// Makes the [`Shader`] of this name, with at least two faults that the self-test must find, such as a wrong index, a
/// reversed sign or comparison, a missing barrier, and an off-by-one error at the tail. Each fault is a part of the
/// text and the replacement for its first occurrence.
macro_rules! shader {
    ($name:literal, faults: $faults:expr $(,)?) => {
        $crate::kernels::gpu::Shader {
            name: $name,
            body: include_str!(concat!("../../shaders/", $name, ".wgsl")),
            lanes: std::sync::OnceLock::new(),
            #[cfg(test)]
            faults: &$faults,
        }
    };
}

pub(in crate::kernels) use shader;

impl Shader {
    /// Makes a shader of one's own from the text of a WGSL file. The text can use the parts in `shaders/shared/`, with lines
    /// such as `//: use grid, lane`.
    pub const fn new(name: &'static str, text: &'static str) -> Shader {
        Shader {
            name,
            body: text,
            lanes: OnceLock::new(),
            #[cfg(test)]
            faults: &[],
        }
    }

    /// Returns the whole text, in which `Lane` is a float (`width` 1) or a vector of four floats (`width` 4).
    ///
    /// # Panics
    /// If the file uses a part that does not exist.
    pub fn text(&self, width: usize) -> String {
        let text = assemble(self.name, self.body, width);
        #[cfg(test)]
        let text = planted::faulty(self.name, text);
        text
    }

    /// The possible widths of the text.
    pub fn widths(&self) -> &'static [usize] {
        if self.uses_lanes() { &[1, 4] } else { &[1] }
    }

    /// The largest width that divides `entries`.
    pub fn width(&self, entries: usize) -> usize {
        if self.uses_lanes() && entries.is_multiple_of(4) { 4 } else { 1 }
    }

    fn uses_lanes(&self) -> bool {
        *self.lanes.get_or_init(|| used(self.body).any(|part| part == "lane"))
    }
}

/// Deliberate faults, to test that the self-test finds them.
#[cfg(test)]
pub(crate) mod planted {
    use std::sync::{Mutex, PoisonError};

    /// A part of a shader's text, and the wrong text that replaces it.
    pub type Fault = (&'static str, &'static str);

    static PLANTED: Mutex<Option<(&'static str, Fault)>> = Mutex::new(None);

    /// Compiles the shader of this name with this fault from now on, or with `None` every shader without a fault.
    pub fn plant(fault: Option<(&'static str, Fault)>) {
        *PLANTED.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    pub(super) fn faulty(shader: &str, text: String) -> String {
        match *PLANTED.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((faulty, (right, wrong))) if faulty == shader => text.replacen(right, wrong, 1),
            _ => text,
        }
    }
}
