//! JSON beyond what serde derives: numbers that keep their bits, and objects that are read field by field.

pub mod exact;
mod fields;

pub use fields::Fields;
