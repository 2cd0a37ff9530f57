//! Text of others (data, models, checkpoints, file names) before a terminal or a page of Markdown shows it: without what
//! a terminal would obey, and without what would make one line look like two or turn it around.

use std::borrow::Cow;

/// Controls (C0, DEL and C1), separators of lines and paragraphs, and controls of the writing direction. Joiners are
/// not among them: words of many scripts, and emoji, are written with them.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{2028}' | '\u{2029}'
            | '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// On one line: a blank for what separates words or lines, and U+FFFD for everything else that is unsafe, so that two
/// texts that differ look different. As many characters as before.
pub fn one_line(text: &str) -> Cow<'_, str> {
    replaced(text, is_unsafe)
}

/// As [`one_line`], but line breaks and tabs stay: they are the layout of whoever wrote the text around the parts that
/// come from elsewhere, each of which was put on one line before.
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub fn layout(text: &str) -> Cow<'_, str> {
    replaced(text, |character| is_unsafe(character) && !matches!(character, '\n' | '\t'))
}

/// On one line of a Markdown file, which takes it neither for markup nor for the edge of a cell.
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
    let shown = |character: char| match unsafe_here(character) {
        false => character,
        true if character.is_whitespace() => ' ',
        true => '\u{fffd}',
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// JSON that was made by a serialiser, with everything unsafe written as `\u`: the same value for whoever parses it.
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub fn json(serialised: &str) -> Cow<'_, str> {
    if !serialised.contains(is_unsafe) {
        return Cow::Borrowed(serialised);
    }
    let mut text = String::with_capacity(serialised.len() + 16);
    for character in serialised.chars() {
        match is_unsafe(character) {
            // all of them have four digits
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
