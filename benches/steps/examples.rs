//! Random examples. The content of a text does not change the cost of a step.

use subtune::text::{Encoded, Encoding, Target};

use crate::shape::USED;

/// Makes `count` examples of `length` tokens, of two classes.
pub fn examples(count: usize, length: usize) -> Vec<Encoded> {
    let example = |row: usize| {
        let token = |place: usize| ((row * length + place) * 7919 % USED) as u32;
        let input_ids = (0..length).map(token).collect();
        let encoding = Encoding::whole(input_ids, vec![0; length]);
        Encoded { encoding, target: Some(Target::Class(row % 2)), line: row as u64 + 1 }
    };
    (0..count).map(example).collect()
}
