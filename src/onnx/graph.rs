//! Builds a graph: inputs, initialisers, and nodes, with helpers for the operators of an encoder.

use super::proto::{Attribute, Dimension, Element, GraphMessage, Node, Tensor, ValueInfo};
use crate::encoder::Activation;

/// A tensor of the graph, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value(String);

#[derive(Default)]
pub struct Graph {
    message: GraphMessage,
}

impl Graph {
    /// Adds an input `[batch, length]` of int64.
    pub fn input(&mut self, name: &str) -> Value {
        let dims = ["batch", "length"].map(Dimension::dynamic).into();
        self.message.input.push(ValueInfo::new(name, Element::Int64, dims));
        Value(name.into())
    }

    /// Adds a constant, unless there is one of this name: equal names must mean equal constants.
    pub fn initializer(
        &mut self,
        name: &str,
        element: Element,
        dims: &[usize],
        bytes: impl FnOnce() -> Vec<u8>,
    ) -> Value {
        if !self.message.initializer.iter().any(|tensor| tensor.name.as_deref() == Some(name)) {
            self.message.initializer.push(Tensor {
                dims: dims.iter().map(|size| *size as i64).collect(),
                data_type: Some(element as i32),
                name: Some(name.into()),
                raw_data: Some(bytes()),
            });
        }
        Value(name.into())
    }

    /// Adds a node with `OUTPUTS` outputs. If the same node exists, it returns the outputs of that one, so several layers
    /// share the work on one input.
    pub fn nodes<const OUTPUTS: usize>(
        &mut self,
        operator: &str,
        inputs: &[&Value],
        attributes: &[Attribute],
    ) -> [Value; OUTPUTS] {
        let nodes = &mut self.message.node;
        let input: Vec<String> = inputs.iter().map(|value| value.0.clone()).collect();
        let is_same = |node: &Node| {
            node.op_type.as_deref() == Some(operator) && node.input == input && node.attribute == attributes
        };
        let index = nodes.iter().position(is_same).unwrap_or_else(|| {
            let name = format!("{operator}_{}", nodes.len());
            let output = (0..OUTPUTS).map(|output| format!("{name}_output_{output}")).collect();
            nodes.push(Node {
                input,
                output,
                name: Some(name),
                op_type: Some(operator.into()),
                attribute: attributes.to_vec(),
            });
            nodes.len() - 1
        });
        std::array::from_fn(|output| Value(nodes[index].output[output].clone()))
    }

    pub fn node(&mut self, operator: &str, inputs: &[&Value], attributes: &[Attribute]) -> Value {
        let [output] = self.nodes(operator, inputs, attributes);
        output
    }

    /// Finishes the graph, with `value` `[batch, columns]` of float32 as its output `name`.
    pub fn finish(mut self, value: &Value, name: &str, columns: usize) -> GraphMessage {
        for node in &mut self.message.node {
            let names = node.input.iter_mut().chain(&mut node.output);
            names.filter(|found| **found == value.0).for_each(|found| *found = name.into());
        }
        let dims = vec![Dimension::dynamic("batch"), Dimension::fixed(columns)];
        self.message.output.push(ValueInfo::new(name, Element::Float32, dims));
        self.message.name = Some("subtune".into());
        self.message
    }

    /// Adds a constant vector of int64.
    pub fn integers(&mut self, values: &[i64]) -> Value {
        let bytes = || values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.initializer(&format!("int64 {values:?}"), Element::Int64, &[values.len()], bytes)
    }

    /// Adds a constant number of int64.
    pub fn integer(&mut self, value: i64) -> Value {
        self.initializer(&format!("int64 {value}"), Element::Int64, &[], || value.to_le_bytes().into())
    }

    /// Adds a constant number of type `element`, one of the float types.
    pub fn scalar(&mut self, value: f32, element: Element) -> Value {
        let bytes = || match element {
            Element::Float16 => half::f16::from_f32(value).to_le_bytes().into(),
            _ => value.to_le_bytes().into(),
        };
        self.initializer(&format!("{element:?} {value:?}"), element, &[], bytes)
    }

    pub fn add(&mut self, left: &Value, right: &Value) -> Value {
        self.node("Add", &[left, right], &[])
    }

    pub fn multiply(&mut self, left: &Value, right: &Value) -> Value {
        self.node("Mul", &[left, right], &[])
    }

    pub fn divide(&mut self, left: &Value, right: &Value) -> Value {
        self.node("Div", &[left, right], &[])
    }

    pub fn matrix_product(&mut self, left: &Value, right: &Value) -> Value {
        self.node("MatMul", &[left, right], &[])
    }

    pub fn cast(&mut self, value: &Value, to: Element) -> Value {
        self.node("Cast", &[value], &[Attribute::integer("to", to as i64)])
    }

    pub fn transpose(&mut self, value: &Value, order: &[i64]) -> Value {
        self.node("Transpose", &[value], &[Attribute::integers("perm", order)])
    }

    /// Splits a dimension into equal parts.
    pub fn split<const PARTS: usize>(&mut self, value: &Value, axis: i64) -> [Value; PARTS] {
        let attributes = [Attribute::integer("axis", axis), Attribute::integer("num_outputs", PARTS as i64)];
        self.nodes("Split", &[value], &attributes)
    }

    /// The length of the texts, int64 `[1]`. `ids` are `[batch, length]`.
    pub fn length(&mut self, ids: &Value) -> Value {
        self.node("Shape", &[ids], &[Attribute::integer("start", 1), Attribute::integer("end", 2)])
    }

    /// The position of each token: 0, 1, ..., int64 `[length]`.
    pub fn places(&mut self, ids: &Value) -> Value {
        let length = self.length(ids);
        let [zero, one] = [0i64, 1].map(|value| self.integer(value));
        let length = self.node("Squeeze", &[&length], &[]);
        self.node("Range", &[&zero, &length, &one], &[])
    }

    /// The distance from each token to each other, positive for those after it, int64 `[length, length]`. `places` are
    /// `[length]`.
    pub fn distances(&mut self, places: &Value) -> Value {
        let [rows, columns] = [1, 0].map(|axis| self.unsqueeze(places, &[axis]));
        self.node("Sub", &[&columns, &rows], &[])
    }

    /// Reshapes. A size of 0 keeps that dimension.
    pub fn reshape(&mut self, value: &Value, shape: &[i64]) -> Value {
        let shape = self.integers(shape);
        self.node("Reshape", &[value, &shape], &[])
    }

    /// Adds dimensions of size 1.
    pub fn unsqueeze(&mut self, value: &Value, axes: &[i64]) -> Value {
        let axes = self.integers(axes);
        self.node("Unsqueeze", &[value, &axes], &[])
    }

    /// Gathers the rows of `table` named by `ids`.
    pub fn gather(&mut self, table: &Value, ids: &Value) -> Value {
        self.node("Gather", &[table, ids], &[])
    }

    /// Softmax over the last dimension.
    pub fn softmax(&mut self, value: &Value) -> Value {
        self.node("Softmax", &[value], &[Attribute::integer("axis", -1)])
    }

    /// Layer normalisation over the last dimension, in float32. `parts` are the scale and, if there is one, the bias.
    pub fn layer_norm(&mut self, value: &Value, parts: &[&Value], epsilon: f64) -> Value {
        let attributes = [Attribute::integer("axis", -1), Attribute::float("epsilon", epsilon as f32)];
        let inputs: Vec<&Value> = [value].into_iter().chain(parts.iter().copied()).collect();
        self.node("LayerNormalization", &inputs, &attributes)
    }

    /// Applies an activation function. `element` is the type of `value`.
    pub fn activation(&mut self, activation: Activation, value: &Value, element: Element) -> Value {
        match activation {
            Activation::Gelu => self.gelu(value, element),
            Activation::GeluTanh => self.gelu_tanh(value, element),
            Activation::Relu => self.node("Relu", &[value], &[]),
            Activation::Tanh => self.node("Tanh", &[value], &[]),
            Activation::Identity => value.clone(),
        }
    }

    /// The exact GELU, in the sequence that ONNX Runtime recognises: x / sqrt(2), erf, + 1, * x, * 0.5. `element` is the
    /// type of `value`.
    fn gelu(&mut self, value: &Value, element: Element) -> Value {
        let [root, one, half] =
            [std::f32::consts::SQRT_2, 1.0, 0.5].map(|number| self.scalar(number, element));
        let scaled = self.divide(value, &root);
        let erf = self.node("Erf", &[&scaled], &[]);
        let raised = self.add(&erf, &one);
        let product = self.multiply(value, &raised);
        self.multiply(&product, &half)
    }

    /// The approximation of GELU by tanh. It squares and then multiplies, because a cube overflows float16 earlier.
    fn gelu_tanh(&mut self, value: &Value, element: Element) -> Value {
        let root = std::f32::consts::FRAC_2_PI.sqrt();
        let [root, cubic, one, half] = [root, 0.044_715, 1.0, 0.5].map(|number| self.scalar(number, element));
        let square = self.multiply(value, value);
        let square = self.multiply(&square, &cubic);
        let factor = self.add(&square, &one);
        let inner = self.multiply(value, &factor);
        let inner = self.multiply(&inner, &root);
        let bent = self.node("Tanh", &[&inner], &[]);
        let raised = self.add(&bent, &one);
        let product = self.multiply(value, &raised);
        self.multiply(&product, &half)
    }
}
