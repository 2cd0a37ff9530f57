//! The tokens that are read of a text that is longer than the model's length.

use crate::spec::Long;

/// The most windows of a text. So a long text takes no more memory than a batch of 16 texts.
pub const MOST_WINDOWS: usize = 16;
/// Two windows that follow each other share a quarter of their tokens.
const SHARED: usize = 4;
/// A quarter of the tokens comes from the beginning: 128 of 510, as Sun et al. chose.
const HEAD: usize = 4;

/// The tokens that are read of a text.
#[derive(Debug, PartialEq)]
pub struct Read {
    /// The tokens of each window; at least one.
    pub windows: Vec<Vec<u32>>,
    /// The number of tokens that no window has.
    pub left_out: usize,
}

/// Returns the number of tokens that two windows of `room` tokens share.
pub fn shared(room: usize) -> usize {
    room / SHARED
}

/// Returns the number of first tokens of a text that can be read where a window has `room` tokens. One more shows whether
/// anything is left out.
pub fn reach(long: Long, room: usize) -> usize {
    match long {
        Long::Head => room,
        Long::HeadTail => usize::MAX - 1,
        Long::Windows => room + (MOST_WINDOWS - 1) * (room - shared(room)),
    }
}

/// Chooses from all tokens of a text, where a window has `room` tokens.
pub fn read(mut ids: Vec<u32>, room: usize, long: Long) -> Read {
    let count = ids.len();
    let left_out = count.saturating_sub(reach(long, room).min(count));
    if count <= room {
        return Read { windows: vec![ids], left_out: 0 };
    }
    match long {
        Long::Head => {
            ids.truncate(room);
            Read { windows: vec![ids], left_out }
        }
        Long::HeadTail => {
            let left_out = count - room;
            ids.drain(room.div_ceil(HEAD)..room.div_ceil(HEAD) + left_out);
            Read { windows: vec![ids], left_out }
        }
        Long::Windows => {
            let step = (room - shared(room)).max(1);
            // the window that reaches the end is the last one
            let starts = (0..count - shared(room)).step_by(step).take(MOST_WINDOWS);
            let window = |start: usize| ids[start..count.min(start + room)].to_vec();
            Read { windows: starts.map(window).collect(), left_out }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokenizers::{
        Encoding as Reference, Token, TruncationDirection, TruncationParams, TruncationStrategy,
        truncate_encodings,
    };

    fn ids(count: usize) -> Vec<u32> {
        (0..count as u32).collect()
    }

    #[test]
    fn head_and_tail_are_those_of_sun_et_al() {
        let found = read(ids(1000), 510, Long::HeadTail);
        assert_eq!(found.left_out, 490);
        let expected: Vec<u32> = (0..128).chain(1000 - 382..1000).collect();
        assert_eq!(found.windows, [expected]);
    }

    #[test]
    fn nothing_changes_for_a_text_that_fits() {
        for long in [Long::Head, Long::HeadTail, Long::Windows] {
            for count in [0, 1, 20] {
                assert_eq!(read(ids(count), 20, long), Read { windows: vec![ids(count)], left_out: 0 });
            }
        }
    }

    proptest! {
        #[test]
        fn windows_are_those_of_the_tokenizers_crate(count in 0usize..2000, room in 1usize..80) {
            let tokens = (0..count as u32).map(|id| Token::new(id, "x".into(), (0, 1))).collect();
            let parameters = TruncationParams {
                max_length: room,
                strategy: TruncationStrategy::LongestFirst,
                stride: shared(room),
                direction: TruncationDirection::Right,
            };
            let (first, _) = truncate_encodings(Reference::from_tokens(tokens, 0), None, &parameters).unwrap();
            let all = [&first].into_iter().chain(first.get_overflowing());
            let expected: Vec<Vec<u32>> = all.map(|one| one.get_ids().to_vec()).take(MOST_WINDOWS).collect();
            let found = read(ids(count), room, Long::Windows);
            let last = expected.last().and_then(|last| last.last()).map_or(0, |last| *last as usize + 1);
            prop_assert_eq!(found, Read { windows: expected, left_out: count - last });
        }

        #[test]
        fn what_is_left_out_is_what_no_window_has(count in 0usize..2000, room in 1usize..80) {
            for long in [Long::Head, Long::HeadTail, Long::Windows] {
                let found = read(ids(count), room, long);
                prop_assert!(found.windows.iter().all(|window| window.len() <= room));
                prop_assert!((1..=MOST_WINDOWS).contains(&found.windows.len()));
                let mut all = found.windows.concat();
                all.sort_unstable();
                all.dedup();
                prop_assert_eq!(all.len() + found.left_out, count);
                // the tokens within reach decide
                let within = count.min(reach(long, room) + 1);
                prop_assert_eq!(read(ids(within), room, long).windows, found.windows);
            }
        }
    }
}
