//! The places at which a tensor differs from another, in the shorter of two forms.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// How places are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A bit for each entry, the lowest bit of a byte first.
    Bitmap,
    /// Pairs of numbers in LEB128: how many entries are equal, and how many after them differ. The entries behind the last
    /// pair are equal.
    Runs,
}

/// Places among the entries of a tensor, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    /// The encoding of the bytes.
    pub form: Form,
    /// The encoded mask.
    pub bytes: Vec<u8>,
    count: usize,
}

impl Mask {
    /// The entries for which `differs` is true.
    pub fn new(differs: &[bool]) -> Self {
        let count = differs.iter().filter(|differs| **differs).count();
        let mut bytes = Vec::new();
        let mut equal = 0;
        for group in differs.chunk_by(|one, other| one == other) {
            if group[0] {
                write(&mut bytes, equal);
                write(&mut bytes, group.len());
            }
            equal = group.len();
            // a bitmap is shorter already
            if bytes.len() > differs.len().div_ceil(8) {
                let byte = |bits: &[bool]| {
                    bits.iter().enumerate().fold(0, |byte, (i, bit)| byte | u8::from(*bit) << i)
                };
                let bytes = differs.chunks(8).map(byte).collect();
                return Mask { form: Form::Bitmap, bytes, count };
            }
        }
        Mask { form: Form::Runs, bytes, count }
    }

    /// Reads places among `entries` entries.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn read(form: Form, bytes: Vec<u8>, entries: usize) -> Result<Self, &'static str> {
        let count = match form {
            Form::Bitmap => {
                let bits: usize = bytes.iter().map(|byte| byte.count_ones() as usize).sum();
                let within = |last: &u8| entries.is_multiple_of(8) || last >> (entries % 8) == 0;
                match bytes.len() == entries.div_ceil(8) && bytes.last().is_none_or(within) {
                    true => bits,
                    false => return Err("a bitmap does not have a bit for each entry"),
                }
            }
            Form::Runs => {
                let (mut numbers, mut end, mut count) = (Numbers(&bytes), 0usize, 0);
                while !numbers.0.is_empty() {
                    let [equal, different] =
                        [numbers.next(), numbers.next()].map(|number| number.unwrap_or(usize::MAX));
                    end = end.saturating_add(equal).saturating_add(different);
                    count += different;
                    if end > entries || different == 0 {
                        return Err("runs do not fit the tensor");
                    }
                }
                count
            }
        };
        Ok(Mask { form, bytes, count })
    }

    /// The number of places.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The places as ranges of neighbours.
    pub fn runs(&self) -> Box<dyn Iterator<Item = Range<usize>> + '_> {
        match self.form {
            Form::Bitmap => {
                let is_set = |place: &usize| self.bytes[place / 8] >> (place % 8) & 1 == 1;
                Box::new((0..8 * self.bytes.len()).filter(is_set).map(|place| place..place + 1))
            }
            Form::Runs => {
                let (mut numbers, mut end) = (Numbers(&self.bytes), 0);
                Box::new(std::iter::from_fn(move || {
                    let start = end + numbers.next()?;
                    end = start + numbers.next()?;
                    Some(start..end)
                }))
            }
        }
    }
}

fn write(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Numbers in LEB128 until the end of the bytes, or until one that is incomplete or too large.
struct Numbers<'a>(&'a [u8]);

impl Iterator for Numbers<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let length = self.0.iter().position(|byte| *byte < 0x80)? + 1;
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        let place = |number: usize, byte: &u8| match number.leading_zeros() {
            7.. => Some(number << 7 | usize::from(byte & 0x7f)),
            _ => None,
        };
        bytes.iter().rev().try_fold(0, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn places(mask: &Mask) -> Vec<usize> {
        mask.runs().flatten().collect()
    }

    proptest! {
        #[test]
        fn places_are_read_as_they_were_written(
            differs in prop::collection::vec(prop::bool::weighted(0.5), 0..300),
            share in 0.0f64..1.0,
        ) {
            let rare = differs.iter().enumerate().map(|(i, differs)| *differs && (i * 7 % 100) as f64 / 100.0 < share);
            let rare: Vec<bool> = rare.collect();
            let found = Mask::new(&rare);
            let expected: Vec<usize> = (0..rare.len()).filter(|i| rare[*i]).collect();
            prop_assert_eq!(places(&found), expected);
            prop_assert_eq!(found.count(), rare.iter().filter(|differs| **differs).count());
            prop_assert!(found.bytes.len() <= rare.len().div_ceil(8));
            let read = Mask::read(found.form, found.bytes.clone(), rare.len());
            prop_assert_eq!(read, Ok(found));
        }

        #[test]
        fn no_bytes_lead_out_of_the_tensor(bytes in prop::collection::vec(any::<u8>(), 0..40), entries in 0usize..400) {
            for form in [Form::Bitmap, Form::Runs] {
                if let Ok(found) = Mask::read(form, bytes.clone(), entries) {
                    let places = places(&found);
                    prop_assert!(places.iter().all(|place| *place < entries));
                    prop_assert!(places.is_sorted());
                    prop_assert_eq!(places.len(), found.count());
                }
            }
        }
    }

    #[test]
    fn few_places_and_long_runs_take_few_bytes() {
        let mut differs = vec![false; 100_000];
        (0..1000).for_each(|i| differs[i * 100] = true);
        let found = Mask::new(&differs);
        assert_eq!((found.form, found.bytes.len()), (Form::Runs, 2000));
        let all = Mask::new(&[true; 100_000]);
        assert_eq!((all.form, all.bytes.len(), all.count()), (Form::Runs, 4, 100_000));
        assert_eq!(Mask::new(&[false; 9]), Mask { form: Form::Runs, bytes: vec![], count: 0 });
        let half: Vec<bool> = (0..1000).map(|i| i % 2 == 0).collect();
        assert_eq!(Mask::new(&half).form, Form::Bitmap);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let runs = |bytes: &[u8], entries| Mask::read(Form::Runs, bytes.into(), entries).is_ok();
        assert!(runs(&[1, 2, 3, 4], 10) && !runs(&[1, 2, 3, 4], 9));
        assert!(!runs(&[1, 0], 9) && !runs(&[1], 9) && !runs(&[1, 0x80], 9));
        // more than a number holds
        assert!(!runs(&[[0xff; 10].as_slice(), &[1, 1]].concat(), 9));
        let bitmap = |bytes: &[u8], entries| Mask::read(Form::Bitmap, bytes.into(), entries).is_ok();
        assert!(bitmap(&[0xff, 1], 9) && !bitmap(&[0xff, 2], 9) && !bitmap(&[0xff], 9) && bitmap(&[], 0));
    }
}
