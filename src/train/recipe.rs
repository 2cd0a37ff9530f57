//! The recipe: it chooses the settings of a run by its data. It never changes a setting that the user gave.
//!
//! Evidence. Every number was chosen on development texts of eight data sets (questions, intents, sentiment, spam,
//! acceptability, paraphrases, entailment), none of them a test set; `benches/quality` repeats the table in the README.
//! - Start: the classifier is fitted to frozen features in closed form (`crate::probe`). A fresh head starts from noise
//!   and spends most of the few steps on it: with 8 texts a class TREC's questions go from 75 to 82 %.
//! - Steps: three epochs of 16 texts are three steps. At least 80 steps of 8 texts, or 100 of 16.
//! - Held out: below [`MOST_CROSS_VALIDATED`] texts a tenth decides by chance, and the model loses what it would have
//!   learnt from it. So all texts train, and further models, trained without a part of them, estimate how good the
//!   model is.
//! - No contrastive stage, with 8 texts a class. Against LP-FT with as much more compute (240 steps of 8, or 180 of 16)
//!   the accuracy with the stage is 0.6, 2.2 (TREC, two seeds), 0.2, 1.8 (SST-2), -1.4 (TREC's 35 fine classes) and
//!   -1.0 (Quora's pairs) points higher: 0.4 in the mean, where one figure has a standard error of 2. Against LP-FT
//!   alone it is 1.2, and as much more LP-FT is 0.8. The stage more than doubles the time of a run.
//! - No label names: 0.2, -0.6 (TREC, two seeds), 0.8, 0.2 (SST-2) and 1.0 points (TREC's fine classes) is noise. They
//!   serve the closed form alone: there a name is one more text of its class, but not a text to be scored on.

use super::contrastive::STEPS;
use crate::spec::{DataArguments, Recipe, Stage, TrainingArguments};

/// The facts that a recipe depends on.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The number of labelled texts, before any are held out.
    pub examples: usize,
    /// Whether there is a file of validation texts.
    pub has_validation: bool,
    /// Whether there is a file of test texts.
    pub has_test: bool,
}

/// The number of texts up to which all train, no best step is chosen, and a cross-validation gives the score.
pub const MOST_CROSS_VALIDATED: usize = 1500;
/// The number of texts up to which a cross-validation has three folds. Beyond it, a single fold holds out a fifth.
const MOST_THREE_FOLDS: usize = 300;
/// The number of texts up to which a batch holds 8 of them.
const MOST_SMALL_BATCHES: usize = 200;
/// The smallest number of steps with batches of 8.
const FEWEST_STEPS_SMALL: usize = 80;
/// The smallest number of steps with larger batches.
const FEWEST_STEPS: usize = 100;
/// The number of steps of 16 texts beyond which one epoch is enough.
const MOST_STEPS_OF_SEVERAL_EPOCHS: usize = 1000;
/// The default share of the training file that is held out for validation, and for the test.
pub const HELD_OUT: f64 = 0.1;

impl TrainingArguments {
    /// Fills in the settings that the user did not give, here and in `data`.
    pub fn resolved(mut self, mut data: DataArguments, facts: Facts) -> (Self, DataArguments) {
        let held_out = |share: &mut Option<f64>, wanted: bool| {
            *share = share.or(Some(if wanted { HELD_OUT } else { 0.0 }));
        };
        if self.recipe == Recipe::Plain {
            held_out(&mut data.validation_split, true);
            held_out(&mut data.test_split, true);
            self.cross_validation_folds = self.cross_validation_folds.or(Some(0));
            self.per_device_train_batch_size = self.per_device_train_batch_size.or(Some(16));
            self.num_train_epochs = self.num_train_epochs.or(Some(3.0));
            return (self, data);
        }
        let examples = data.max_train_samples.map_or(facts.examples, |most| most.min(facts.examples));
        let few = examples <= MOST_CROSS_VALIDATED;
        held_out(&mut data.validation_split, !few);
        held_out(&mut data.test_split, !few);
        let validates = facts.has_validation || data.validation_split.is_some_and(|share| share > 0.0);
        let folds = match examples {
            _ if validates => 0,
            0..4 => 0,
            4..=MOST_THREE_FOLDS => 3,
            _ => 1,
        };
        self.cross_validation_folds = self.cross_validation_folds.or(Some(folds));
        let batch = if examples <= MOST_SMALL_BATCHES { 8 } else { 16 };
        let batch = *self.per_device_train_batch_size.get_or_insert(batch);
        let epoch = (examples as f64 / batch as f64).max(1.0);
        let fewest = if examples <= MOST_SMALL_BATCHES { FEWEST_STEPS_SMALL } else { FEWEST_STEPS };
        let several = (MOST_STEPS_OF_SEVERAL_EPOCHS as f64 / epoch).clamp(1.0, 3.0);
        self.num_train_epochs = self.num_train_epochs.or(Some(several.max(fewest as f64 / epoch)));
        (self, data)
    }

    /// Describes the recipe's use of the texts. The counts are those of the training, validation and test examples.
    pub fn plan(&self, train: usize, validation: usize, test: usize) -> String {
        let trains = match train {
            1 => "1 text trains".to_owned(),
            train => format!("{train} texts train"),
        };
        let mut first = String::new();
        if self.stage == Stage::Contrastive {
            first += &format!("; {STEPS} steps on pairs of them come first");
        }
        if self.label_names {
            first += "; the names of the labels help to fit the first classifier";
        }
        let chosen = match (validation, self.cross_validation_folds.unwrap_or(0)) {
            (0, 0) => "; the last step's model is kept".to_owned(),
            (0, 1) => "; a second model that has not seen a fifth of them tells how good it is".to_owned(),
            (0, folds) => {
                format!("; {folds} further models, each without one part of them, tell how good it is")
            }
            (count, _) => format!(", {count} choose the best step"),
        };
        let tested = if test > 0 { format!(", {test} are for the final score alone") } else { String::new() };
        format!("{trains}{first}{chosen}{tested}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(
        arguments: TrainingArguments,
        data: DataArguments,
        examples: usize,
    ) -> (TrainingArguments, DataArguments) {
        arguments.resolved(data, Facts { examples, has_validation: false, has_test: false })
    }

    #[test]
    fn few_texts_all_train_and_a_cross_validation_gives_the_score() {
        for (examples, folds, batch, steps) in
            [(16, 3, 8, 80), (48, 3, 8, 80), (384, 1, 16, 100), (1000, 1, 16, 189)]
        {
            let (arguments, data) =
                resolved(TrainingArguments::default(), DataArguments::default(), examples);
            assert_eq!((data.validation_split, data.test_split), (Some(0.0), Some(0.0)), "{examples}");
            assert_eq!(arguments.cross_validation_folds, Some(folds), "{examples}");
            assert_eq!(arguments.train_batch_size(), batch, "{examples}");
            // an epoch more or less is a matter of rounding
            let found = arguments.total_steps(examples);
            assert!((steps..steps + 5).contains(&found), "{examples}: {found}");
        }
    }

    #[test]
    fn many_texts_are_held_out_from_and_seen_fewer_times() {
        let (arguments, data) = resolved(TrainingArguments::default(), DataArguments::default(), 5000);
        assert_eq!((data.validation_split, data.test_split), (Some(HELD_OUT), Some(HELD_OUT)));
        assert_eq!((arguments.cross_validation_folds, arguments.num_train_epochs), (Some(0), Some(3.0)));
        let (arguments, _) = resolved(TrainingArguments::default(), DataArguments::default(), 100_000);
        assert_eq!(arguments.num_train_epochs, Some(1.0));
    }

    #[test]
    fn what_a_person_sets_stands_each_number_by_itself() {
        let given = TrainingArguments {
            per_device_train_batch_size: Some(4),
            cross_validation_folds: Some(5),
            ..TrainingArguments::default()
        };
        let (arguments, data) =
            resolved(given, DataArguments { test_split: Some(0.25), ..DataArguments::default() }, 40);
        assert_eq!((arguments.train_batch_size(), arguments.cross_validation_folds), (4, Some(5)));
        assert_eq!((data.validation_split, data.test_split), (Some(0.0), Some(0.25)));
        assert_eq!(arguments.total_steps(40), 80);
    }

    #[test]
    fn resolved_settings_stay_as_they_are() {
        for recipe in [Recipe::Auto, Recipe::Plain] {
            let given = TrainingArguments { recipe, ..TrainingArguments::default() };
            let once = resolved(given, DataArguments::default(), 700);
            assert_eq!(resolved(once.0.clone(), once.1.clone(), 700), once);
        }
    }

    #[test]
    fn the_plain_recipe_is_hugging_faces_whatever_the_data() {
        let given = TrainingArguments { recipe: Recipe::Plain, ..TrainingArguments::default() };
        let (arguments, data) = resolved(given, DataArguments::default(), 16);
        assert_eq!((arguments.train_batch_size(), arguments.num_train_epochs), (16, Some(3.0)));
        assert_eq!((data.validation_split, data.test_split), (Some(HELD_OUT), Some(HELD_OUT)));
        assert_eq!(arguments.cross_validation_folds, Some(0));
    }
}
