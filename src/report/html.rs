//! The page around a report, and its parts. All text from a user's files goes through [`escape`] or [`isolate`].

/// Escapes text for an HTML element or a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            '\n' | '\t' => escaped.push(character),
            // HTML cannot write these
            _ if character.is_control() => escaped.push('\u{FFFD}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Escapes and isolates a user's text, so that right-to-left writing in it does not reorder its surroundings.
pub fn isolate(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(text))
}

/// Cuts the text if it has more than `most` characters.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Writes a whole page. It has no scripts and loads nothing, and its content security policy makes the browser refuse
/// both.
pub fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n\
         <main>\n{body}</main>\n</body>\n</html>\n",
        escape(title),
        include_str!("style.css"),
    )
}

/// `content` is HTML.
pub fn section(title: &str, content: &str) -> String {
    format!("<section>\n<h2>{}</h2>\n{content}</section>\n", escape(title))
}

/// Writes a table. Its first `words` columns hold words, the very first the name of the row; the others hold numbers.
/// Cells are HTML.
pub fn table(caption: &str, words: usize, head: &[&str], rows: &[Vec<String>]) -> String {
    let class = |column: usize| if column < words { "" } else { " class=\"number\"" };
    let name =
        |(column, name): (usize, &&str)| format!("<th scope=\"col\"{}>{}</th>", class(column), escape(name));
    let heads: String = head.iter().enumerate().map(name).collect();
    let cell = |(column, cell): (usize, &String)| match column {
        0 => format!("<th scope=\"row\">{cell}</th>"),
        _ => format!("<td{}>{cell}</td>", class(column)),
    };
    let row = |cells: &Vec<String>| {
        format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
    };
    format!(
        "<div class=\"scroll\"><table class=\"listing\">\n<caption>{}</caption>\n<thead><tr>{heads}</tr></thead>\n\
         <tbody>\n{}</tbody>\n</table></div>\n",
        escape(caption),
        rows.iter().map(row).collect::<String>()
    )
}

/// Writes names and values side by side. Values are HTML.
pub fn facts(caption: &str, facts: &[(String, String)]) -> String {
    let fact = |(name, value): &(String, String)| {
        format!("<tr><th scope=\"row\">{}</th><td>{value}</td></tr>\n", escape(name))
    };
    format!(
        "<div class=\"scroll\"><table class=\"facts\">\n<caption>{}</caption>\n<tbody>\n{}</tbody>\n</table></div>\n",
        escape(caption),
        facts.iter().map(fact).collect::<String>()
    )
}

/// Writes a paragraph that stands out. `kind` is good, bad or warn. `content` is HTML.
pub fn notice(kind: &str, content: &str) -> String {
    format!("<p class=\"notice {kind}\">{content}</p>\n")
}

/// Writes the few numbers that matter most, each as its value and its name, both plain text.
pub fn tiles(tiles: &[(String, String)]) -> String {
    let tile = |(value, name): &(String, String)| {
        format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(name), escape(value))
    };
    format!("<dl class=\"tiles\">\n{}</dl>\n", tiles.iter().map(tile).collect::<String>())
}

/// Writes a cell of a heat map, coloured by `share` (0 to 1). `hint` appears under the pointer.
pub fn heat_cell(attributes: &str, share: f64, text: &str, hint: &str) -> String {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let deep = if share > 0.5 { " deep" } else { "" };
    let hint = if hint.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(hint)) };
    format!("<td class=\"heat{deep}\" style=\"--share:{:.0}%\"{attributes}{hint}>{text}</td>", 100.0 * share)
}

pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_given_can_leave_its_place() {
        assert_eq!(
            escape("<script>alert(\"1\" & '2')</script>"),
            "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"
        );
        assert_eq!(escape("a\0b\u{1b}c\nd"), "a\u{FFFD}b\u{FFFD}c\nd");
        assert_eq!(isolate("שלום 🙂"), "<bdi>שלום 🙂</bdi>");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(shortened("🙂🙂🙂", 2), "🙂🙂…");
        assert_eq!(shortened("🙂🙂", 2), "🙂🙂");
    }

    #[test]
    fn a_share_that_is_no_number_has_no_colour() {
        assert!(heat_cell("", f64::NAN, "", "").contains("--share:0%"));
        assert!(heat_cell("", 7.0, "", "").contains("--share:100%"));
    }
}
