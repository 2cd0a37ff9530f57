//! Shows values from a user's file in a message: short, on one line, at most ten of them.

/// Writes the value in double quotes, escaped, and cut after 40 characters.
pub fn quoted(value: &str) -> String {
    match value.char_indices().nth(40) {
        Some((end, _)) => format!("{:?}...", &value[..end]),
        None => format!("{value:?}"),
    }
}

/// Lists the first ten values, then the number of others.
pub fn list<S: AsRef<str>>(values: &[S]) -> String {
    let mut text = values.iter().take(10).map(|value| quoted(value.as_ref())).collect::<Vec<_>>().join(", ");
    if values.len() > 10 {
        text += &format!(" and {} more", values.len() - 10);
    }
    text
}

/// "1 row", "2 rows".
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// "line 4", "lines 4, 8 and 12 more": the first ten.
pub fn lines(lines: &[u64]) -> String {
    some_lines(lines, lines.len())
}

/// Like [`lines`], for `total` lines of which only the `first` are known.
pub fn some_lines(first: &[u64], total: usize) -> String {
    let noun = if total == 1 { "line" } else { "lines" };
    let shown: Vec<String> = first.iter().take(10).map(u64::to_string).collect();
    let more = match total.saturating_sub(shown.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{noun} {}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_and_control_characters_escaped() {
        assert_eq!(quoted("a\nb"), r#""a\nb""#);
        assert_eq!(quoted(&"é".repeat(50)), format!("\"{}\"...", "é".repeat(40)));
    }

    #[test]
    fn at_most_ten_values_are_listed() {
        let values: Vec<String> = (0..12).map(|i| i.to_string()).collect();
        assert!(list(&values).ends_with("\"9\" and 2 more"));
        assert_eq!(list(&values[..2]), r#""0", "1""#);
        assert_eq!(lines(&[4]), "line 4");
        assert_eq!(lines(&(1..=12).collect::<Vec<_>>()), "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more");
    }
}
