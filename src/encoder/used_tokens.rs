//! The tokens that the texts of a run use. The device holds and trains only their word embeddings. The other embeddings
//! have no gradient, so AdamW only decays them, all by the same factor. One more row, which starts as ones, decays with
//! them and so records that factor.

use std::collections::BTreeSet;

/// The used tokens of a vocabulary, by ascending id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedTokens {
    ids: Vec<u32>,
    vocab_size: usize,
}

impl UsedTokens {
    /// `ids` may repeat.
    ///
    /// # Panics
    /// An id is not below `vocab_size`.
    pub fn new(ids: impl IntoIterator<Item = u32>, vocab_size: usize) -> Self {
        let ids: BTreeSet<u32> = ids.into_iter().collect();
        assert!(ids.last().is_none_or(|id| (*id as usize) < vocab_size), "a token has no embedding");
        UsedTokens { ids: ids.into_iter().collect(), vocab_size }
    }

    /// The ids, ascending.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// The number of tokens in the whole vocabulary.
    pub fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// The number of rows of the narrow table: one for each used token, and the row of ones.
    pub fn rows(&self) -> usize {
        self.ids.len() + 1
    }

    /// The row of a used token in the narrow table. A model on the device uses it as the id.
    ///
    /// # Panics
    /// The token is not used.
    pub fn row(&self, id: u32) -> u32 {
        self.ids.binary_search(&id).expect("the token is used") as u32
    }

    /// Makes the narrow table `[rows, hidden]` from the whole table `[vocab_size, hidden]`.
    pub fn narrow(&self, table: &[f32]) -> Vec<f32> {
        let hidden = table.len() / self.vocab_size;
        let mut narrow = Vec::with_capacity(self.rows() * hidden);
        for id in &self.ids {
            narrow.extend_from_slice(&table[*id as usize * hidden..][..hidden]);
        }
        narrow.resize(self.rows() * hidden, 1.0);
        narrow
    }

    /// Computes the whole table that full training would have produced. `table` is the whole table before training;
    /// `trained` is its [narrow](Self::narrow) form after training.
    pub fn widen(&self, mut table: Vec<f32>, trained: &[f32]) -> Vec<f32> {
        let hidden = table.len() / self.vocab_size;
        let (used, ones) = trained.split_at(self.ids.len() * hidden);
        let decay = ones[0];
        table.iter_mut().for_each(|value| *value *= decay);
        for (id, row) in self.ids.iter().zip(used.chunks_exact(hidden)) {
            table[*id as usize * hidden..][..hidden].copy_from_slice(row);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_rows_decay_and_used_ones_are_replaced() {
        let used = UsedTokens::new([3, 1, 3], 4);
        assert_eq!((used.ids(), used.rows(), used.row(3)), (&[1, 3][..], 3, 1));
        let table: Vec<f32> = (0..8).map(|value| value as f32).collect();
        assert_eq!(used.narrow(&table), [2.0, 3.0, 6.0, 7.0, 1.0, 1.0]);
        let trained = [20.0, 30.0, 60.0, 70.0, 0.5, 0.5];
        assert_eq!(used.widen(table, &trained), [0.0, 0.5, 20.0, 30.0, 2.0, 2.5, 60.0, 70.0]);
    }
}
