//! Column names that well-known data sets use, by role. Earlier lists are surer than later ones.

pub(super) const TEXT: &[&[&str]] = &[
    &["text"],
    &["sentence", "utterance", "message", "sms", "tweet", "review", "comment", "query", "question", "texts"],
    &[
        "content",
        "body",
        "document",
        "passage",
        "post",
        "article",
        "review_text",
        "abstract",
        "input",
        "statement",
    ],
    &["title", "headline", "description", "subject", "summary"],
];

pub(super) const PAIRS: &[(&str, &str)] = &[
    ("sentence1", "sentence2"),
    ("sentence_1", "sentence_2"),
    ("question1", "question2"),
    ("question_1", "question_2"),
    ("premise", "hypothesis"),
    ("text_a", "text_b"),
    ("text1", "text2"),
    ("text_1", "text_2"),
    ("sent1", "sent2"),
    ("s1", "s2"),
    ("#1_string", "#2_string"),
    ("text", "text_pair"),
    ("question", "sentence"),
    ("question", "passage"),
    ("question", "context"),
    ("question", "answer"),
    ("query", "passage"),
    ("query", "document"),
];

pub(super) const LABEL: &[&[&str]] = &[
    &["label", "labels", "gold_label"],
    &[
        "class",
        "category",
        "target",
        "intent",
        "sentiment",
        "is_duplicate",
        "quality",
        "similarity",
        "polarity",
        "emotion",
        "stance",
        "topic",
    ],
    &["score", "rating", "stars", "type", "tag", "relevance", "entailment", "answer_type"],
];

/// The Kaggle copy of the SMS spam file: label, text.
pub(super) const KAGGLE_SPAM: (&str, &str) = ("v1", "v2");

const IDS: &[&str] = &[
    "id",
    "index",
    "idx",
    "guid",
    "uid",
    "uuid",
    "pairid",
    "pair_id",
    "qid",
    "qid1",
    "qid2",
    "#1_id",
    "#2_id",
    "old_index",
    "row",
    "unnamed:_0",
    "filename",
    "date",
    "timestamp",
    "url",
];

/// Names are compared in lower case, with `_` for spaces and hyphens.
pub(super) fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

/// Whether the name is that of a column which numbers or locates the rows.
pub(super) fn is_id(name: &str) -> bool {
    IDS.contains(&plain(name).as_str())
}

/// Whether a cell is a name that a column of some well-known data set has.
pub(super) fn is_well_known(cell: &str) -> bool {
    let name = plain(cell);
    let name = name.as_str();
    TEXT.iter().chain(LABEL).any(|names| names.contains(&name))
        || PAIRS.iter().any(|(first, second)| *first == name || *second == name)
        || name == KAGGLE_SPAM.0
        || name == KAGGLE_SPAM.1
        || IDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_spaces_and_hyphens() {
        assert!(is_well_known(" #1 String"));
        assert!(is_well_known("Gold-Label"));
        assert!(is_well_known("Unnamed: 0"));
        assert!(!is_well_known("ham"));
        assert!(is_id("#2 ID") && !is_id("#2 String"));
    }
}
