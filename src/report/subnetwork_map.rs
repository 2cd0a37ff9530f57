//! The subnetwork map: for each layer and matrix, the share that was selected in each cycle, and the share of this
//! selection that was selected before.

use std::collections::BTreeMap;

use super::html::{escape, heat_cell, percent, section, table};
use super::plot::{Series, lines};
use super::run::{Cycle, History, Point};
use crate::spec::{MatrixSelection, Selected};

/// The largest number of small maps. They are spread over the run.
const MOST_SMALL_MAPS: usize = 12;

/// Writes the map, or an empty text if no subnetwork was selected.
pub fn subnetwork_map(history: &History) -> String {
    let Some(last) = history.cycles.last() else { return String::new() };
    let selected = Scale::over(&history.cycles[history.cycles.len() - 1..], share_selected);
    let again = (history.cycles.len() > 1).then(|| Scale::over(&history.cycles[1..], share_again));

    let mut text = introduction(history);
    text += "<div class=\"plots\">\n";
    text += &big_map("Share selected", last, &selected, share_selected);
    if let Some(scale) = &again {
        text += &big_map("Share kept from the cycle before", last, scale, share_again);
    }
    text += "</div>\n";
    if let Some(scale) = &again {
        text += "<div class=\"plots\">\n";
        text += &kept_over_time(&history.cycles).unwrap_or_default();
        text += &small_maps(&history.cycles[1..], scale);
        text += "</div>\n";
    }
    text += &cycle_table(&history.cycles);
    section("Subnetwork", &text)
}

fn introduction(history: &History) -> String {
    let cycles = match history.cycles.len() {
        1 => "A subnetwork was selected once".to_owned(),
        count => format!("Subnetworks were selected {count} times"),
    };
    let last = history.cycles.last().map_or(0, |cycle| cycle.step);
    let chance = history.start.as_ref().filter(|_| history.cycles.len() > 1).map_or(String::new(), |start| {
        format!(
            " Two unrelated selections would share {} of their weights.",
            percent(start.arguments.update_fraction())
        )
    });
    format!(
        "<p>{cycles}, last before step {last}. A cell stands for one weight matrix; those outside the \
         layers have a row of their own. The deeper the colour, the larger the share.{chance}</p>\n"
    )
}

fn share_selected(selected: Selected) -> f64 {
    selected.kept as f64 / selected.entries.max(1) as f64
}

fn share_again(selected: Selected) -> f64 {
    selected.overlap as f64 / selected.kept.max(1) as f64
}

/// The range of the colours: all shares of one kind of map lie between the two ends.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn over(cycles: &[Cycle], share: fn(Selected) -> f64) -> Self {
        let shares = cycles.iter().flat_map(|cycle| cycle.matrices).map(|matrix| share(matrix.selected));
        let (low, high) =
            shares.fold((1.0f64, 0.0f64), |(low, high), share| (low.min(share), high.max(share)));
        // in steps of 5 %, and never so narrow that noise looks like a pattern
        let low = (low * 20.0).floor() / 20.0;
        let high = ((high * 20.0).ceil() / 20.0).max(low + 0.1);
        Scale { low: low.min(0.9), high: high.min(1.0) }
    }

    /// The depth of the colour. It is above 0 at the low end too, so that the cell remains visible.
    fn depth(&self, share: f64) -> f64 {
        0.08 + 0.92 * ((share - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    fn legend(&self) -> String {
        format!(
            "<span class=\"ramp-legend\">{:.0} % <span class=\"ramp\"></span> {:.0} %</span>",
            100.0 * self.low,
            100.0 * self.high
        )
    }
}

/// The matrices of one cycle by layer and kind, and those outside the layers.
struct Map<'a> {
    /// The kinds of matrices in layers, in the order of the model.
    columns: Vec<&'a str>,
    /// The selections of the matrices in each layer, by column.
    layers: BTreeMap<usize, BTreeMap<usize, Selected>>,
    outside: Vec<(&'a str, Selected)>,
}

impl<'a> Map<'a> {
    fn new(matrices: &'a [MatrixSelection]) -> Self {
        let mut map = Map { columns: Vec::new(), layers: BTreeMap::new(), outside: Vec::new() };
        for MatrixSelection { layer, matrix, selected, .. } in matrices {
            let Some(layer) = layer else {
                map.outside.push((matrix, *selected));
                continue;
            };
            let column = map.columns.iter().position(|known| known == matrix).unwrap_or_else(|| {
                map.columns.push(matrix);
                map.columns.len() - 1
            });
            map.layers.entry(*layer).or_default().insert(column, *selected);
        }
        map
    }

    /// Across all columns.
    fn span(&self) -> String {
        format!(" colspan=\"{}\"", self.columns.len())
    }
}

fn big_map(title: &str, cycle: &Cycle, scale: &Scale, share: fn(Selected) -> f64) -> String {
    let map = Map::new(cycle.matrices);
    let head = |name: &&str| format!("<th scope=\"col\">{}</th>", escape(name));
    let heads: String = map.columns.iter().map(head).collect();
    let cell = |selected: Selected, attributes: &str| {
        let share = share(selected);
        let hint = format!("{} of {} weights", selected.kept, selected.entries);
        heat_cell(attributes, scale.depth(share), &format!("{:.1}", 100.0 * share), &hint)
    };
    let mut rows = String::new();
    for (layer, columns) in &map.layers {
        let cells: String = (0..map.columns.len())
            .map(|column| columns.get(&column).map_or_else(|| "<td></td>".into(), |one| cell(*one, "")))
            .collect();
        rows += &format!("<tr><th scope=\"row\">layer {layer}</th>{cells}</tr>\n");
    }
    for (name, selected) in &map.outside {
        let cell = cell(*selected, &map.span());
        rows += &format!("<tr><th scope=\"row\">{}</th>{cell}</tr>\n", escape(name));
    }
    format!(
        "<div class=\"scroll\"><table class=\"map\">\n<caption><strong>{title}</strong>, in percent, at step {} {}</caption>\n\
         <thead><tr><td></td>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n",
        cycle.step,
        scale.legend()
    )
}

/// Plots the mean over the layers for each kind of matrix, cycle by cycle.
fn kept_over_time(cycles: &[Cycle]) -> Option<String> {
    // with one value for each kind of matrix, the map is enough
    if cycles.len() < 3 {
        return None;
    }
    let maps: Vec<(usize, Map)> =
        cycles[1..].iter().map(|cycle| (cycle.step, Map::new(cycle.matrices))).collect();
    let (_, first) = maps.first()?;
    let series = |(column, name): (usize, &&str)| {
        let point = |(step, map): &(usize, Map)| -> Option<Point> {
            let found = map.layers.values().filter_map(|columns| columns.get(&column));
            let shares: Vec<f64> = found.map(|selected| share_again(*selected)).collect();
            let mean = 100.0 * shares.iter().sum::<f64>() / shares.len() as f64;
            (!shares.is_empty()).then_some((*step as f64, mean))
        };
        let points = maps.iter().filter_map(point).collect();
        Series::new(&format!("{name} matrices"), points, cycles.len() < 20)
    };
    let series: Vec<Series> = first.columns.iter().enumerate().map(series).collect();
    lines("Kept from the cycle before, mean over the layers", ["step", "share kept (%)"], &series)
}

fn small_maps(cycles: &[Cycle], scale: &Scale) -> String {
    // the big map already shows a single cycle
    if cycles.len() < 2 {
        return String::new();
    }
    let shown = cycles.len().min(MOST_SMALL_MAPS);
    let maps: String = (0..shown)
        .map(|index| &cycles[index * (cycles.len() - 1) / (shown - 1)])
        .map(|cycle| small_map(cycle, scale))
        .collect();
    format!(
        "<figure class=\"small-maps\"><figcaption><strong>Share kept from the cycle before</strong>, over the run; rows \
         and columns as above {}</figcaption>\n<div class=\"row\">\n{maps}</div></figure>\n",
        scale.legend()
    )
}

/// Draws a small map. It is hidden from screen readers, because the tables hold its numbers.
fn small_map(cycle: &Cycle, scale: &Scale) -> String {
    let map = Map::new(cycle.matrices);
    let cell = |selected: Selected, attributes: &str| {
        heat_cell(attributes, scale.depth(share_again(selected)), "", &percent(share_again(selected)))
    };
    let layers = map.layers.values().map(|columns| {
        let cells: String = columns.values().map(|selected| cell(*selected, "")).collect();
        format!("<tr>{cells}</tr>")
    });
    let outside = map.outside.iter();
    let outside = outside.map(|(_, selected)| format!("<tr>{}</tr>", cell(*selected, &map.span())));
    format!(
        "<div aria-hidden=\"true\"><table class=\"small-map\">{}</table>step {}</div>\n",
        layers.chain(outside).collect::<String>(),
        cycle.step
    )
}

/// Writes a table with the shares of all weights together.
fn cycle_table(cycles: &[Cycle]) -> String {
    let rows: Vec<Vec<String>> = cycles
        .iter()
        .enumerate()
        .map(|(index, cycle)| {
            let sum =
                |part: fn(&Selected) -> usize| cycle.matrices.iter().map(|one| part(&one.selected)).sum();
            let all = Selected {
                entries: sum(|one| one.entries),
                kept: sum(|one| one.kept),
                overlap: sum(|one| one.overlap),
            };
            let again = if index == 0 { "–".into() } else { percent(share_again(all)) };
            vec![escape(&cycle.step.to_string()), all.kept.to_string(), percent(share_selected(all)), again]
        })
        .collect();
    let head = ["step", "weights selected", "share of all", "kept from before"];
    format!(
        "<details><summary>All selections in numbers</summary>\n{}</details>\n",
        table("All matrices together", 1, &head, &rows)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_find_their_place() {
        let matrix = |layer: Option<usize>, matrix: &str| MatrixSelection {
            name: "a.weight".into(),
            layer,
            matrix: matrix.into(),
            selected: Selected { entries: 2, kept: 1, overlap: 0 },
        };
        let matrices = [
            matrix(Some(1), "query"),
            matrix(Some(1), "output"),
            matrix(Some(11), "output"),
            matrix(None, "pooler"),
        ];
        let map = Map::new(&matrices);
        assert_eq!(map.columns, ["query", "output"]);
        let columns: Vec<(usize, Vec<usize>)> =
            map.layers.iter().map(|(layer, columns)| (*layer, columns.keys().copied().collect())).collect();
        assert_eq!(columns, [(1, vec![0, 1]), (11, vec![1])]);
        assert_eq!(map.outside.len(), 1);
    }

    #[test]
    fn a_scale_holds_all_shares_and_is_never_narrow() {
        let matrix = |kept| MatrixSelection {
            name: "classifier.weight".into(),
            layer: None,
            matrix: "classifier".into(),
            selected: Selected { entries: 100, kept, overlap: 0 },
        };
        let matrices = [matrix(70), matrix(70)];
        let scale = Scale::over(&[Cycle { step: 1, matrices: &matrices }], share_selected);
        assert!(scale.low <= 0.7 && scale.high >= 0.7 && scale.high - scale.low >= 0.0999);
        let matrices = [matrix(0), matrix(100)];
        let scale = Scale::over(&[Cycle { step: 1, matrices: &matrices }], share_selected);
        assert_eq!((scale.low, scale.high), (0.0, 1.0));
    }
}
