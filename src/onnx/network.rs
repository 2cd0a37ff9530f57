//! The parts of a network that hold weights, in the precision of the file.

use super::graph::{Graph, Value};
use super::proto::{Attribute, Element};
use super::quantize::{ZERO_POINT, quantize};
use crate::encoder::{Dtype, Family, transposed};
use crate::error::Result;
use crate::spec::Precision;

/// Reads a parameter by its place and shape in Hugging Face's layout.
pub type Values<'a> = &'a dyn Fn(&str, &[usize]) -> Result<Vec<f32>>;

/// The values of a model's parameters.
pub struct Parameters<'a> {
    /// The name of their file in errors.
    pub file: &'a str,
    /// Reads the values of a parameter.
    pub values: Values<'a>,
}

/// A graph in the making, with the source of its weights.
pub struct Network<'a> {
    pub graph: Graph,
    /// The family, which names the parameters.
    family: &'static Family,
    parameters: Parameters<'a>,
    precision: Precision,
}

impl<'a> Network<'a> {
    pub fn new(family: &'static Family, parameters: Parameters<'a>, precision: Precision) -> Self {
        Network { graph: Graph::default(), family, parameters, precision }
    }

    /// The number type of the hidden states.
    pub fn element(&self) -> Element {
        match self.precision {
            Precision::Float16 => Element::Float16,
            Precision::Float32 | Precision::Q8 => Element::Float32,
        }
    }

    /// The name and the values of a parameter, in Hugging Face's layout.
    fn read(&self, place: &str, shape: &[usize]) -> Result<(String, Vec<f32>)> {
        Ok((self.family.tensor(place), (self.parameters.values)(place, shape)?))
    }

    fn parameter(&mut self, place: &str, shape: &[usize], element: Element) -> Result<Value> {
        let (name, values) = self.read(place, shape)?;
        self.floats(&name, shape, &values, element)
    }

    fn floats(&mut self, name: &str, shape: &[usize], values: &[f32], element: Element) -> Result<Value> {
        let dtype = if element == Element::Float16 { Dtype::Float16 } else { Dtype::Float32 };
        let bytes = dtype.encode_checked(self.parameters.file, name, values)?;
        Ok(self.graph.initializer(name, element, shape, || bytes))
    }

    /// Adds a matrix in eight bits, with the scale and the zero point of each column.
    fn quantized(&mut self, name: &str, values: &[f32], columns: usize) -> [Value; 3] {
        let found = quantize(values, columns);
        let shape = [values.len() / columns, columns];
        let part = |part: &str| format!("{name}_{part}");
        let bytes = || Dtype::Float32.encode(&found.scales);
        [
            self.graph.initializer(&part("quantized"), Element::Uint8, &shape, || found.bytes),
            self.graph.initializer(&part("scale"), Element::Float32, &[columns], bytes),
            self.graph
                .initializer(&part("zero_point"), Element::Uint8, &[columns], || vec![ZERO_POINT; columns]),
        ]
    }

    /// Adds a linear layer over the last dimension, in the precision of the encoder's layers.
    pub fn linear(&mut self, prefix: &str, input: &Value, shape: [usize; 2]) -> Result<Value> {
        if self.precision != Precision::Q8 {
            return self.linear_in(self.element(), prefix, input, shape);
        }
        let product = self.product(prefix, input, shape)?;
        let bias = self.parameter(&format!("{prefix}.bias"), &[shape[1]], Element::Float32)?;
        Ok(self.graph.add(&product, &bias))
    }

    /// Adds a linear layer over the last dimension. `element` is the type of the input and of the weights.
    pub fn linear_in(
        &mut self,
        element: Element,
        prefix: &str,
        input: &Value,
        shape: [usize; 2],
    ) -> Result<Value> {
        let product = self.product_in(element, prefix, input, shape)?;
        let bias = self.parameter(&format!("{prefix}.bias"), &[shape[1]], element)?;
        Ok(self.graph.add(&product, &bias))
    }

    /// Like [`linear`](Self::linear), without a bias.
    pub fn product(&mut self, prefix: &str, input: &Value, [inputs, outputs]: [usize; 2]) -> Result<Value> {
        if self.precision != Precision::Q8 {
            return self.product_in(self.element(), prefix, input, [inputs, outputs]);
        }
        let (name, values) = self.read(&format!("{prefix}.weight"), &[outputs, inputs])?;
        let [weight, weight_scale, weight_zero] =
            self.quantized(&name, &transposed(&values, outputs, inputs), outputs);
        let graph = &mut self.graph;
        let [bytes, scale, zero] = graph.nodes("DynamicQuantizeLinear", &[input], &[]);
        let product = graph.node("MatMulInteger", &[&bytes, &weight, &zero, &weight_zero], &[]);
        let (product, scale) =
            (graph.cast(&product, Element::Float32), graph.multiply(&scale, &weight_scale));
        Ok(graph.multiply(&product, &scale))
    }

    fn product_in(
        &mut self,
        element: Element,
        prefix: &str,
        input: &Value,
        [inputs, outputs]: [usize; 2],
    ) -> Result<Value> {
        let (name, values) = self.read(&format!("{prefix}.weight"), &[outputs, inputs])?;
        let values = transposed(&values, outputs, inputs);
        let weight = self.floats(&name, &[inputs, outputs], &values, element)?;
        Ok(self.graph.matrix_product(input, &weight))
    }

    /// Looks up `ids` in a large table of embeddings `[rows, size]`, stored in the precision of the file.
    pub fn large_embedding(&mut self, prefix: &str, ids: &Value, [rows, size]: [usize; 2]) -> Result<Value> {
        if self.precision != Precision::Q8 {
            return self.embedding(prefix, ids, [rows, size]);
        }
        let (name, values) = self.read(&format!("{prefix}.weight"), &[rows, size])?;
        let [table, scale, zero] = self.quantized(&name, &values, size);
        let bytes = self.graph.gather(&table, ids);
        // the scales belong to the columns, the last dimension of [batch, length, size]
        Ok(self.graph.node("DequantizeLinear", &[&bytes, &scale, &zero], &[Attribute::integer("axis", 2)]))
    }

    /// Looks up `ids` in a table of embeddings `[rows, size]`.
    pub fn embedding(&mut self, prefix: &str, ids: &Value, shape: [usize; 2]) -> Result<Value> {
        let table = self.table(prefix, shape)?;
        Ok(self.graph.gather(&table, ids))
    }

    /// Adds a table of embeddings `[rows, size]`.
    pub fn table(&mut self, prefix: &str, shape: [usize; 2]) -> Result<Value> {
        self.parameter(&format!("{prefix}.weight"), &shape, self.element())
    }

    pub fn layer_norm(&mut self, prefix: &str, input: &Value, size: usize, epsilon: f64) -> Result<Value> {
        let element = self.element();
        let scale = self.parameter(&format!("{prefix}.weight"), &[size], element)?;
        let bias = self.parameter(&format!("{prefix}.bias"), &[size], element)?;
        Ok(self.graph.layer_norm(input, &[&scale, &bias], epsilon))
    }

    /// Adds a normalisation with a scale but no bias.
    pub fn scale_norm(&mut self, prefix: &str, input: &Value, size: usize, epsilon: f64) -> Result<Value> {
        let scale = self.parameter(&format!("{prefix}.weight"), &[size], self.element())?;
        Ok(self.graph.layer_norm(input, &[&scale], epsilon))
    }

    /// Converts to float32, which sums over many tokens need.
    pub fn in_float32(&mut self, value: &Value) -> Value {
        match self.element() {
            Element::Float32 => value.clone(),
            _ => self.graph.cast(value, Element::Float32),
        }
    }

    /// Converts from float32 to the number type of the hidden states.
    pub fn in_element(&mut self, value: &Value) -> Value {
        match self.element() {
            Element::Float32 => value.clone(),
            element => self.graph.cast(value, element),
        }
    }
}
