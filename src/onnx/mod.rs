//! A fine-tuned model as an ONNX file, for ONNX Runtime and transformers.js.
//!
//! Each network has a file that describes its graph, such as `post_norm`. It reads parameters by their places and builds the
//! graph from the parts in `network`, which know how each [`Precision`] holds its weights:
//!
//! - float32: everything;
//! - float16: weights and states; softmax, pooling and the classifier are in float32;
//! - q8: the linear layers multiply bytes, as in ONNX Runtime's dynamic quantisation, and the word embeddings are bytes;
//!   everything else is float32.
//!
//! The bytes of a file depend only on the model: the terminal and a browser write the same file.

mod attention;
mod graph;
mod modern_bert;
mod network;
mod post_norm;
mod proto;
mod quantize;
#[cfg(test)]
mod tests;

use prost::Message;

use self::network::Network;
pub use self::network::Parameters;
use self::proto::{Model, OperatorSet};
use crate::encoder::ModelConfig;
use crate::error::{Error, Result};
use crate::spec::Precision;

/// The first IR version for operator set 18.
const IR_VERSION: i64 = 8;
/// LayerNormalization needs 17. ONNX Runtime has read 18 since 1.14.
const OPERATOR_SET: i64 = 18;
/// The largest protobuf message, in bytes.
const MAX_BYTES: usize = i32::MAX as usize;

/// Writes the file of a fine-tuned model. Its inputs are `input_ids`, `attention_mask` and, if the model has token types,
/// `token_type_ids`, int64 `[batch, length]`; its output is `logits`, float32 `[batch, labels]`.
///
/// # Errors
/// A parameter cannot be read or is too large for `precision`, or the file would be larger than 2 GB.
pub fn to_onnx(config: &ModelConfig, parameters: Parameters, precision: Precision) -> Result<Vec<u8>> {
    let file = parameters.file;
    let network = Network::new(config.family, parameters, precision);
    let graph = match &config.modern {
        Some(settings) => modern_bert::graph(config, settings, network)?,
        None => post_norm::graph(config, network)?,
    };
    let model = Model {
        ir_version: Some(IR_VERSION),
        producer_name: Some("subtune".into()),
        graph: Some(graph),
        opset_import: vec![OperatorSet { domain: Some(String::new()), version: Some(OPERATOR_SET) }],
    };
    match model.encoded_len() {
        length if length > MAX_BYTES => Err(Error::model(
            file,
            format!(
                "makes an ONNX file of {:.1} GB, which holds at most 2.1 GB; export the model as float16 or q8",
                length as f64 / 1e9
            ),
        )),
        _ => Ok(model.encode_to_vec()),
    }
}
