//! Column names in common use, by role, in several languages. They are written in the form of [`plain`].

use tokenizers::NormalizedString;

/// The longest cell that may be a name.
const MAX_NAME_BYTES: usize = 200;

/// Names that can only mean the text.
pub(super) const SURE_TEXT: &[&str] =
    &["text", "texts", "texte", "texto", "testo", "tekst", "текст", "文本", "本文"];

/// Names of texts that a person wrote.
pub(super) const MAIN_TEXT: &[&str] = &[
    // English
    "sentence",
    "utterance",
    "message",
    "sms",
    "tweet",
    "review",
    "comment",
    "comments",
    "query",
    "question",
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
    "description",
    "feedback",
    "answer",
    "response",
    "reply",
    "complaint",
    "transcript",
    "narrative",
    "prompt",
    "caption",
    // German
    "nachricht",
    "kommentar",
    "rezension",
    "frage",
    "inhalt",
    "beschreibung",
    "anfrage",
    "antwort",
    "satz",
    "meldung",
    // French
    "commentaire",
    "avis",
    "phrase",
    "contenu",
    "corps",
    "reponse",
    "verbatim",
    // Spanish
    "mensaje",
    "comentario",
    "resena",
    "opinion",
    "frase",
    "pregunta",
    "contenido",
    "descripcion",
    "cuerpo",
    "respuesta",
    // Italian
    "messaggio",
    "commento",
    "recensione",
    "domanda",
    "contenuto",
    "descrizione",
    "corpo",
    "risposta",
    // Portuguese
    "mensagem",
    "pergunta",
    "conteudo",
    "descricao",
    "resposta",
    // Dutch
    "bericht",
    "opmerking",
    "reactie",
    "recensie",
    "zin",
    "vraag",
    "inhoud",
    "omschrijving",
    "beschrijving",
    "antwoord",
    // others
    "сообщение",
    "内容",
];

/// Names of headings above a text.
pub(super) const HEADING: &[&str] = &[
    "title",
    "headline",
    "subject",
    "summary",
    "heading",
    "titel",
    "betreff",
    "uberschrift",
    "ueberschrift",
    "titre",
    "objet",
    "sujet",
    "titulo",
    "asunto",
    "titolo",
    "oggetto",
    "assunto",
    "onderwerp",
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
    ("text", "pair"),
    ("question", "sentence"),
    ("question", "passage"),
    ("question", "context"),
    ("query", "passage"),
    ("query", "document"),
];

/// Names of labels. Earlier lists are more certain than later ones.
pub(super) const LABEL: &[&[&str]] = &[
    &["label", "labels", "gold_label", "метка", "标签"],
    &[
        // English
        "class",
        "category",
        "target",
        "intent",
        "sentiment",
        "is_duplicate",
        "quality",
        "polarity",
        "emotion",
        "stance",
        "topic",
        "department",
        "queue",
        "team",
        // German
        "klasse",
        "kategorie",
        "abteilung",
        "thema",
        "stimmung",
        "absicht",
        "rubrik",
        "sparte",
        "ressort",
        // French
        "etiquette",
        "classe",
        "categorie",
        "departement",
        "intention",
        "theme",
        // Spanish
        "etiqueta",
        "clase",
        "categoria",
        "departamento",
        "sentimiento",
        "intencion",
        "tema",
        // Italian
        "etichetta",
        "reparto",
        "dipartimento",
        "sentimento",
        "intento",
        "argomento",
        // Portuguese
        "rotulo",
        "setor",
        "intencao",
        // Dutch
        "afdeling",
        "intentie",
        "sentiment_label",
        // others
        "категория",
        "класс",
        "类别",
        "分類",
    ],
    &[
        "score",
        "rating",
        "stars",
        "similarity",
        "relevance",
        "entailment",
        "bewertung",
        "sterne",
        "etoiles",
        "puntuacion",
        "calificacion",
        "estrellas",
        "punteggio",
        "valutazione",
        "stelle",
        "pontuacao",
        "avaliacao",
        "estrelas",
        "beoordeling",
        "sterren",
    ],
    UNSURE_LABEL,
];

/// Names that count only if no other column could be the label.
pub(super) const UNSURE_LABEL: &[&str] = &[
    "type",
    "tag",
    "tags",
    "answer_type",
    "status",
    "priority",
    "art",
    "typ",
    "tipo",
    "priorite",
    "prioritat",
    "note",
    "nota",
];

/// The label and the text in Kaggle's copy of the SMS spam file.
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
    "zeitstempel",
    "datum",
    "horodateur",
];

/// Writes a name in the form for comparison: in lower case, without accents, and with `_` for spaces and hyphens.
pub(super) fn plain(name: &str) -> String {
    let name = name.trim();
    if name.len() > MAX_NAME_BYTES {
        return name.to_lowercase();
    }
    let mut form = NormalizedString::from(name);
    form.nfkd().filter(|character| !matches!(character, '\u{300}'..='\u{36F}')).lowercase();
    form.get().replace([' ', '-'], "_")
}

/// Whether a column of this name numbers or locates the rows.
pub(super) fn is_id(name: &str) -> bool {
    let name = plain(name);
    let is_label = || LABEL[..2].iter().any(|names| has_word(&name, names));
    IDS.contains(&name.as_str()) || name.ends_with("_id") && !is_label()
}

/// Whether a name is one of `known`, or contains one of them as a word, like `ticket_category`.
pub(super) fn has_word(name: &str, known: &[&str]) -> bool {
    known.contains(&name) || name.split('_').any(|word| known.contains(&word))
}

/// Whether a cell is the name of a column in some well-known data set.
pub(super) fn is_well_known(cell: &str) -> bool {
    let name = plain(cell);
    let name = name.as_str();
    [SURE_TEXT, MAIN_TEXT, HEADING].iter().chain(LABEL).any(|names| names.contains(&name))
        || PAIRS.iter().any(|(first, second)| *first == name || *second == name)
        || name == KAGGLE_SPAM.0
        || name == KAGGLE_SPAM.1
        || IDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_accents_spaces_and_hyphens() {
        assert!(is_well_known(" #1 String"));
        assert!(is_well_known("Gold-Label"));
        assert!(is_well_known("Unnamed: 0"));
        assert!(is_well_known("CATÉGORIE") && is_well_known("Überschrift") && is_well_known("Descripción"));
        assert!(!is_well_known("ham"));
        assert!(is_id("#2 ID") && is_id("Ticket ID") && !is_id("class_id") && !is_id("#2 String"));
    }

    #[test]
    fn every_name_is_written_as_it_is_compared() {
        let pairs = PAIRS.iter().flat_map(|(first, second)| [*first, *second]);
        let names =
            [SURE_TEXT, MAIN_TEXT, HEADING, IDS].iter().chain(LABEL).flat_map(|names| names.iter().copied());
        for name in names.chain(pairs) {
            assert_eq!(plain(name), name);
        }
    }

    #[test]
    fn a_word_of_a_name_tells_its_role() {
        assert!(has_word("ticket_category", LABEL[1]) && has_word("category", LABEL[1]));
        assert!(!has_word("categorys", LABEL[1]));
    }
}
