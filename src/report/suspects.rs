//! The labels that are probably wrong.

use super::html::{escape, isolate, percent, section};
use crate::spec::Event;
use crate::spec::quote::count;

/// Writes the section. `events` are those of the run.
pub fn suspects_section(events: &[Event]) -> String {
    let found = events.iter().rev().find_map(|event| match event {
        Event::Suspects { examples, count, suspects } => Some((*examples, *count, suspects)),
        _ => None,
    });
    let Some((examples, number, suspects)) = found else { return String::new() };
    const TITLE: &str = "Labels that may be wrong";
    let judged = format!(
        "{} were judged by a linear model on the encoder’s vectors that was fitted to other texts",
        count(examples, "label")
    );
    if suspects.is_empty() {
        return section(TITLE, &format!("<p>{judged}. None is less probable than another.</p>\n"));
    }
    let row = |suspect: &crate::spec::Suspect| {
        let text = |text: &str| format!("<div dir=\"auto\">{}</div>", escape(text));
        format!(
            "<tr><td class=\"text\">{}{}</td><td class=\"name\">{}</td><td class=\"number\">{}</td><td class=\"name\">{}</td>\
             <td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
            text(&suspect.text),
            suspect.pair.as_deref().map(text).unwrap_or_default(),
            isolate(&suspect.label),
            percent(suspect.probability),
            isolate(&suspect.likely),
            percent(suspect.likely_probability),
            suspect.line
        )
    };
    let rows: String = suspects.iter().map(row).collect();
    let head = ["text", "label", "probability", "probably", "probability", "line"];
    let numbers = [false, false, true, false, true, true];
    let head: String = head
        .iter()
        .zip(numbers)
        .map(|(name, is_number)| {
            let class = if is_number { " class=\"number\"" } else { "" };
            format!("<th scope=\"col\"{class}>{name}</th>")
        })
        .collect();
    section(
        TITLE,
        &format!(
            "<p>{judged}; it finds another label more probable for {number}. Either the text is hard or its label is \
             wrong.</p>\n<div class=\"scroll\"><table class=\"texts\">\n<caption>Most doubtful first; {} \
             shown</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n",
            suspects.len()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Suspect;

    #[test]
    fn the_last_judgement_is_written_as_text() {
        let suspect = |line: u64| Suspect {
            line,
            text: "<script>".into(),
            pair: Some("b & c".into()),
            label: "<b>ham".into(),
            probability: 0.012,
            likely: "spam".into(),
            likely_probability: 0.95,
        };
        let event = |line| Event::Suspects { examples: 40, count: 3, suspects: vec![suspect(line)] };
        let html = suspects_section(&[event(7), event(8)]);
        assert!(html.contains("40 labels were judged") && html.contains("more probable for 3"), "{html}");
        assert!(
            html.contains("&lt;script&gt;") && html.contains("b &amp; c") && html.contains("&lt;b&gt;ham")
        );
        assert!(html.contains("1.2 %") && html.contains("95.0 %") && html.contains(">8</td>"), "{html}");
        assert!(!html.contains("<script>") && !html.contains(">7</td>"));
        let none = Event::Suspects { examples: 40, count: 0, suspects: Vec::new() };
        assert!(suspects_section(&[none]).contains("None is less probable than another"));
        assert_eq!(suspects_section(&[]), "");
    }
}
