//! Plots as inline SVG. Their colours are names; the page's style sheet gives these values for light, dark and paper.

use kuva::backend::svg::SvgBackend;
use kuva::plot::legend::LegendPosition;
use kuva::plot::scatter::MarkerShape;
use kuva::plot::{LinePlot, ScatterPlot};
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::render::{Scene, render_line, render_scatter};
use kuva::render::theme::Theme;

use super::html::escape;
use super::run::Point;

/// A curve keeps at most this many points; more cannot be told apart.
const MOST_POINTS: usize = 600;

/// The dashes of each series, in their order, so that the series differ without colour too.
const DASHES: [&str; 8] = ["", "7 4", "2 4", "9 3 2 3", "14 4", "9 3 2 3 2 3", "5 2", "1 2"];
const MARKERS: [MarkerShape; 4] =
    [MarkerShape::Circle, MarkerShape::Square, MarkerShape::Triangle, MarkerShape::Diamond];
const COLOURS: usize = 8;

/// One line of a chart.
pub struct Series {
    pub name: String,
    pub points: Vec<Point>,
    /// Whether each point is marked, which helps if there are few.
    pub marked: bool,
}

impl Series {
    pub fn new(name: &str, points: Vec<Point>, marked: bool) -> Self {
        Series { name: name.to_owned(), points, marked }
    }
}

/// Draws lines over a common x axis, with a legend. Returns `None` if no series has a finite point.
pub fn lines(title: &str, [x, y]: [&str; 2], series: &[Series]) -> Option<String> {
    let mut plots = Vec::new();
    let mut all = Vec::new();
    let mut legend = String::new();
    let mut drawn = Vec::new();
    for (index, one) in series.iter().enumerate() {
        let points = thinned(&one.points);
        if points.is_empty() {
            continue;
        }
        legend += &legend_entry(index, one.marked, &one.name);
        drawn.push(&one.name);
        all.extend_from_slice(&points);
        let colour = colour(index);
        let mut line = LinePlot::new().with_data(points.clone()).with_color(&colour).with_stroke_width(2.0);
        if !DASHES[index % DASHES.len()].is_empty() {
            line = line.with_line_style(kuva::plot::LineStyle::Custom(DASHES[index % DASHES.len()].into()));
        }
        plots.push(Plot::Line(line));
        // a single point has no line
        if one.marked || points.len() == 1 {
            let marks = ScatterPlot::new()
                .with_data(points)
                .with_color(&colour)
                .with_size(3.5)
                .with_marker(MARKERS[index % MARKERS.len()]);
            plots.push(Plot::Marks(marks));
        }
    }
    if plots.is_empty() {
        return None;
    }
    let ranges = [range(all.iter().map(|point| point.0)), range(all.iter().map(|point| point.1))];
    let layout = || framed(ranges, [480.0, 280.0]).with_x_label(x).with_y_label(y);
    let names: Vec<String> = drawn.iter().map(|name| (*name).clone()).collect();
    let description = format!("{title}: {} by {x}", names.join(", "));
    Some(figure(title, &legend, &svg(&plots, &layout, &description)))
}

/// A row of dots, with its mean and standard deviation if they exist.
pub struct DotRow {
    pub name: String,
    pub values: Vec<f64>,
    pub mean: Option<f64>,
    pub deviation: Option<f64>,
}

/// Draws a row of dots for each name, the first on top. Returns `None` if no value is finite.
pub fn dots(title: &str, x: &str, rows: &[DotRow]) -> Option<String> {
    let count = rows.len();
    let height = |row: usize| (count - row) as f64;
    let mut values = Vec::new();
    let mut means = Vec::new();
    for (row, one) in rows.iter().enumerate() {
        values.extend(one.values.iter().filter(|value| usable(**value)).map(|value| (*value, height(row))));
        if let Some(mean) = one.mean.filter(|mean| usable(*mean)) {
            means.push((row, mean, one.deviation.filter(|deviation| usable(*deviation)).unwrap_or(0.0)));
        }
    }
    if values.is_empty() {
        return None;
    }
    let mean = ScatterPlot::new()
        .with_data(means.iter().map(|(row, mean, _)| (*mean, height(*row))).collect::<Vec<Point>>())
        .with_x_err(means.iter().map(|(_, _, deviation)| *deviation).collect::<Vec<f64>>())
        .with_color(colour(1))
        .with_size(5.0)
        .with_marker(MarkerShape::Diamond);
    let ends = means.iter().flat_map(|(_, mean, deviation)| [mean - deviation, mean + deviation]);
    let ranges = [range(values.iter().map(|point| point.0).chain(ends)), (0.5, count as f64 + 0.5)];
    let single =
        ScatterPlot::new().with_data(values).with_color(colour(0)).with_size(4.0).with_marker_opacity(0.75);
    let plots = [Plot::Marks(mean), Plot::Marks(single)];
    let names: Vec<String> = rows.iter().rev().map(|row| row.name.clone()).collect();
    let size = [480.0, 90.0 + 34.0 * count as f64];
    let layout = || {
        framed(ranges, size)
            .with_x_label(x)
            .with_y_axis_min(0.5)
            .with_y_axis_max(count as f64 + 0.5)
            .with_y_categories(names.clone())
    };
    let legend =
        format!("{}{}", mark_entry(0, "●", "one run"), mark_entry(1, "◆", "mean ± standard deviation"));
    Some(figure(title, &legend, &svg(&plots, &layout, &format!("{title}: {x} of each method"))))
}

/// The range of an axis for usable values: with a little room, but not below 0 for values that are not.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let largest = high.abs().max(low.abs());
    // an axis needs a width of its own if all values are equal
    let room = if high - low > 1e-9 * largest { 0.01 * (high - low) } else { 0.05 * largest.max(0.1) };
    let least = if low >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
    ((low - room).max(least), high + room)
}

/// Whether an axis can hold the value: finite and not too large.
fn usable(value: f64) -> bool {
    value.is_finite() && value.abs() < 1e12
}

/// The usable points. If there are too many, it divides them into [`MOST_POINTS`] equal stretches and takes their
/// means.
fn thinned(points: &[Point]) -> Vec<Point> {
    let points: Vec<Point> = points.iter().copied().filter(|(x, y)| usable(*x) && usable(*y)).collect();
    if points.len() <= MOST_POINTS {
        return points;
    }
    let mean = |chunk: &[Point]| {
        let sum = chunk.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        (sum.0 / chunk.len() as f64, sum.1 / chunk.len() as f64)
    };
    points.chunks(points.len().div_ceil(MOST_POINTS)).map(mean).collect()
}

fn colour(index: usize) -> String {
    format!("var(--series-{})", index % COLOURS)
}

fn framed([x, y]: [(f64, f64); 2], [width, height]: [f64; 2]) -> Layout {
    let theme = Theme {
        background: "none".into(),
        axis_color: "var(--muted)".into(),
        grid_color: "var(--grid)".into(),
        tick_color: "var(--muted)".into(),
        text_color: "var(--text)".into(),
        font_family: Some("system-ui, sans-serif".into()),
        ..Theme::light()
    };
    Layout::new(x, y)
        .with_theme(theme)
        .with_width(width)
        .with_height(height)
        .with_tick_size(13)
        .with_label_size(13)
        .with_legend_position(LegendPosition::InsideTopRight)
        .with_tick_format(TickFormat::Auto)
}

/// One part of a plot.
enum Plot {
    Line(LinePlot),
    Marks(ScatterPlot),
}

/// Draws several plots over the same axes. kuva's `render_multiple` does too, but links every kind of plot that kuva has, which
/// is half a megabyte of WebAssembly.
fn scene(plots: &[Plot], layout: &dyn Fn() -> Layout) -> Scene {
    let mut scene = render_line(&LinePlot::new(), layout());
    let axes = scene.elements.len();
    for plot in plots {
        let drawn = match plot {
            Plot::Line(line) => render_line(line, layout()),
            Plot::Marks(marks) => render_scatter(marks, layout()),
        };
        scene.elements.extend(drawn.elements.into_iter().skip(axes));
    }
    scene
}

/// Draws the SVG. For a screen reader, the plot is an image with a description of its own.
fn svg(plots: &[Plot], layout: &dyn Fn() -> Layout, description: &str) -> String {
    let drawn = SvgBackend.render_scene(&scene(plots, layout));
    // a view box in place of a fixed size lets the page scale the plot
    let value = |attribute: &str| {
        let (_, rest) = drawn.split_once(&format!(" {attribute}=\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let [width, height] = ["width", "height"].map(|attribute| value(attribute).unwrap_or_default());
    let fixed = format!(" width=\"{width}\" height=\"{height}\"");
    let scaled =
        format!(" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\"", escape(description));
    drawn.replacen(&fixed, &scaled, 1)
}

fn figure(title: &str, legend: &str, svg: &str) -> String {
    format!(
        "<figure class=\"plot\"><figcaption><strong>{}</strong> <span class=\"legend\">{legend}</span></figcaption>\
         <div class=\"scroll\">{svg}</div></figure>\n",
        escape(title)
    )
}

fn legend_entry(index: usize, marked: bool, name: &str) -> String {
    let mark = if marked { ["●", "■", "▲", "◆"][index % MARKERS.len()] } else { "" };
    format!(
        "<span class=\"key\"><svg width=\"26\" height=\"12\" aria-hidden=\"true\"><line x1=\"0\" y1=\"6\" x2=\"26\" \
         y2=\"6\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/><text x=\"13\" y=\"10\" \
         text-anchor=\"middle\" font-size=\"12\" fill=\"{colour}\">{mark}</text></svg> {}</span> ",
        DASHES[index % DASHES.len()],
        escape(name),
        colour = colour(index),
    )
}

fn mark_entry(index: usize, mark: &str, name: &str) -> String {
    format!(
        "<span class=\"key\"><span style=\"color:{}\" aria-hidden=\"true\">{mark}</span> {name}</span> ",
        colour(index)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(points: Vec<Point>) -> Option<String> {
        lines("Loss", ["step", "loss"], &[Series::new("<b>loss</b>", points, false)])
    }

    #[test]
    fn values_that_no_axis_can_show_are_left_out() {
        assert!(drawn(vec![]).is_none());
        assert!(drawn(vec![(1.0, f64::NAN), (2.0, f64::INFINITY), (3.0, 1e300)]).is_none());
        for points in [vec![(1.0, 0.5)], vec![(1.0, 0.0), (2.0, 0.0)], vec![(1.0, 1e-300), (2.0, 1e11)]] {
            let plot = drawn(points).unwrap();
            assert!(plot.contains("viewBox=\"0 0 480 280\"") && !plot.contains("NaN"), "{plot}");
        }
    }

    #[test]
    fn a_long_curve_is_thinned_to_means() {
        let points: Vec<Point> = (0..6001).map(|i| (f64::from(i), 2.0)).collect();
        let thin = thinned(&points);
        assert!(thin.len() <= MOST_POINTS && thin.iter().all(|point| point.1 == 2.0), "{}", thin.len());
    }

    #[test]
    fn names_are_escaped() {
        let plot = drawn(vec![(1.0, 1.0), (2.0, 0.5)]).unwrap();
        assert!(!plot.contains("<b>") && plot.contains("&lt;b&gt;loss&lt;/b&gt;"));
        let row = DotRow { name: "<i>\"".into(), values: vec![0.5], mean: Some(0.5), deviation: None };
        assert!(!dots("Scores", "accuracy", &[row]).unwrap().contains("<i>"));
    }
}
