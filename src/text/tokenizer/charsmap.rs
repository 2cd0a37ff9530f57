//! SentencePiece's `precompiled_charsmap`: a tree of bytes in a double array, and the texts that its leaves point to. The
//! crate that walks the tree trusts it, so this code first checks every possible step.

use tokenizers::normalizers::Precompiled;

use super::normalizer::MAX_GROWTH;

/// The end of a text in the map.
const END: u8 = 0;
/// The longest text in the map, in bytes. The longest of Unicode's compatibility forms has 33.
const MAX_TEXT: usize = 64;

/// Decodes the map from base64. Returns it with the factor by which it can lengthen a text.
///
/// # Errors
/// The map is wrong; the message says how.
pub fn charsmap(base64: &str) -> Result<(Precompiled, usize), String> {
    let bytes = decode(base64).ok_or("the precompiled_charsmap is not base64")?;
    let growth = growth(&bytes).ok_or("the precompiled_charsmap is damaged")?;
    let map = Precompiled::from(&bytes).map_err(|error| error.to_string())?;
    Ok((map, growth))
}

/// The factor by which the map can lengthen a text; `None` if a step could leave the map.
fn growth(bytes: &[u8]) -> Option<usize> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let units = u32::from_le_bytes(*size) as usize / 4;
    let (tree, texts) = rest.split_at_checked(units * 4)?;
    let texts = std::str::from_utf8(texts).ok()?;
    let tree: Vec<usize> =
        tree.as_chunks::<4>().0.iter().map(|unit| u32::from_le_bytes(*unit) as usize).collect();
    let offset = |unit: usize| (unit >> 10) << ((unit & (1 << 9)) >> 6);
    let mut growth = 1;
    // level by level: the places where children of a unit begin, each visited once, by the shortest way
    let mut seen = vec![false; tree.len().next_power_of_two()];
    let mut level = vec![offset(*tree.first()?)];
    let mut depth = 0;
    while !level.is_empty() {
        depth += 1;
        let mut next = Vec::new();
        for base in level {
            for byte in 1..=255usize {
                let unit = *tree.get(base ^ byte)?;
                if unit & ((1 << 31) | 0xFF) != byte {
                    continue;
                }
                let place = base ^ byte ^ offset(unit);
                if (unit >> 8) & 1 == 1 {
                    let text = *tree.get(place)? & ((1 << 31) - 1);
                    let length = length(texts, text)?;
                    growth = growth.max(length.div_ceil(depth));
                }
                if !std::mem::replace(seen.get_mut(place)?, true) {
                    next.push(place);
                }
            }
        }
        level = next;
    }
    (growth <= MAX_GROWTH).then_some(growth)
}

/// The length of the text that begins at `start`, in bytes.
fn length(texts: &str, start: usize) -> Option<usize> {
    let rest = texts.get(start..)?.as_bytes();
    let length = rest.iter().take(MAX_TEXT + 1).position(|byte| *byte == END).unwrap_or(rest.len());
    (length <= MAX_TEXT).then_some(length)
}

fn decode(base64: &str) -> Option<Vec<u8>> {
    let digits = base64.trim_end_matches('=').as_bytes();
    if !base64.len().is_multiple_of(4) || base64.len() - digits.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(base64.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}
