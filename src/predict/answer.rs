//! A prediction in the form that people and programs see.

use serde::Serialize;

use crate::train::Prediction;

/// The model's answer for one text. The terminal's JSON lines and JavaScript have this shape. Every key is fixed: a
/// class name is always a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Answer<'a> {
    /// The answer of a classification.
    Class {
        /// The most probable class; the first if several are equally probable.
        label: &'a str,
        /// The probability of that class.
        probability: f32,
        /// All classes, in the order of the model's labels.
        probabilities: Vec<ClassProbability<'a>>,
    },
    /// Where a text may have several labels.
    Labels {
        /// Those whose probability reaches their threshold, in the order of the model's labels.
        labels: Vec<&'a str>,
        /// All labels, in the same order. Each probability is by itself; they do not sum to 1.
        probabilities: Vec<ClassProbability<'a>>,
    },
    /// The answer of a regression.
    Value {
        /// The predicted number.
        value: f32,
    },
}

/// A class and its probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassProbability<'a> {
    /// The name of the class.
    pub label: &'a str,
    /// From 0 to 1; those of all classes of a classification sum to 1.
    pub probability: f32,
}

impl<'a> Answer<'a> {
    /// `labels` holds the names of the classes by class id.
    pub fn new(prediction: &Prediction, labels: &'a [String]) -> Self {
        let one =
            |(label, probability): (&'a String, &f32)| ClassProbability { label, probability: *probability };
        match prediction {
            Prediction::Classes(all) => {
                let class = prediction.class().unwrap_or_default();
                Answer::Class {
                    label: &labels[class],
                    probability: all[class],
                    probabilities: labels.iter().zip(all).map(one).collect(),
                }
            }
            Prediction::Value(value) => Answer::Value { value: *value },
            Prediction::Labels { probabilities, .. } => Answer::Labels {
                labels: prediction.labels().into_iter().map(|label| labels[label].as_str()).collect(),
                probabilities: labels.iter().zip(probabilities).map(one).collect(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_names_are_values_and_never_keys() {
        let labels = ["not_spam".to_owned(), "__proto__".to_owned()];
        let answer = Answer::new(&Prediction::Classes(vec![0.25, 0.75]), &labels);
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            "{\"label\":\"__proto__\",\"probability\":0.75,\"probabilities\":[\
             {\"label\":\"not_spam\",\"probability\":0.25},{\"label\":\"__proto__\",\"probability\":0.75}]}"
        );
        let answer = Answer::new(&Prediction::Value(1.5), &[]);
        assert_eq!(serde_json::to_string(&answer).unwrap(), "{\"value\":1.5}");
        let prediction =
            Prediction::Labels { probabilities: vec![0.25, 0.5], thresholds: vec![0.2, 0.75].into() };
        assert_eq!(
            serde_json::to_string(&Answer::new(&prediction, &labels)).unwrap(),
            "{\"labels\":[\"not_spam\"],\"probabilities\":[\
             {\"label\":\"not_spam\",\"probability\":0.25},{\"label\":\"__proto__\",\"probability\":0.5}]}"
        );
    }
}
