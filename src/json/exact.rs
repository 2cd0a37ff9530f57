//! JSON that returns every float64 with the same bits. serde_json may read a plain number wrong by one unit in the last
//! place; Rust's own parser does not. A float is written as `{"f64":"0.1"}`. JSON has no infinities, so a number that
//! is not finite is null, and returns as NaN if its field allows that.

use std::io;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::ser::Formatter;
use serde_json::{Number, Serializer, Value};

struct Exact;

impl Formatter for Exact {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        write!(writer, "{{\"f64\":\"{value:?}\"}}")
    }
}

pub fn write(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Exact))?;
    Ok(bytes)
}

pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let mut value: Value = serde_json::from_slice(bytes)?;
    restore(&mut value)?;
    serde_json::from_value(value)
}

/// Restores the numbers. The recursion is bounded, because serde_json reads at most 128 levels.
fn restore(value: &mut Value) -> serde_json::Result<()> {
    match value {
        Value::Array(values) => values.iter_mut().try_for_each(restore),
        Value::Object(fields) => match fields.get("f64").and_then(Value::as_str) {
            Some(text) if fields.len() == 1 => {
                let number = text.parse().ok().and_then(Number::from_f64);
                *value = Value::Number(number.ok_or_else(|| {
                    let found: String = text.chars().take(40).collect();
                    serde_json::Error::custom(format!("\"{found}\" is not a number"))
                })?);
                Ok(())
            }
            _ => fields.values_mut().try_for_each(restore),
        },
        _ => Ok(()),
    }
}

/// For `#[serde(deserialize_with)]`: reads a number, and null as NaN.
pub fn or_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_finite_number_comes_back_as_the_same_bits(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            let found: Vec<Option<f64>> = read(&write(&[Some(value), None]).unwrap()).unwrap();
            prop_assert_eq!(found[0].map(f64::to_bits), Some(bits));
            prop_assert!(found[1].is_none());
        }
    }

    #[test]
    fn what_is_no_finite_number_is_null() {
        for value in [f64::NAN, f64::INFINITY] {
            assert_eq!(write(&value).unwrap(), b"null");
        }
    }

    #[test]
    fn a_text_that_is_no_number_is_refused() {
        for text in ["x", "inf", "NaN", "1e999", ""] {
            let bytes = format!("[{{\"f64\":\"{text}\"}}]");
            assert!(read::<Vec<f64>>(bytes.as_bytes()).is_err(), "{text}");
        }
    }
}
