//! Cleans text from outside (data, models, checkpoints, file names) before a terminal or a Markdown page shows it. It
//! removes characters that a terminal would obey, and those that make one line look like two or reverse it.

use std::borrow::Cow;

/// Whether a character is a control (C0, DEL or C1), a separator of lines or paragraphs, or a control of the writing
/// direction. Joiners are allowed, because words of many scripts, and emoji, need them.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{2028}' | '\u{2029}'
            | '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// Puts a text on one line. Separators of words or lines become blanks, and all other unsafe characters become U+FFFD,
/// so that different texts look different. The number of characters stays the same.
pub fn one_line(text: &str) -> Cow<'_, str> {
    replaced(text, is_unsafe)
}

/// Like [`one_line`], but keeps line breaks and tabs. They belong to subtune's own text around the parts from outside,
/// each of which must be on one line already.
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub fn layout(text: &str) -> Cow<'_, str> {
    replaced(text, |character| is_unsafe(character) && !matches!(character, '\n' | '\t'))
}

/// Puts a text on one line of a Markdown file, escaped so that no part of it is markup or ends a table cell.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        match character {
            '<' => escaped += "&lt;",
            '&' => escaped += "&amp;",
            '|' | '\\' | '`' | '*' | '[' | ']' | '#' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

fn replaced(text: &str, unsafe_here: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&unsafe_here) {
        return Cow::Borrowed(text);
    }
    let replace = |character: char| match unsafe_here(character) {
        false => character,
        true if character.is_whitespace() => ' ',
        true => '\u{fffd}',
    };
    Cow::Owned(text.chars().map(replace).collect())
}

/// Rewrites a serialiser's JSON so that every unsafe character is a `\u` escape. A parser reads the same value.
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub fn json(serialised: &str) -> Cow<'_, str> {
    if !serialised.contains(is_unsafe) {
        return Cow::Borrowed(serialised);
    }
    let mut text = String::with_capacity(serialised.len() + 16);
    for character in serialised.chars() {
        match is_unsafe(character) {
            // every unsafe character fits four digits
            true => text += &format!("\\u{:04x}", u32::from(character)),
            false => text.push(character),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ATTACK: &str = "a\x1b]0;t\x07\u{9b}2J\r\n\tb\u{7f}\u{202e}c\u{2028}d\u{85}e\u{200f}f\u{2066}g";

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(one_line(ATTACK), "a�]0;t��2J   b��c d e�f�g");
        assert_eq!(layout(ATTACK), "a�]0;t��2J \n\tb��c d e�f�g");
        assert_eq!(one_line("x\n0.99\tspam"), "x 0.99 spam");
    }

    #[test]
    fn words_of_all_scripts_and_emoji_stay_as_they_are() {
        for text in ["", "naïve", "日本語", "नमस्ते", "می\u{200c}خواهم", "👩\u{200d}👩\u{200d}👧", "שלום"]
        {
            assert!(matches!(one_line(text), Cow::Borrowed(same) if same == text));
        }
    }

    proptest! {
        #[test]
        fn json_says_the_same_and_is_safe(text in "(?s).*") {
            for text in [text.as_str(), ATTACK] {
                let serialised = serde_json::to_string(&[text]).unwrap();
                let safe = json(&serialised);
                prop_assert!(!safe.contains(is_unsafe));
                prop_assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [text]);
            }
        }
    }
}
