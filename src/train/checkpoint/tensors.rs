//! The tensors of a checkpoint as one safetensors file, in their layout on the device (a matrix is `[inputs,
//! outputs]`).

use burn::tensor::{Int, Tensor};
use safetensors::tensor::{Dtype, SafeTensors};
use serde_json::{Map, Value, json};

use crate::device::{read_floats, read_integers};
use crate::error::{Error, Result};

/// The entries, four bytes each, little endian.
pub enum Values {
    Floats(Tensor<1>),
    Integers(Tensor<1, Int>),
    Read(Vec<f32>),
}

/// A tensor to write.
pub struct Entry {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Values,
}

impl Entry {
    pub fn new(name: impl Into<String>, shape: &[usize], values: Values) -> Self {
        Entry { name: name.into(), shape: shape.to_vec(), values }
    }

    pub fn floats(name: impl Into<String>, shape: &[usize], tensor: &Tensor<1>) -> Self {
        Entry::new(name, shape, Values::Floats(tensor.clone()))
    }

    pub fn integers(name: impl Into<String>, shape: &[usize], tensor: &Tensor<1, Int>) -> Self {
        Entry::new(name, shape, Values::Integers(tensor.clone()))
    }
}

/// Reads the tensors one by one into a file, so that memory holds only one copy of them.
///
/// # Errors
/// The device failed.
pub async fn pack(entries: Vec<Entry>) -> Result<Vec<u8>> {
    let mut header = Map::new();
    let mut end = 0;
    for Entry { name, shape, values } in &entries {
        let begin = end;
        end += 4 * shape.iter().product::<usize>();
        let dtype = if matches!(values, Values::Integers(_)) { "U32" } else { "F32" };
        header.insert(name.clone(), json!({ "dtype": dtype, "shape": shape, "data_offsets": [begin, end] }));
    }
    let mut header = Value::Object(header).to_string().into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = Vec::with_capacity(8 + header.len() + end);
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.extend(header);
    for Entry { values, .. } in entries {
        match values {
            Values::Floats(tensor) => {
                extend(&mut bytes, &read_floats(tensor).await?, |one| one.to_le_bytes());
            }
            Values::Integers(tensor) => {
                extend(&mut bytes, &read_integers(tensor).await?, |one| one.to_le_bytes());
            }
            Values::Read(values) => extend(&mut bytes, &values, |one| one.to_le_bytes()),
        }
    }
    Ok(bytes)
}

fn extend<T: Copy>(bytes: &mut Vec<u8>, values: &[T], to_bytes: impl Fn(T) -> [u8; 4]) {
    bytes.extend(values.iter().flat_map(|value| to_bytes(*value)));
}

/// The tensors of a file. Each must be taken.
pub struct Unpacked<'a> {
    file: String,
    tensors: SafeTensors<'a>,
    taken: usize,
}

impl<'a> Unpacked<'a> {
    /// Reads a file. Errors call it `file`.
    ///
    /// # Errors
    /// The bytes are not a safetensors file.
    pub fn new(file: String, bytes: &'a [u8]) -> Result<Self> {
        match SafeTensors::deserialize(bytes) {
            Ok(tensors) => Ok(Unpacked { file, tensors, taken: 0 }),
            Err(error) => {
                let found =
                    format!("is not a complete safetensors file ({error}); resume from another checkpoint");
                Err(Error::checkpoint(file, found))
            }
        }
    }

    pub fn floats(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.take(name, shape, Dtype::F32, f32::from_le_bytes)
    }

    pub fn integers(&mut self, name: &str, shape: &[usize]) -> Result<Vec<u32>> {
        self.take(name, shape, Dtype::U32, u32::from_le_bytes)
    }

    fn take<T>(
        &mut self,
        name: &str,
        shape: &[usize],
        dtype: Dtype,
        value: impl Fn([u8; 4]) -> T,
    ) -> Result<Vec<T>> {
        let expected = format!("expected one of {dtype:?} {shape:?} for this model, step and method");
        let wrong = |found: String| Err(Error::checkpoint(&self.file, format!("{found}; {expected}")));
        let Ok(view) = self.tensors.tensor(name) else { return wrong(format!("has no tensor {name}")) };
        if view.shape() != shape || view.dtype() != dtype {
            return wrong(format!("tensor {name} is {:?} {:?}", view.dtype(), view.shape()));
        }
        self.taken += 1;
        Ok(view.data().as_chunks().0.iter().map(|bytes| value(*bytes)).collect())
    }

    /// # Errors
    /// A tensor was not taken.
    pub fn finish(self) -> Result<()> {
        match self.tensors.len() - self.taken {
            0 => Ok(()),
            left => {
                let message = format!(
                    "has {left} tensors that a run of this model, step and method lacks; it belongs to another run"
                );
                Err(Error::checkpoint(self.file, message))
            }
        }
    }
}
