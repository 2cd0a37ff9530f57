//! `report.html` of one run.

use super::confusion::confusion;
use super::curves::curves;
use super::html::{escape, isolate, notice, page, tiles};
use super::mistakes::mistakes_section;
use super::run::{History, RunSummary};
use super::setup::setup;
use super::subnetwork_map::subnetwork_map;

/// Writes the whole page, as far as the run went.
pub fn run_report(run: &RunSummary) -> String {
    let history = History::new(run.events);
    let [data, model] = run.names();
    let title = format!("{model} fine-tuned on {data}");
    let mut body = format!("<h1>{} fine-tuned on {}</h1>\n", isolate(&model), isolate(&data));
    body += &outcome(run, &history);
    body += &headline(&history);
    for warning in &history.warnings {
        body += &notice("warn", &escape(warning));
    }
    body += &curves(&history);
    if let Some((part, evaluation)) = history.judged_on() {
        body += &confusion(part, evaluation, &run.task.labels);
    }
    if let Some(mistakes) = &run.mistakes {
        body += &mistakes_section(mistakes);
    }
    body += &subnetwork_map(&history);
    body += &setup(run, &history);
    page(&title, &body)
}

/// Writes a sentence about the end of the run.
fn outcome(run: &RunSummary, history: &History) -> String {
    let planned = history.start.as_ref().map_or(0, |start| start.max_steps);
    let after = format!("{} of {planned} steps", history.steps);
    match (&run.error, &history.end) {
        (Some(error), _) => notice(
            "bad",
            &format!(
                "<strong>This run failed</strong> after {after}: {}<br>No model was written. The report covers the run up to then.",
                escape(error)
            ),
        ),
        (None, None) => {
            notice("bad", &format!("<strong>This run did not reach its end</strong>: {after} are known."))
        }
        (None, Some(end)) if end.interrupted => {
            notice("warn", &format!("<strong>This run was interrupted</strong> after {after}."))
        }
        (None, Some(end)) if end.stopped_early => notice(
            "good",
            &format!("Complete: stopped early after {after}, as the validation score no longer improved."),
        ),
        (None, Some(_)) => notice("good", &format!("Complete: {after}.")),
    }
}

fn headline(history: &History) -> String {
    let mut figures = Vec::new();
    if let Some((part, evaluation)) = history.judged_on() {
        let part = part.name();
        for score in evaluation.metrics.scores.rows().into_iter().filter(|score| score.headline) {
            let value = match score.is_share {
                true => format!("{:.1} %", 100.0 * score.value),
                false => format!("{:.3}", score.value),
            };
            figures.push((value, format!("{part} {}", score.words)));
        }
    }
    if let Some(start) = &history.start {
        figures.push((start.arguments.method.to_string(), "method".into()));
        figures.push((start.examples[0].to_string(), "training examples".into()));
    }
    if let Some(end) = &history.end {
        figures.push((duration(end.seconds), "training time".into()));
        if end.skipped_steps > 0 {
            figures.push((end.skipped_steps.to_string(), "steps that changed nothing".into()));
        }
    }
    if let Some(seconds) = history.seconds_per_step {
        figures.push((format!("{seconds:.2} s"), "per step".into()));
    }
    tiles(&figures)
}

fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::model_card::model_card;
    use super::*;
    use crate::spec::{Event, Long, MatrixSelection, Metrics, Part, Selected, Task, TrainingArguments};
    use crate::text::{DataArguments, Source, Table, Understood};

    const HOSTILE: &str = "<script>alert(\"x\")</script> 🙂 שלום";

    fn start(labels: Vec<String>) -> Event {
        Event::Start {
            arguments: Box::new(TrainingArguments::default()),
            device: "CPU".into(),
            data: None,
            labels,
            train_examples: 80,
            validation_examples: 10,
            test_examples: 10,
            layers: 2,
            parameters: 1000,
            memory_bytes: 20_000_000,
            learning_rate: 1e-4,
            max_steps: 20,
            stage_steps: 1,
            plan: "80 texts train".into(),
        }
    }

    fn step(step: usize, loss: f64) -> Event {
        Event::Step {
            step,
            epoch: 0.5,
            loss,
            grad_norm: 1.0,
            learning_rate: 1e-4,
            steps_per_second: 2.0,
            seconds_left: 1.0,
        }
    }

    fn evaluation(part: Part, metrics: Metrics) -> Event {
        Event::Evaluation { part, step: 10, epoch: 1.0, metrics: Box::new(metrics), best: true }
    }

    fn end() -> Event {
        Event::End {
            steps: 20,
            seconds: 75.0,
            seconds_per_step: 3.0,
            best_step: 10,
            stopped_early: false,
            interrupted: false,
            skipped_steps: 0,
        }
    }

    fn report(events: &[Event], labels: Vec<String>, error: Option<&str>) -> String {
        run_report(&summary(events, labels, error))
    }

    fn task(labels: Vec<String>) -> Task {
        if labels.is_empty() { Task::regression() } else { Task::classification(labels) }
    }

    fn summary<'a>(events: &'a [Event], labels: Vec<String>, error: Option<&str>) -> RunSummary<'a> {
        RunSummary {
            events,
            train_file: Path::new("/home/someone/<data>.csv"),
            model: Path::new("models/minilm"),
            layers: 2,
            model_type: "bert",
            hidden_size: 24,
            task: task(labels),
            is_pair: false,
            prompt: String::new(),
            mistakes: None,
            error: error.map(String::from),
        }
    }

    fn classes(count: usize) -> Metrics {
        let probabilities: Vec<Vec<f32>> = (0..2 * count)
            .map(|row| {
                (0..count).map(|class| if (row + row / count) % count == class { 0.9 } else { 0.0 }).collect()
            })
            .collect();
        let labels: Vec<usize> = (0..2 * count).map(|row| row % count).collect();
        Metrics::classification(1.0, &probabilities, &labels, count)
    }

    #[test]
    fn what_a_person_supplied_is_text_and_nothing_else() {
        let labels = vec![HOSTILE.to_owned(), "b'\"".to_owned()];
        let events = [start(labels.clone()), step(10, 0.5), evaluation(Part::Test, classes(2)), end()];
        let html = report(&events, labels, None);
        assert!(!html.contains("<script") && !html.contains("<data>") && !html.contains("/home/someone"));
        assert!(html.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; 🙂 שלום"), "{html}");
        assert!(
            !html.contains("http://")
                || html.matches("http://").count() == html.matches("http://www.w3.org/").count()
        );
        assert!(!html.contains("https://"));
    }

    #[test]
    fn how_the_data_was_read_stands_among_what_was_run() {
        let rows: String = (0..30).map(|i| format!("text {},<b>{},{i}\n", i / 2, i % 2)).collect();
        let table = Table::parse("f.csv", format!("text,label,<id>\n,<b>1,0\n{rows}").as_bytes()).unwrap();
        let source = Source::new(&table, &DataArguments::default()).unwrap();
        let findings = source.check(&[], (128, Long::Head));
        let labels = source.task.labels.clone();
        let mut began = start(labels.clone());
        if let Event::Start { data, .. } = &mut began {
            *data = Some(Box::new(Understood { findings, ..source.understood }));
        }
        let events = [began, step(10, 0.5), end()];
        let html = report(&events, labels.clone(), None);
        for part in [
            "Data as it was read",
            "text &quot;text&quot; (by its name), label &quot;label&quot; (by its name); not used: &quot;&lt;id&gt;&quot;",
            "rows without a text: 1 (line 2)",
            "2 classes: &quot;&lt;b&gt;0&quot; (15), &quot;&lt;b&gt;1&quot; (15)",
            "check which label is right (lines 3, 4, 5",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!html.contains("<b>0"));
        let card = model_card(&summary(&events, labels, None));
        for part in
            ["## Data\n\n- data: CSV", "- left out: rows without a text: 1 (line 2)\n", "\"&lt;b>0\" (15)"]
        {
            assert!(card.contains(part), "{part} in {card}");
        }
    }

    #[test]
    fn a_failed_run_says_so_and_shows_what_there_is() {
        let labels = vec!["a".to_owned(), "b".to_owned()];
        let events = [start(labels.clone()), step(1, 0.7), step(7, f64::NAN)];
        let html = report(&events, labels.clone(), Some("the device was lost <here>"));
        assert!(html.contains("This run failed") && html.contains("7 of 20 steps"));
        assert!(
            html.contains("the device was lost &lt;here&gt;")
                && html.contains("<svg")
                && !html.contains("NaN")
        );
        assert!(report(&events, labels, None).contains("did not reach its end"));
        assert!(report(&[], Vec::new(), None).contains("did not reach its end"));
    }

    #[test]
    fn a_regression_has_no_classes() {
        let metrics = Metrics::regression(1.0, &[1.0, 2.0, 3.5], &[1.0, 2.5, 3.0]);
        let events = [
            start(vec![]),
            step(10, 0.5),
            evaluation(Part::Validation, metrics.clone()),
            evaluation(Part::Test, metrics),
            end(),
        ];
        let html = report(&events, vec![], None);
        assert!(html.contains("Spearman correlation") && !html.contains("Confusion matrix"));
    }

    #[test]
    fn many_classes_have_a_matrix_and_a_list_of_the_most_confused() {
        let labels: Vec<String> = (0..77).map(|class| format!("class_{class}")).collect();
        let events = [start(labels.clone()), step(10, 0.5), evaluation(Part::Test, classes(77)), end()];
        let html = report(&events, labels, None);
        assert!(html.contains("confusion many") && html.contains("Most confused; 57 more pairs"));
        assert!(html.contains("title=\"class_3 predicted as class_4: 1 of 2\""));
    }

    #[test]
    fn without_held_out_examples_there_is_no_score() {
        let html = report(&[start(vec![]), step(10, 0.5), end()], vec![], None);
        assert!(html.contains("Nothing was evaluated") && !html.contains("Score on"));
    }

    #[test]
    fn the_subnetwork_section_is_there_where_one_was_selected() {
        let selection = |step, overlap| Event::Subnetwork {
            step,
            matrices: [(Some(0), "query"), (None, "pooler")]
                .map(|(layer, matrix)| MatrixSelection {
                    name: format!("{matrix}.weight"),
                    layer,
                    matrix: matrix.into(),
                    selected: Selected { entries: 100, kept: 70, overlap },
                })
                .to_vec(),
        };
        let html = report(&[start(vec![]), selection(2, 0), selection(4, 56), end()], vec![], None);
        assert!(html.contains("Share selected") && html.contains(">80.0<") && html.contains("pooler"));
        let html = report(&[start(vec![]), selection(2, 0), end()], vec![], None);
        assert!(html.contains("Share selected") && !html.contains("Share kept from the cycle before"));
        assert!(!report(&[start(vec![]), end()], vec![], None).contains("Subnetwork"));
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        assert_eq!([4.4, 75.0, 7300.0].map(duration), ["4 s", "1 min 15 s", "2 h 1 min"]);
    }
}
