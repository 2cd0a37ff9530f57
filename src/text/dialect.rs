//! Finds the delimiter and the quotes of a text.

use super::names::is_well_known;
use super::records::{Cut, Format, cut};
use std::collections::{HashMap, HashSet};

/// The number of records that are tried with each format.
const TRIAL_RECORDS: usize = 500;
const TRIAL_BYTES: usize = 1 << 20;

/// Finds the format of a delimited text from its beginning. It tries comma, semicolon, tab and `|` with each way to
/// quote. The best format has well-known column names in its first records, or otherwise cuts the most records into the
/// same number of fields, more than one. If none does (one text per line, with commas in it), a line is one field.
///
/// `sample` ends with a complete record unless it is the whole text. `extension` is in lower case.
pub(super) fn dialect(sample: &str, extension: &str, delimiter: Option<u8>) -> Format {
    if let Some(delimiter) = delimiter {
        return quoted(sample, delimiter).0;
    }
    let order = match extension {
        "csv" => [b',', b';', b'\t', b'|'],
        _ => [b'\t', b',', b';', b'|'],
    };
    let tried: Vec<(Format, Fit)> = order.map(|delimiter| quoted(sample, delimiter)).into();
    // the first of equally good ones
    let best = tried.iter().rev().max_by(|(_, a), (_, b)| a.score().total_cmp(&b.score()));
    if let Some((format, fit)) = best
        && (fit.is_named || fit.share >= if extension == "txt" { 0.9 } else { 0.7 })
        && !fit.is_prose
    {
        return *format;
    }
    // a table with broken records is refused with their line numbers, rather than read as lines of text
    let named_so = tried.iter().find(|(_, fit)| fit.first_width > 1 && !fit.is_prose);
    match named_so {
        Some((format, fit)) if matches!(extension, "csv" | "tsv") && !fit.begins_alone => *format,
        _ => lines(sample),
    }
}

/// The format with one field per line. Quotes count if every line that begins with one is quoted as a whole.
fn lines(sample: &str) -> Format {
    let quoted = Format::new(None, Some(b'"'));
    let (records, is_sound) = trial(sample, quoted, usize::MAX);
    match is_sound && records.iter().all(|cut| cut.tidy) {
        true => quoted,
        false => Format::new(None, None),
    }
}

/// The fit of a format to the first records.
#[derive(Default)]
struct Fit {
    /// The share of records that are tidy and have the most common number of fields, if that is more than one.
    share: f64,
    /// Whether one of the first three records has well-known names.
    is_named: bool,
    /// Whether a blank follows each delimiter, as in a sentence with commas, and no column repeats short values.
    is_prose: bool,
    /// Whether some field is quoted.
    is_quoted: bool,
    /// Whether the first record is one well-known name.
    begins_alone: bool,
    first_width: usize,
}

impl Fit {
    fn score(&self) -> f64 {
        self.share + f64::from(u8::from(self.is_named))
    }
}

/// The best way to quote with a delimiter.
fn quoted(sample: &str, delimiter: u8) -> (Format, Fit) {
    if delimiter == b'\t' {
        let quoted = Format::new(Some(b'\t'), Some(b'"'));
        let mut formats = [quoted, Format { escape: true, ..quoted }].into_iter();
        let found = formats.find(|format| tabs_are_quoted(sample, *format));
        let format = found.unwrap_or(Format::new(Some(b'\t'), None));
        return (format, fit(sample, format));
    }
    let plain = Format::new(Some(delimiter), Some(b'"'));
    let mut best = (plain, fit(sample, plain));
    let variants = [(false, true), (true, false), (true, true)];
    let try_format = |format: Format, best: &mut (Format, Fit), is_equal_enough: bool| {
        let found = fit(sample, format);
        if found.share > best.1.share || is_equal_enough && found.share == best.1.share {
            *best = (format, found);
        }
    };
    if best.1.share < 1.0 {
        for (escape, blanks) in variants {
            try_format(Format { escape, blanks, ..plain }, &mut best, false);
        }
    }
    if !best.1.is_quoted && sample.contains('\'') {
        let single = Format::new(Some(delimiter), Some(b'\''));
        for (escape, blanks) in [(false, false)].into_iter().chain(variants) {
            let format = Format { escape, blanks, ..single };
            if is_consistently_quoted(sample, format) {
                try_format(format, &mut best, true);
                break;
            }
        }
    }
    best
}

fn fit(sample: &str, format: Format) -> Fit {
    let (records, is_sound) = trial(sample, format, TRIAL_RECORDS);
    let mut widths: HashMap<usize, usize> = HashMap::new();
    for cut in records.iter().filter(|cut| cut.tidy && cut.fields.len() > 1) {
        *widths.entry(cut.fields.len()).or_default() += 1;
    }
    let most = widths.values().copied().max().unwrap_or(0);
    let all = records.len() + usize::from(!is_sound);
    Fit {
        share: most as f64 / all.max(1) as f64,
        is_named: records.iter().take(3).any(|cut| cut.fields.len() > 1 && has_known_name(cut)),
        is_prose: is_prose(&records, format),
        is_quoted: records.iter().any(|cut| !cut.quoted.is_empty()),
        begins_alone: records.first().is_some_and(|cut| {
            let filled: Vec<&String> = cut.fields.iter().filter(|field| !field.trim().is_empty()).collect();
            matches!(filled[..], [only] if is_well_known(only))
        }),
        // a record with too many fields is not cut
        first_width: records.first().map_or_else(
            || {
                1 + sample
                    .lines()
                    .next()
                    .map_or(0, |line| line.bytes().filter(|byte| Some(*byte) == format.delimiter).count())
            },
            |cut| cut.fields.len(),
        ),
    }
}

/// Cuts off the first records, leaving out blank ones, and tells whether the whole text could be cut.
fn trial(sample: &str, format: Format, most: usize) -> (Vec<Cut>, bool) {
    let (mut records, mut at) = (Vec::new(), 0);
    while at < sample.len() && records.len() < most && (at < TRIAL_BYTES || most == usize::MAX) {
        match cut(&sample[at..], format, true) {
            Ok(Some(cut)) => {
                at += cut.bytes;
                if !super::records::is_blank(&cut.fields) {
                    records.push(cut);
                }
            }
            _ => return (records, false),
        }
    }
    (records, true)
}

fn has_known_name(cut: &Cut) -> bool {
    let is_short = |cell: &String| cell.chars().count() <= 50 && cell.split_whitespace().count() <= 5;
    cut.fields.iter().all(is_short) && cut.fields.iter().any(|cell| is_well_known(cell))
}

fn is_prose(records: &[Cut], format: Format) -> bool {
    let is_loose = |cut: &Cut| {
        cut.quoted.is_empty()
            && cut.fields.iter().skip(1).all(|field| field.starts_with(' ') || field.is_empty())
    };
    if !matches!(format.delimiter, Some(b',' | b';'))
        || format.blanks
        || records.is_empty()
        || !records.iter().all(is_loose)
    {
        return false;
    }
    if records.iter().take(3).any(|cut| cut.fields.len() > 1 && has_known_name(cut)) {
        return false;
    }
    let width = records.iter().map(|cut| cut.fields.len()).max().unwrap_or(0);
    !(0..width).any(|column| {
        let values: Vec<&str> =
            records.iter().filter_map(|cut| cut.fields.get(column)).map(|field| field.trim()).collect();
        let distinct: HashSet<&str> = values.iter().copied().collect();
        distinct.len() > 1
            && distinct.len() * 2 <= values.len()
            && values.len() * 10 >= records.len() * 9
            && values.iter().all(|value| value.split_whitespace().count() <= 3)
    })
}

/// Whether all records are tidy and of equal width, and some column is quoted in all of them, except perhaps in the
/// header.
fn is_consistently_quoted(sample: &str, format: Format) -> bool {
    let (records, is_sound) = trial(sample, format, TRIAL_RECORDS);
    let Some(first) = records.first() else { return false };
    let width = first.fields.len();
    is_sound
        && records.len() > 1
        && records.iter().all(|cut| cut.tidy && cut.fields.len() == width)
        && (0..width).any(|column| records[1..].iter().all(|cut| cut.quoted.contains(&column)))
}

/// Whether a tab-separated text is quoted. GLUE's files are not: a quote there is text. So quotes count only if each
/// field that begins with one is a complete quoted field, all records have equal width, and one of these holds: they
/// have equal width only with the quotes; the first line or a whole column is quoted; a quoted field holds a doubled
/// quote; or, as Excel writes it, exactly the fields with a comma are quoted.
fn tabs_are_quoted(sample: &str, format: Format) -> bool {
    if !sample.contains('"') {
        return false;
    }
    let (records, is_sound) = trial(sample, format, usize::MAX);
    let Some(first) = records.first() else { return false };
    let width = first.fields.len();
    if !is_sound || records.iter().any(|cut| !cut.tidy) {
        return false;
    }
    if width > 1 && first.quoted.len() == width {
        return true;
    }
    if records.iter().any(|cut| cut.fields.len() != width) {
        return false;
    }
    let mut lines = sample.lines().filter(|line| !line.trim().is_empty());
    if lines.any(|line| line.split('\t').count() != width) {
        return true;
    }
    let is_quoted = |cut: &Cut, column: usize| cut.quoted.contains(&column);
    let fields = || {
        let cells = |cut| (0..width).map(move |column| (is_quoted(cut, column), cut.fields[column].as_str()));
        records.iter().flat_map(cells)
    };
    let rest = &records[1..];
    rest.len() > 2 && (0..width).any(|column| rest.iter().all(|cut| is_quoted(cut, column)))
        || fields().any(|(is_quoted, field)| is_quoted && field.contains('"'))
        || fields().any(|(is_quoted, _)| is_quoted)
            && fields().all(|(is_quoted, field)| is_quoted == field.contains([',', '"']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, extension: &str) -> (Option<char>, Option<char>) {
        let format = dialect(text, extension, None);
        (format.delimiter.map(char::from), format.quote.map(char::from))
    }

    #[test]
    fn the_delimiter_is_the_one_that_fits_most_records() {
        for (text, extension, delimiter) in [
            ("text;label\na, b;x\nc, d;y\n", "csv", Some(';')),
            ("text\tlabel\na, b\tx\n", "csv", Some('\t')),
            ("text,label\n\"a; b\",x\n", "csv", Some(',')),
            ("text,label\na,x\n", "txt", Some(',')),
            ("Nachricht|Klasse\na, b|x\nc|y\n", "csv", Some('|')),
            ("wo ist es,liefern\nzu teuer,zahlen\n", "txt", Some(',')),
            ("a,b\nc,d\n", "tsv", Some(',')),
            ("One, two\nthree\n", "txt", None),
            ("hello, a b\nhello, c d\nhello, e f\nhello, g\n", "csv", None),
            ("text\nhello, a\nb\nhello, c\n", "csv", None),
            ("text\n\"hello, a\"\nb\n", "csv", None),
            ("good film, pos\nbad film, neg\nbad act, neg\nnice, pos\n", "csv", Some(',')),
            ("text,label\nHello, world,x\n", "csv", Some(',')),
            ("text,label\na\n", "csv", Some(',')),
            ("Nachricht,Klasse\na,b,c\nd\n", "csv", Some(',')),
        ] {
            assert_eq!(found(text, extension).0, delimiter, "{text}");
        }
    }

    #[test]
    fn quotes_are_those_that_leave_tidy_fields() {
        for (text, quote, escape, blanks) in [
            ("text,label\n\"a, b\",x\n", '"', false, false),
            ("text, label\n\"a, b\", \"x\"\n", '"', false, true),
            ("label, text\nx, \"well, a\"\n", '"', false, true),
            ("text,label\n\"they \\\"say\\\", so\",x\n", '"', true, false),
            ("text,label\n\"they \\\"say\\\" so\",x\n", '"', true, false),
            ("text,label\n\"C:\\\",x\n", '"', false, false),
            ("text,label\n'a, b',x\n'it''s',y\n", '\'', false, false),
            ("'a b','x'\n'c d','y'\n", '\'', false, false),
            ("text,label\n'Tis so,x\nno,y\n", '"', false, false),
            ("text,label\n'Tis so',x\nno,y\n", '"', false, false),
        ] {
            let format = dialect(text, "csv", None);
            assert_eq!(
                (format.quote, format.escape, format.blanks),
                (Some(quote as u8), escape, blanks),
                "{text}"
            );
        }
    }

    #[test]
    fn tab_separated_files_are_quoted_only_where_all_of_it_says_so() {
        const QUOTED: Format = Format::new(Some(b'\t'), Some(b'"'));
        for text in [
            "\"a\"\t\"b\"\n\"x\ny\"\t\"1\"\n",
            "a\tb\n\"\"\"No,\"\" she said\"\t1\n",
            "a\tb\n\"so, ok\"\t1\nno\t0\n",
            "a\tb\n\"two\nlines\"\t1\nno\t0\n",
            "a\tb\n\"one\"\t1\n\"two\"\t0\n\"three\"\t1\n",
        ] {
            assert!(tabs_are_quoted(text, QUOTED), "{text}");
        }
        for text in [
            "a\tb\n\"No\", she said \"\"\t1\n",
            "a\tb\n\"Come here.\"\t1\n",
            "a\tb\n\"He said\"\"x\"\t1\n\" lone\t0\n",
            "a\tb\n\"so, ok\"\t1\nwell, no\t0\n",
            "a\tb\n\"x\t1\ny\"\t0\n",
            "a\tb\nx\t1\n",
        ] {
            assert!(!tabs_are_quoted(text, QUOTED), "{text}");
        }
    }
}
