//! Bad `run.toml` files, read as `--config` does.

use subtune::cli::Settings;
use subtune::text::TaskKind;

use super::Case;

fn text(text: impl Into<String>, says: &'static str) -> Case {
    let text = text.into();
    let name: String = text.chars().take(60).collect();
    Case::new(&name, says, move || {
        Settings::of_file("run.toml", &text)?.training.check(TaskKind::Classification)
    })
}

pub fn cases() -> Vec<Case> {
    Settings::of_file("run.toml", "seed = 1\n").unwrap();
    vec![
        text("seed", "run.toml, line 1: is not TOML (*; expected lines such as learning_rate = 1e-4"),
        text("seed = ", "run.toml, line 1: is not TOML ("),
        text("seed = 1\n\nseed = 2", "run.toml, line 3: is not TOML (duplicate key); expected"),
        text("seed = 1\nmethod = full", "run.toml, line 2: is not TOML ("),
        text("method = \"full", "run.toml, line 1: is not TOML ("),
        text("seed: 1", "run.toml, line 1: is not TOML ("),
        text("{\"seed\": 1}", "run.toml, line 1: is not TOML ("),
        text("learning_rate = 1e-4e", "run.toml, line 1: is not TOML ("),
        text("learning_rate = 0,001", "run.toml, line 1: is not TOML ("),
        text("seed = 01", "run.toml, line 1: is not TOML ("),
        text("seed = 99999999999999999999", "run.toml*; expected lines such as"),
        text("method = \"\\ud800\"", "run.toml, line 1: is not TOML ("),
        text("method = \"\u{1}\"", "run.toml, line 1: is not TOML ("),
        text("a\u{1b}[2J = 1", "run.toml, line 1: is not TOML ("),
        text(format!("seed = {}", "[".repeat(1 << 16)), "run.toml, line 1: is not TOML ("),
        text(format!("{} = 1", "a.".repeat(1 << 12) + "b"), "run.toml"),
        text(format!("a = {}", "{a=".repeat(1 << 12)), "run.toml, line 1: is not TOML ("),
        text("x".repeat((1 << 20) + 1), "run.toml: is over 1 MiB; expected a file of settings"),
        text(
            "leraning_rate = 1e-4",
            "run.toml: there is no setting \"leraning_rate\"; did you mean learning_rate? (subtune train --help lists",
        ),
        text(
            "learning-rate = 1e-4",
            "run.toml: there is no setting \"learning-rate\"; did you mean learning_rate?",
        ),
        text("Seed = 1", "run.toml: there is no setting \"Seed\"; did you mean seed?"),
        text("\"a\\u001b[2J\\n\" = 1", "run.toml: there is no setting \"a"),
        text(format!("\"{}\" = 1", "x".repeat(1 << 16)), "run.toml: there is no setting \"xxxx"),
        text("[train]\nseed = 1", "run.toml: there is no setting \"train\"; did you mean train_file?"),
        text("[seed]\na = 1", "run.toml: invalid type: map, expected u64"),
        text("seed = -1", "run.toml: invalid value: integer `-1`, expected u64"),
        text("seed = 1.0", "run.toml: invalid type: floating point `1.0`, expected u64"),
        text("seed = \"1\"", "run.toml: invalid type: string \"1\", expected u64; subtune train --help"),
        text("seed = true", "run.toml: invalid type: boolean `true`, expected u64"),
        text("seed = 1979-05-27T07:32:00Z", "run.toml: invalid type"),
        text("seed = [1]", "run.toml: invalid type: sequence, expected u64"),
        text("max_steps = 1e3", "run.toml: invalid type: floating point `1000.0`, expected usize"),
        text("group_by_length = 1", "run.toml: invalid type: integer `1`, expected a boolean"),
        text("group_by_length = \"true\"", "run.toml: invalid type: string \"true\", expected a boolean"),
        text("train_file = 7", "run.toml: invalid type: integer `7`, expected path string"),
        text("text_column = 1", "run.toml: invalid type: integer `1`, expected a string"),
        text(
            "task = \"ranking\"",
            "run.toml: unknown variant `ranking`, expected one of `classification`, `multi-label`, `regression`",
        ),
        text("method = \"DPS\"", "run.toml: unknown variant `DPS`, expected one of `full`, `dps-dense`"),
        text("method = [\"full\"]", "run.toml: "),
        text("method = \"\"", "run.toml: unknown variant ``, expected one of"),
        text("log_format = \"xml\"", "run.toml: unknown variant `xml`, expected `text` or `json`"),
        text("frozen = \"hard\"", "run.toml: unknown variant `hard`, expected `"),
        text("class_weights = \"auto\"", "run.toml: unknown variant `auto`, expected `none` or `balanced`"),
        text("validation_split = nan", "validation_split is NaN; expected a number from 0 to 0.9"),
        text("validation_split = -0.1", "validation_split is -0.1; expected a number from 0 to 0.9"),
        text("test_split = inf", "test_split is inf; expected a number from 0 to 0.9"),
        text("save_steps = 0", "save_steps is 0; expected a whole number of at least 1"),
        text("save_total_limit = 0", "save_total_limit is 0; expected a whole number of at least 1"),
        text("update_fraction = 1.1", "update_fraction is 1.1; expected a number above 0 and at most 1"),
        text("update_ratio = 0", "update_ratio is 0; expected a number above 0"),
        text("learning_rate = nan", "learning_rate is NaN; expected a number above 0 and at most 1"),
        text("learning_rate = inf", "learning_rate is inf; expected"),
        text("learning_rate = -1e-4", "learning_rate is -0.0001; expected"),
        text("warmup_ratio = -nan", "warmup_ratio is NaN; expected a number from 0 to 1"),
        text("weight_decay = -0.01", "weight_decay is -0.01; expected a number of at least 0"),
        text("max_grad_norm = inf", "max_grad_norm is inf; expected a number of at least 0"),
        text("adam_beta1 = 1", "adam_beta1 is 1; expected a number from 0 to below 1"),
        text("adam_beta2 = -0.5", "adam_beta2 is -0.5; expected a number from 0 to below 1"),
        text("extrapolation = -1", "extrapolation is -1; expected a number from 0 to 100"),
        text("dsee_entries = 0", "dsee_entries is 0; expected a whole number from 1 to 65536"),
        text("adam_epsilon = 0", "adam_epsilon is 0; expected a number between 0 and 1"),
        text("num_train_epochs = 0", "num_train_epochs is 0; expected a number above 0 and at most 10000"),
        text(
            "num_train_epochs = 1e300",
            "num_train_epochs is 1*; expected a number above 0 and at most 10000",
        ),
        text("max_steps = 0", "max_steps is 0; expected a whole number from 1 to 100000000"),
        text("max_steps = 9223372036854775807", "max_steps is 9223372036854775807; expected"),
        text("eval_steps = 0", "eval_steps is 0; expected a whole number of at least 1"),
        text("logging_steps = 0", "logging_steps is 0; expected a whole number of at least 1"),
        text(
            "per_device_train_batch_size = 4097",
            "per_device_train_batch_size is 4097; expected a whole number from 1 to 4096",
        ),
        text(
            "gradient_accumulation_steps = 0",
            "gradient_accumulation_steps is 0; expected a whole number from 1 to 4096",
        ),
        text(
            "early_stopping_patience = 0",
            "early_stopping_patience is 0; expected a whole number of at least 1",
        ),
        text(
            "early_stopping_threshold = nan",
            "early_stopping_threshold is NaN; expected a number of at least 0",
        ),
        text(
            "metric_for_best_model = \"pearson\"",
            "metric_for_best_model is pearson; expected one of loss, accuracy",
        ),
        text("metric_for_best_model = \"\\u001b[2J\"", "metric_for_best_model is"),
    ]
}
