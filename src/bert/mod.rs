//! BERT for sequence classification, with Hugging Face's names: what loads here was saved there and back.

mod classifier;
mod config;
mod floats;
mod layers;
mod names;
mod pooling;
mod remembered;
mod used_tokens;
mod weights;

pub use crate::spec::{Dtype, Pooling};
pub use classifier::{BertForSequenceClassification, BertModel, Inputs, cross_entropy_sum};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use config::MAX_CONFIG_BYTES;
pub use config::{BertConfig, ProblemType};
pub use floats::decode;
pub use layers::{BertLayer, Embeddings, LayerNorm};
pub use names::{Parameter, ParameterKind, Path, parameters};
pub use pooling::MEAN_SCALE;
pub use remembered::Remembered;
pub use used_tokens::UsedTokens;
pub use weights::{WeightsFile, read, save, stored, to_safetensors, values};
pub(crate) use weights::{stopped, transposed};
