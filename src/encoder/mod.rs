//! Encoders with a classifier. They load Hugging Face's checkpoints and save checkpoints that Hugging Face loads.
//!
//! `family.rs` lists how the families differ; each family's row has a file. `post_norm.rs` is the network of every family
//! but ModernBERT, whose network is `modern_bert.rs`. `builder.rs` builds a model from values, which `weights.rs` reads and
//! `save.rs` writes.

mod activation;
mod bert;
mod builder;
mod changes;
mod config;
mod distilbert;
mod electra;
mod family;
mod fields;
mod floats;
mod inputs;
mod layers;
mod mask;
mod model;
mod modern_bert;
mod mpnet;
mod names;
mod packed;
mod pooling;
mod post_norm;
mod remembered;
mod roberta;
mod save;
mod used_tokens;
mod weights;

pub use crate::spec::{Dtype, Pooling};
pub use activation::Activation;
pub use builder::Common;
pub use changes::{Change, Changes, Origin};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use config::MAX_CONFIG_BYTES;
pub use config::ModelConfig;
pub use family::{FAMILIES, Family, Positions};
pub use floats::decode;
pub use inputs::Inputs;
pub use mask::{Form, Mask};
pub use model::{Encoder, Model, Pooler, cross_entropy_sum};
pub use modern_bert::Settings as ModernBertSettings;
pub(crate) use mpnet::{BUCKETS as RELATIVE_BUCKETS, FAR_BUCKETS};
pub use names::{Parameter, ParameterKind, Path, parameters};
pub use pooling::MEAN_SCALE;
pub use remembered::Remembered;
pub(crate) use save::transposed;
pub use save::{save, stored, to_safetensors, values};
pub use used_tokens::UsedTokens;
pub use weights::WeightsFile;
