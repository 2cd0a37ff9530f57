//! The conditions under which runs may appear in one table.

use crate::hash::Hash;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::text::{Example, Target};
use crate::train::TrainingArguments;

/// The settings and inputs that all runs of a comparison share. Methods and seeds are not among them, so that both can
/// be added later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conditions {
    /// The settings by name.
    pub settings: Map<String, Value>,
    /// A hash of the model's files.
    pub model: String,
    /// A hash of all examples.
    pub data: String,
}

impl Conditions {
    /// `further` holds the settings that are not training arguments.
    pub fn new(
        arguments: &TrainingArguments,
        further: Map<String, Value>,
        model: String,
        data: String,
    ) -> Self {
        let mut settings = match serde_json::to_value(arguments) {
            Ok(Value::Object(settings)) => settings,
            _ => Map::new(),
        };
        // the plan holds the first two, and the last does not change a result
        for name in ["method", "seed", "logging_steps"] {
            settings.remove(name);
        }
        settings.extend(further);
        Conditions { settings, model, data }
    }

    /// The settings that have a value, as text.
    pub fn rows(&self) -> impl Iterator<Item = (&str, String)> {
        let set = self.settings.iter().filter(|(_, value)| !value.is_null());
        set.map(|(name, value)| (name.as_str(), value.to_string().replace('"', "")))
    }

    /// Describes the first difference from the conditions of earlier runs.
    pub fn difference(&self, earlier: &Conditions) -> Option<String> {
        let names = self.settings.keys().chain(earlier.settings.keys());
        let value = |of: &Conditions, name: &str| of.settings.get(name).cloned().unwrap_or(Value::Null);
        for name in names {
            let (was, is) = (value(earlier, name), value(self, name));
            if was != is {
                let written =
                    |value: Value| if value.is_null() { "not set".into() } else { value.to_string() };
                return Some(format!("{name} was {} and is now {}", written(was), written(is)));
            }
        }
        if self.model != earlier.model {
            return Some("the files of the model have changed".into());
        }
        (self.data != earlier.data).then(|| "the data has changed".into())
    }
}

/// Hashes named lists of examples.
pub fn fingerprint<'a>(sets: impl IntoIterator<Item = (&'a str, &'a [Example])>) -> String {
    let mut hash = Hash::default();
    let mut text = |text: &str| hash.add_counted(text);
    for (name, examples) in sets {
        text(name);
        text(&examples.len().to_string());
        for example in examples {
            text(&example.text);
            text(example.pair.as_deref().unwrap_or("\0none"));
            text(&example.target.as_ref().map_or_else(String::new, Target::key));
        }
    }
    hash.hex()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dps::Method;

    fn conditions(change: fn(&mut TrainingArguments)) -> Conditions {
        let mut arguments = TrainingArguments::default();
        change(&mut arguments);
        Conditions::new(&arguments, Map::new(), "model".into(), "data".into())
    }

    #[test]
    fn a_setting_that_differs_is_named_with_both_values() {
        let (plain, other) = (conditions(|_| {}), conditions(|a| a.max_steps = Some(5)));
        assert_eq!(other.difference(&plain).unwrap(), "max_steps was not set and is now 5");
        let data = Conditions { data: "other".into(), ..plain.clone() };
        assert_eq!(data.difference(&plain).unwrap(), "the data has changed");
    }

    #[test]
    fn methods_seeds_and_logging_may_differ() {
        let other = conditions(|a| {
            (a.method, a.seed, a.logging_steps) = (Method::Head, 7, 1);
        });
        assert_eq!(other.difference(&conditions(|_| {})), None);
    }

    #[test]
    fn the_fingerprint_depends_on_texts_targets_and_sets() {
        let example = |text: &str, class| Example {
            line: 1,
            text: text.into(),
            pair: None,
            target: Some(Target::Class(class)),
        };
        let (a, b) = ([example("a", 0)], [example("a", 1)]);
        let prints = [
            fingerprint([("train", &a[..])]),
            fingerprint([("train", &b[..])]),
            fingerprint([("test", &a[..])]),
            fingerprint([("train", &[][..]), ("test", &a[..])]),
        ];
        let different: std::collections::HashSet<_> = prints.iter().collect();
        assert_eq!(different.len(), prints.len());
    }
}
