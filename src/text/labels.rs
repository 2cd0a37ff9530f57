//! Reads the cells of a label column: each holds no label, one, or several.

use super::table::{Row, Table};
use crate::spec::{ClassSize, Variants};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use tokenizers::NormalizedString;

/// The longest cell that may be a list of labels.
const MAX_LIST_BYTES: usize = 10_000;
pub(super) const SEPARATORS: [char; 5] = ['|', ';', '#', ',', '\n'];
/// Marks that programs write for a missing value, and spreadsheets for an error. Nobody writes them as a text or a
/// label.
const MISSING: [&str; 15] = [
    "nan", "null", "#n/a", "<na>", "#na", "\\N", "#nv", "#name?", "#value!", "#ref!", "#div/0!", "#num!",
    "#null!", "#error!", "#wert!",
];
/// Marks for a missing number among numbers.
const MISSING_NUMBER: [&str; 7] = ["na", "n/a", "none", "-", "–", "?", "."];

/// Whether a text cell holds a program's mark for a missing value.
pub(super) fn is_missing(cell: &str) -> bool {
    let cell = cell.trim();
    cell.len() <= 8 && (cell.eq_ignore_ascii_case("n/a") || is_one_of(cell, &MISSING))
}

/// Whether a label may be a mark for a missing one, as R writes it. It may also be the name of a class.
pub(super) fn may_be_missing(label: &str) -> bool {
    is_one_of(label, &["na", "n/a", "none"])
}

/// Whether a label cell holds a program's mark for a missing value.
pub(super) fn is_missing_label(cell: &str) -> bool {
    is_one_of(cell, &MISSING)
}

fn is_one_of(cell: &str, marks: &[&str]) -> bool {
    marks.iter().any(|mark| cell.eq_ignore_ascii_case(mark))
}

/// The labels of a table, by row.
pub(super) struct Labels<'a> {
    /// The labels, trimmed and without the brackets of a list of one; `None` for a cell without a label.
    by_row: Vec<Option<Cow<'a, str>>>,
    /// Whether every label is a number, some with a decimal comma.
    pub decimal_comma: bool,
    /// The number of cells that were lists of a single label.
    pub lists_of_one: usize,
}

/// The cells that hold several labels.
#[derive(Default)]
pub(super) struct Several<'a> {
    /// The line and the text of each.
    pub cells: Vec<(u64, &'a str)>,
    /// The sign between the labels, if they are not lists.
    pub separator: Option<char>,
}

impl<'a> Labels<'a> {
    /// Reads one label of each cell. A cell that holds several, as a list (JSON or Python) or with a separator between
    /// parts that recur alone or in other combinations, is a label as it is, and is told.
    pub fn read(table: &'a Table, column: usize) -> (Self, Several<'a>) {
        let mut lists_of_one = 0;
        let mut several = Several::default();
        let mut by_row: Vec<Option<Cow<str>>> = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let cell = row.fields[column].trim();
            by_row.push(match list_of(cell) {
                _ if cell.is_empty() || is_missing_label(cell) => None,
                None => Some(Cow::Borrowed(cell)),
                Some(parts) if parts.is_empty() => None,
                Some(mut parts) if parts.len() == 1 => {
                    lists_of_one += 1;
                    parts.pop().filter(|part| !part.is_empty()).map(Cow::Owned)
                }
                Some(_) => {
                    several.cells.push((row.line, cell));
                    Some(Cow::Borrowed(cell))
                }
            });
        }
        let mut labels = Labels { by_row, decimal_comma: false, lists_of_one };
        let are_numbers = labels.find_numbers();
        if several.cells.is_empty()
            && !are_numbers
            && let Some(separator) = separator(&labels.different())
        {
            let has_it = |(label, _): &(&Option<Cow<str>>, &Row)| {
                label.as_deref().is_some_and(|label| label.contains(separator))
            };
            let found = labels.by_row.iter().zip(&table.rows).filter(has_it);
            several.cells.extend(found.map(|(_, row)| (row.line, row.fields[column].trim())));
            several.separator = Some(separator);
        }
        (labels, several)
    }

    fn different(&self) -> HashSet<&str> {
        self.by_row.iter().flatten().map(Cow::as_ref).collect()
    }

    /// Whether all labels except marks for missing numbers are numbers. If so, the marks no longer count as labels.
    fn find_numbers(&mut self) -> bool {
        let mut has_comma = false;
        let mut has_number = false;
        for label in self.by_row.iter().flatten().filter(|label| !is_one_of(label, &MISSING_NUMBER)) {
            has_number = true;
            if number(label, false).is_none() {
                if number(label, true).is_none() {
                    return false;
                }
                has_comma = true;
            }
        }
        // with 1.5 and 1,5 in one column, either sign may separate thousands
        if has_comma && self.by_row.iter().flatten().any(|label| label.contains('.') && label.len() > 1) {
            return false;
        }
        self.decimal_comma = has_comma;
        if has_number {
            for label in &mut self.by_row {
                label.take_if(|label| is_one_of(label, &MISSING_NUMBER));
            }
        }
        has_number
    }

    pub fn of_row(&self, row: usize) -> Option<&str> {
        self.by_row[row].as_deref()
    }

    /// The value of a label that is a finite number.
    pub fn number(&self, label: &str) -> Option<f32> {
        number(label, self.decimal_comma)
    }
}

/// The count of each label in the rows for which `is_used` holds.
pub(super) fn sizes<'a>(labels: &'a Labels, is_used: impl Fn(usize) -> bool) -> BTreeMap<&'a str, usize> {
    let mut sizes = BTreeMap::new();
    for (row, label) in labels.by_row.iter().enumerate() {
        if let (Some(label), true) = (label, is_used(row)) {
            *sizes.entry(label.as_ref()).or_default() += 1;
        }
    }
    sizes
}

/// The items of a cell that is a list in JSON or Python, or Label Studio's `{"choices": [...]}`; `None` for other
/// cells.
pub(super) fn list_of(cell: &str) -> Option<Vec<String>> {
    let is_list = cell.starts_with(['[', '{', '(']) && cell.ends_with([']', '}', ')']);
    if !is_list || cell.len() > MAX_LIST_BYTES {
        return None;
    }
    let item = |item: &serde_json::Value| match item {
        serde_json::Value::String(text) => Some(text.trim().to_owned()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(value) => Some(value.to_string()),
        _ => None,
    };
    match serde_json::from_str::<serde_json::Value>(cell) {
        Ok(serde_json::Value::Array(items)) => items.iter().map(item).collect(),
        Ok(serde_json::Value::Object(fields)) => match fields.get("choices")? {
            serde_json::Value::Array(items) => items.iter().map(item).collect(),
            one => item(one).map(|one| vec![one]),
        },
        Ok(_) => None,
        Err(_) => python_list(&cell[1..cell.len() - 1]),
    }
}

/// Reads quoted items, separated by commas or, as numpy prints them, by blanks.
fn python_list(inside: &str) -> Option<Vec<String>> {
    let mut items = Vec::new();
    let mut rest = inside.trim();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
        let end = rest[1..].find(quote)? + 1;
        items.push(rest[1..end].trim().to_owned());
        rest = rest[end + 1..].trim_start().trim_start_matches(',').trim_start();
    }
    (!items.is_empty()).then_some(items)
}

/// The separator that makes labels lists: at least half of the different labels with it consist of parts that all
/// recur, alone or in another label. That is not enough for a comma or a line end, which names contain too: there a
/// part must occur alone, at another place, or among more or fewer others.
fn separator(labels: &HashSet<&str>) -> Option<char> {
    SEPARATORS.into_iter().find(|separator| {
        let mut lists: Vec<Vec<&str>> = Vec::new();
        let mut alone = HashSet::new();
        for label in labels.iter().filter(|label| label.len() <= MAX_LIST_BYTES) {
            let parts: Vec<&str> = label.split(*separator).map(str::trim).collect();
            match parts.len() {
                1 => _ = alone.insert(parts[0]),
                _ if parts.iter().all(|part| !part.is_empty()) => lists.push(parts),
                _ => {}
            }
        }
        let mut uses: HashMap<&str, usize> = HashMap::new();
        for list in &lists {
            for part in list.iter().collect::<HashSet<_>>() {
                *uses.entry(part).or_default() += 1;
            }
        }
        let comes_again = |part: &&str| alone.contains(part) || uses[part] > 1;
        let (explained, others): (Vec<&Vec<&str>>, Vec<&Vec<&str>>) =
            lists.iter().partition(|list| list.iter().all(comes_again));
        if explained.is_empty() || explained.len() < others.len() {
            return false;
        }
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut moves = false;
        for list in &explained {
            for (place, part) in list.iter().enumerate() {
                moves |= *places.entry(part).or_insert(place) != place;
            }
        }
        let differs_in_length = explained.iter().any(|list| list.len() != explained[0].len());
        let has_alone = explained.iter().any(|list| list.iter().any(|part| alone.contains(part)));
        matches!(separator, '|' | ';' | '#') || has_alone || moves || differs_in_length
    })
}

/// Reads a finite number, with a decimal comma if `comma`.
fn number(label: &str, comma: bool) -> Option<f32> {
    let value: f32 = match comma && label.contains(',') {
        true => {
            let is_decimal = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let (whole, fraction) = label.trim_start_matches(['+', '-']).split_once(',')?;
            if !is_decimal(whole) || !is_decimal(fraction) {
                return None;
            }
            label.replace(',', ".").parse().ok()?
        }
        false => label.parse().ok()?,
    };
    value.is_finite().then_some(value)
}

/// A key that is equal for labels that differ only in case, blanks, Unicode form or the form of a number.
pub(super) fn key(label: &str) -> String {
    let mut form = NormalizedString::from(label);
    form.nfkc().lowercase();
    let plain = form.get().split_whitespace().collect::<Vec<_>>().join(" ");
    match plain.parse::<f64>() {
        // adding 0 makes 0 of -0
        Ok(number) if number.is_finite() => (number + 0.0).to_string(),
        _ => plain,
    }
}

fn is_plain(label: &str) -> bool {
    NormalizedString::from(label).nfkc().get() == label
}

/// The labels that are written in several ways, each under its most frequent form; among equally frequent ones under
/// the form in NFKC, the shorter, and the last by its letters, which is `billing` and not `BILLING`.
pub(super) fn variants(sizes: &BTreeMap<&str, usize>) -> Vec<Variants> {
    let mut by_key: BTreeMap<String, Vec<ClassSize>> = BTreeMap::new();
    for (label, examples) in sizes {
        let class = ClassSize { label: (*label).to_owned(), examples: *examples };
        by_key.entry(key(label)).or_default().push(class);
    }
    let several = by_key.into_values().filter(|written| written.len() > 1);
    several
        .map(|written| {
            let most = written.iter().max_by(|a, b| {
                let shorter = b.label.chars().count().cmp(&a.label.chars().count());
                let plainer = is_plain(&a.label).cmp(&is_plain(&b.label));
                a.examples.cmp(&b.examples).then(plainer).then(shorter).then(a.label.cmp(&b.label))
            });
            Variants { label: most.map(|class| class.label.clone()).unwrap_or_default(), written }
        })
        .collect()
}

/// Finds the class of a label: by the same letters, otherwise the same number, otherwise, if variants are merged, the
/// same [`key`].
pub(super) struct Lookup<'a> {
    classes: HashMap<&'a str, usize>,
    by_number: HashMap<String, usize>,
    by_key: HashMap<String, usize>,
    merge: bool,
}

impl<'a> Lookup<'a> {
    pub fn new(labels: &'a [String], merge: bool) -> Self {
        let mut lookup = Lookup {
            classes: labels.iter().enumerate().map(|(class, label)| (label.as_str(), class)).collect(),
            by_number: HashMap::new(),
            by_key: HashMap::new(),
            merge,
        };
        let mut unclear = HashSet::new();
        for (class, label) in labels.iter().enumerate() {
            let key = key(label);
            // a key that two classes share identifies neither
            if lookup.by_key.insert(key.clone(), class).is_some() {
                unclear.insert(key);
            }
        }
        lookup.by_key.retain(|key, _| !unclear.contains(key));
        lookup.by_number.extend(
            lookup.by_key.iter().filter(|(key, _)| key.parse::<f64>().is_ok()).map(|(k, c)| (k.clone(), *c)),
        );
        lookup
    }

    pub fn class(&self, label: &str) -> Option<usize> {
        let exact = self.classes.get(label).copied();
        exact
            .or_else(|| self.by_number.get(&key(label)).copied())
            .or_else(|| self.nearly(label).filter(|_| self.merge))
    }

    /// The class that is written nearly the same.
    pub fn nearly(&self, label: &str) -> Option<usize> {
        self.by_key.get(&key(label)).copied()
    }
}

/// Whether a cell is 0 or 1, true or false, or empty.
pub(super) fn is_flag(cell: &str) -> bool {
    matches!(cell, "" | "0" | "1" | "0.0" | "1.0") || is_one_of(cell, &["true", "false"])
}
