//! Which texts to label next, so that each label teaches as much as possible, and what the labels so far say of the
//! others.
//!
//! The strategy. A linear model on frozen embeddings is fitted to the labelled texts. Of the others, the least certain
//! are candidates: those with the smallest margin between the two most probable labels. The candidates are divided into
//! as many clusters as texts are wanted (k-means that weighs each text by its uncertainty, begun as k-means++: Zhdanov,
//! "Diverse mini-batch Active Learning", 2019), and the most typical text of each cluster is asked for: uncertain, and
//! unlike the others that are asked for. Before two labels are known, all texts are candidates and weigh the same, so that
//! diversity alone decides.

mod embeddings;
mod spread;
mod suspects;

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

pub use embeddings::Embeddings;
use spread::spread;
pub use suspects::suspects;

use crate::error::{Error, Result};
use crate::probe::{Features, Fitted, fit};
use crate::random::{Random, Stream};
use crate::spec::{Metrics, Prediction, Target, Task};
use crate::task::{Weights, rules, scored};
use crate::text::{ColumnChoice, Columns, Example, OpenRow, Table, open_rows};

/// The number of texts that are asked for, if none is named.
pub const TEXTS: usize = 20;
/// The number of candidates for each text that is asked for.
const CANDIDATES: usize = 30;
/// The largest number of candidates. More texts of the same kinds would change little, and the work grows with them.
const MOST_CANDIDATES: usize = 4000;
/// The most texts that can be asked for at a time.
pub const MOST_TEXTS: usize = 500;

/// The number of texts below which nothing is held out.
const FEWEST_JUDGED: usize = 10;

/// What the labels so far say, and the texts to label next. Rows are those of the table, from 0.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestions {
    /// How often the proposals are right, by cross-validation on the labelled texts whose label another text has too; `null`
    /// while there are too few.
    pub accuracy: Option<Accuracy>,
    /// The most probable label of each text without one, in the order of the table; empty before two labels are known.
    pub proposals: Vec<Proposal>,
    /// The rows to label next, the most useful first.
    pub ask: Vec<usize>,
}

/// A share of right answers, and the range in which it is likely to be on all such texts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Accuracy {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// The most probable label of a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proposal {
    pub row: usize,
    pub label: String,
    pub probability: f64,
}

/// The texts of a table, and the labels that some of them have.
pub struct Sheet {
    texts: Vec<Example>,
    /// The row of each text.
    rows: Vec<usize>,
    /// The labels by class id.
    pub labels: Vec<String>,
    /// The class of each text that has one.
    classes: Vec<Option<usize>>,
}

impl Sheet {
    /// Reads a table in which some labels, or all, are missing. Without a label column, no text has one.
    ///
    /// # Errors
    /// A column does not exist, it is not clear which one holds the text, or no row has a text.
    pub fn new(table: &Table, choice: &ColumnChoice) -> Result<Self> {
        // a column that only begins to be filled cannot be told by its content
        let columns = match &choice.label {
            Some(_) => Columns::choose(table, choice, false)?,
            None => {
                Columns::choose(table, choice, true).or_else(|_| Columns::choose(table, choice, false))?
            }
        };
        let open = open_rows(table, &columns);
        if open.is_empty() {
            let message = "no row has a text; expected texts to label: name their column with text_column";
            return Err(Error::data(&table.file, None, message));
        }
        let names: BTreeSet<&str> = open.iter().filter_map(|row| row.label).collect();
        let ids: HashMap<&str, usize> = names.iter().enumerate().map(|(id, name)| (*name, id)).collect();
        let classes = open.iter().map(|row| ids.get(row.label?).copied()).collect();
        let labels = names.into_iter().map(String::from).collect();
        let (rows, texts) = open.into_iter().map(|OpenRow { row, example, .. }| (row, example)).unzip();
        Ok(Sheet { texts, rows, labels, classes })
    }

    /// The number of labelled texts.
    pub fn labelled(&self) -> usize {
        self.classes.iter().flatten().count()
    }

    /// Asks for up to `count` texts. `embeddings` keeps what it computes for the next call.
    ///
    /// # Errors
    /// The device failed, or the tokenizer cannot encode a text.
    pub async fn suggest(&self, embeddings: &mut Embeddings, count: usize, seed: u64) -> Result<Suggestions> {
        let vectors = embeddings.of(&self.texts).await?;
        let features = Features::new(embeddings.size(), &vectors);
        Ok(self.suggested(&features, count, seed))
    }

    /// Like [`suggest`](Self::suggest), with the features of all texts.
    pub fn suggested(&self, features: &Features, count: usize, seed: u64) -> Suggestions {
        let count = count.min(MOST_TEXTS);
        let open: Vec<usize> = (0..self.texts.len()).filter(|text| self.classes[*text].is_none()).collect();
        let (accuracy, predictions) = match self.labels.len() {
            0 | 1 => (None, Vec::new()),
            _ => self.predictions(features, &open, seed),
        };
        let ask = match predictions.is_empty() {
            true => self.by_diversity(features, &open, count, seed),
            false => self.by_margin(features, &open, &predictions, count, seed),
        };
        let proposals = open.iter().zip(&predictions).filter_map(|(text, prediction)| {
            let class = prediction.class()?;
            let probability = f64::from(prediction.values()[class]);
            Some(Proposal { row: self.rows[*text], label: self.labels[class].clone(), probability })
        });
        Suggestions {
            accuracy,
            proposals: proposals.collect(),
            ask: ask.into_iter().map(|text| self.rows[text]).collect(),
        }
    }

    /// The score of the linear model by cross-validation, and its predictions for the `open` texts.
    fn predictions(
        &self,
        features: &Features,
        open: &[usize],
        seed: u64,
    ) -> (Option<Accuracy>, Vec<Prediction>) {
        let known: Vec<usize> = (0..self.texts.len()).filter(|text| self.classes[*text].is_some()).collect();
        let targets: Vec<Target> =
            known.iter().filter_map(|text| self.classes[*text]).map(Target::Class).collect();
        let task = Task::classification(self.labels.clone());
        let rules = rules(task.kind);
        let problem = rules.problem(&targets, &Weights::Equal, &task);
        let groups = equal_texts(known.iter().map(|text| &self.texts[*text]));
        let fitted = linear_model(&features.select(&known), &targets, &groups, &task, seed);
        let held_out: Vec<Prediction> = fitted
            .held_out
            .iter()
            .map(|(_, predictions)| rules.prediction(&rules.outputs(predictions), &task))
            .collect();
        let right: Vec<Target> = fitted.held_out.iter().map(|(row, _)| targets[*row].clone()).collect();
        let scored = (!held_out.is_empty()).then(|| scored(&held_out, &right, &task));
        let predictions = problem.predictions(fitted.map.apply(&features.select(open)));
        let predictions = predictions
            .chunks_exact(task.outputs())
            .map(|predictions| rules.prediction(&rules.outputs(predictions), &task));
        (scored.as_ref().and_then(Accuracy::new), predictions.collect())
    }

    fn by_diversity(&self, features: &Features, open: &[usize], count: usize, seed: u64) -> Vec<usize> {
        let mut candidates = open.to_vec();
        Random::new(seed, Stream::Subsample, 0).shuffle(&mut candidates);
        candidates.truncate(MOST_CANDIDATES);
        candidates.sort_unstable();
        let weights = vec![1.0; candidates.len()];
        chosen(features, &candidates, &weights, count, seed)
    }

    fn by_margin(
        &self,
        features: &Features,
        open: &[usize],
        predictions: &[Prediction],
        count: usize,
        seed: u64,
    ) -> Vec<usize> {
        let mut uncertain: Vec<(usize, f64)> =
            open.iter().copied().zip(predictions.iter().map(uncertainty)).collect();
        // a stable sort, so that equal ones stay in the order of the file
        uncertain.sort_by(|a, b| b.1.total_cmp(&a.1));
        uncertain.truncate((count * CANDIDATES).min(MOST_CANDIDATES));
        let (candidates, weights): (Vec<usize>, Vec<f64>) = uncertain.into_iter().unzip();
        chosen(features, &candidates, &weights, count, seed)
    }
}

/// `count` of the candidates, which are rows of the features.
fn chosen(features: &Features, candidates: &[usize], weights: &[f64], count: usize, seed: u64) -> Vec<usize> {
    let places = spread(&features.select(candidates), weights, count, seed);
    places.into_iter().map(|place| candidates[place]).collect()
}

/// Fits a linear model to few labels, a class for each row of `features`. Only texts whose label another text has too are
/// held out: a model that was fitted without the only text of a class cannot know it, and a penalty that is chosen by
/// such texts is far too large.
pub fn linear_model(
    features: &Features,
    targets: &[Target],
    groups: &[usize],
    task: &Task,
    seed: u64,
) -> Fitted {
    let mut sizes = vec![0usize; task.labels.len()];
    targets.iter().flat_map(Target::classes).for_each(|class| sizes[*class] += 1);
    let is_single = |row: &usize| targets[*row].classes().iter().any(|class| sizes[*class] < 2);
    let (singles, mut order): (Vec<usize>, Vec<usize>) = (0..targets.len()).partition(is_single);
    let judged = if order.len() < FEWEST_JUDGED { 0 } else { order.len() };
    order.extend(singles);
    let ordered: Vec<Target> = order.iter().map(|row| targets[*row].clone()).collect();
    let groups: Vec<usize> = order.iter().map(|row| groups[*row]).collect();
    let problem = rules(task.kind).problem(&ordered, &Weights::Equal, task);
    let mut fitted = fit(&features.select(&order), &*problem, &groups, judged, seed);
    fitted.held_out.iter_mut().for_each(|(row, _)| *row = order[*row]);
    fitted
}

/// A number for each text. Equal texts share it, so that they are held out together.
fn equal_texts<'a>(texts: impl Iterator<Item = &'a Example>) -> Vec<usize> {
    let mut first = HashMap::new();
    texts.enumerate().map(|(at, text)| *first.entry((&text.text, &text.pair)).or_insert(at)).collect()
}

/// 1 less the margin between the two most probable labels.
fn uncertainty(prediction: &Prediction) -> f64 {
    let (mut most, mut second) = (0.0, 0.0);
    for probability in prediction.values() {
        let probability = f64::from(*probability);
        if probability > most {
            (most, second) = (probability, most);
        } else if probability > second {
            second = probability;
        }
    }
    1.0 - (most - second)
}

impl Accuracy {
    fn new(metrics: &Metrics) -> Option<Self> {
        let interval = metrics.interval.as_ref()?;
        Some(Accuracy { value: metrics.value("accuracy")?, low: interval.low, high: interval.high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four kinds of texts, each near a direction of its own, of which the table has `labels`.
    fn sheet(labels: &[(usize, &str)]) -> (Sheet, Features) {
        let label = |row: usize| labels.iter().find(|(at, _)| *at == row).map_or("", |(_, label)| label);
        let rows: String = (0..80).map(|row| format!("a text number {row},{}\n", label(row))).collect();
        let table = Table::parse("f.csv", format!("text,label\n{rows}").as_bytes()).unwrap();
        let choice = ColumnChoice { label: Some("label".into()), ..ColumnChoice::default() };
        let mut random = Random::new(3, Stream::Subsample, 0);
        let values: Vec<f32> =
            (0..80 * 4).map(|at| f32::from(u8::from(at % 4 == at / 4 % 4)) + 0.1 * random.normal()).collect();
        (Sheet::new(&table, &choice).unwrap(), Features::new(4, &values))
    }

    #[test]
    fn before_two_labels_are_known_one_text_of_each_kind_is_asked_for() {
        for labels in [&[][..], &[(7, "only")]] {
            let (sheet, features) = sheet(labels);
            let found = sheet.suggested(&features, 4, 1);
            assert_eq!((found.accuracy, found.proposals.len(), sheet.labelled()), (None, 0, labels.len()));
            let kinds: BTreeSet<usize> = found.ask.iter().map(|row| row % 4).collect();
            assert_eq!(kinds.len(), 4, "{:?}", found.ask);
        }
    }

    #[test]
    fn labelled_texts_are_proposed_to_their_kind_and_not_asked_for() {
        let names = ["a", "b", "c", "d"];
        let labels: Vec<(usize, &str)> = (0..24).map(|row| (row, names[row % 4])).collect();
        let (sheet, features) = sheet(&labels);
        let found = sheet.suggested(&features, 10, 1);
        assert_eq!(found.proposals.len(), 56);
        for Proposal { row, label, probability } in &found.proposals {
            assert!(
                *row >= 24 && label == names[row % 4] && *probability > 0.3,
                "{row} {label} {probability}"
            );
        }
        let accuracy = found.accuracy.unwrap();
        assert!(accuracy.value == 1.0 && accuracy.low < 1.0 && accuracy.high == 1.0);
        assert_eq!(found.ask.len(), 10);
        let different: BTreeSet<usize> = found.ask.iter().copied().collect();
        assert!(different.len() == 10 && different.iter().all(|row| *row >= 24));
        // the same call gives the same answer
        assert_eq!(sheet.suggested(&features, 10, 1), found);
    }

    #[test]
    fn all_that_is_left_is_asked_for_and_then_nothing() {
        let names = ["a", "b"];
        let labels: Vec<(usize, &str)> = (0..78).map(|row| (row, names[row % 2])).collect();
        let (some, features) = sheet(&labels);
        let mut ask = some.suggested(&features, 10, 1).ask;
        ask.sort_unstable();
        assert_eq!(ask, [78, 79]);
        let labels: Vec<(usize, &str)> = (0..80).map(|row| (row, names[row % 2])).collect();
        let (all, features) = sheet(&labels);
        let found = all.suggested(&features, 10, 1);
        assert!(found.ask.is_empty() && found.proposals.is_empty() && found.accuracy.is_some());
    }

    #[test]
    fn a_table_without_a_label_column_has_no_labels() {
        let rows: String = (0..20).map(|row| format!("{row},a text of several words {row}\n")).collect();
        let table = Table::parse("f.csv", format!("id,text\n{rows}").as_bytes()).unwrap();
        let sheet = Sheet::new(&table, &ColumnChoice::default()).unwrap();
        assert_eq!((sheet.labelled(), sheet.rows.len()), (0, 20));
    }

    #[test]
    fn the_only_text_of_a_class_is_not_held_out() {
        let names: Vec<String> = (0..20).map(|row| format!("c{row}")).collect();
        let mut labels: Vec<(usize, &str)> = (0..20).map(|row| (row, names[row].as_str())).collect();
        let (all_single, features) = sheet(&labels);
        assert_eq!(all_single.suggested(&features, 4, 1).accuracy, None);
        labels.extend((20..32).map(|row| (row, names[row % 4].as_str())));
        let (some, features) = sheet(&labels);
        let accuracy = some.suggested(&features, 4, 1).accuracy.unwrap();
        // the sixteen texts of the four classes with four texts each
        assert!(accuracy.low < accuracy.value && accuracy.low > 0.0, "{accuracy:?}");
    }

    #[test]
    fn the_margin_is_between_the_two_most_probable_labels() {
        assert!((uncertainty(&Prediction::Classes(vec![0.2, 0.5, 0.3])) - 0.8).abs() < 1e-6);
        assert!((uncertainty(&Prediction::Classes(vec![1.0, 0.0])) - 0.0).abs() < 1e-6);
    }
}
