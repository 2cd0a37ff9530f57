//! `--label-names`: the name of a class serves as one more example of it. It helps if names are words of the language,
//! and harms if they are codes.

use std::collections::BTreeSet;

use super::sets::Source;
use crate::error::{Error, Result};
use crate::spec::quote::quoted;
use crate::spec::{Example, Target};

impl Source {
    /// If `wanted`, returns a text for each class: its name as words.
    ///
    /// # Errors
    /// A name is a code, or the examples are pairs of texts.
    pub fn label_names(&self, wanted: bool) -> Result<Vec<Example>> {
        let labels = &self.task.labels;
        if !wanted {
            return Ok(Vec::new());
        }
        if self.train.iter().any(|example| example.pair.is_some()) {
            return Err(Error::Usage(
                "label_names is true, but the examples are pairs of texts, and the name of a label is a single text; \
                 leave it out"
                    .into(),
            ));
        }
        if let Some(code) = code(labels) {
            return Err(Error::Usage(format!(
                "label_names is true, but the label {} is a code; expected names of words that say what the texts are \
                 about: leave it out, or name the labels",
                quoted(code)
            )));
        }
        let name = |(class, label): (usize, &String)| Example {
            line: 0,
            text: words(label),
            pair: None,
            target: Some(Target::Class(class)),
        };
        Ok(labels.iter().enumerate().map(name).collect())
    }
}

/// Writes a name as words: `creditCard_lost` becomes "credit Card lost".
fn words(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut words = String::new();
    for (place, character) in characters.iter().enumerate() {
        let before = place.checked_sub(1).map(|place| characters[place]);
        let after = characters.get(place + 1);
        let begins = character.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        if begins {
            words.push(' ');
        }
        words.push(if character.is_alphanumeric() { *character } else { ' ' });
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first label that is a code: it has no word, or differs from another label only in numbers and single letters.
fn code(labels: &[String]) -> Option<&String> {
    let mut known = BTreeSet::new();
    labels.iter().find(|label| {
        let name = words(label).to_lowercase();
        let meaning: Vec<&str> =
            name.split(|c: char| !c.is_alphabetic()).filter(|word| is_word(word)).collect();
        meaning.is_empty() || !known.insert(meaning.join(" "))
    })
}

/// Whether this run of letters is a word: it has two letters, or one of a script without upper and lower case.
fn is_word(letters: &str) -> bool {
    let mut characters = letters.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) => !only.is_lowercase() && !only.is_uppercase(),
        (first, _) => first.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn names_are_split_into_words() {
        for (name, expected) in [
            ("card_payment-fee", "card payment fee"),
            ("creditCardLost", "credit Card Lost"),
            ("HTTPError", "HTTP Error"),
            ("ENTY:product", "ENTY product"),
            ("Größe/Maß", "Größe Maß"),
            ("  top  10 ", "top 10"),
            ("良い", "良い"),
        ] {
            assert_eq!(words(name), expected);
        }
    }

    #[test]
    fn codes_are_told_from_names() {
        for names in [
            &["yes", "no"][..],
            &["sci.space", "sci.med"],
            &["1 star bad", "5 star good"],
            &["良", "悪"],
            &["A plus grade", "B movie"],
        ] {
            assert_eq!(code(&labels(names)), None, "{names:?}");
        }
        for (names, expected) in [
            (&["0", "1"][..], "0"),
            (&["A", "B"], "A"),
            (&["good", "x"], "x"),
            (&["LABEL_0", "LABEL_1"], "LABEL_1"),
            (&["c1", "c2"], "c1"),
            (&["---", "good"], "---"),
            (&["1 star", "2 stars", "3 stars"], "3 stars"),
        ] {
            assert_eq!(code(&labels(names)), Some(&expected.to_owned()), "{names:?}");
        }
    }
}
