//! fastText: each line has `__label__x` before the text.

use super::json::list;

const LABEL: &str = "__label__";

/// Whether the first line and most others begin with a label.
pub fn is_fasttext(sample: &str) -> bool {
    let lines = || sample.lines().filter(|line| !line.trim().is_empty()).take(1000);
    sample.trim_start().starts_with(LABEL)
        && lines().filter(|line| line.trim_start().starts_with(LABEL)).count() * 10 >= lines().count() * 9
}

/// The text and the label of a line; several labels as JSON.
pub fn fields(line: &str) -> Vec<String> {
    let mut rest = line.trim_start();
    let mut labels = Vec::new();
    while let Some(labelled) = rest.strip_prefix(LABEL) {
        let end = labelled.find([' ', '\t', ',']).unwrap_or(labelled.len());
        labels.push(labelled[..end].to_owned());
        rest = labelled[end..].trim_start_matches([' ', '\t', ',']);
    }
    vec![rest.trim_end().to_owned(), list(labels)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_before_the_text() {
        assert_eq!(fields("__label__a the text"), ["the text", "a"]);
        assert_eq!(fields("__label__a , the text "), ["the text", "a"]);
        assert_eq!(fields("__label__a __label__b the __label__c"), ["the __label__c", r#"["a","b"]"#]);
        assert_eq!(fields("no label"), ["no label", ""]);
        assert_eq!(fields("__label__a"), ["", "a"]);
    }

    #[test]
    fn nine_lines_of_ten_must_have_one() {
        assert!(is_fasttext("\n__label__a x\n__label__b y\n"));
        assert!(!is_fasttext("__label__a x\ny\n") && !is_fasttext("x\n__label__a y\n"));
    }
}
