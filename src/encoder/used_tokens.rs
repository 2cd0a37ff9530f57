//! The tokens that the texts of a run use. Only their word embeddings are trained and held on the device: those of all
//! others have no gradient, so that AdamW does nothing to them but decay, alike for each. A row of ones, behind the
//! used ones, decays with them and tells in the end how much.

use std::collections::BTreeSet;

/// Of a vocabulary, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedTokens {
    ids: Vec<u32>,
    vocab_size: usize,
}

impl UsedTokens {
    /// `ids` may repeat; each is below `vocab_size`.
    pub fn new(ids: impl IntoIterator<Item = u32>, vocab_size: usize) -> Self {
        let ids: BTreeSet<u32> = ids.into_iter().collect();
        assert!(ids.last().is_none_or(|id| (*id as usize) < vocab_size), "a token without an embedding");
        UsedTokens { ids: ids.into_iter().collect(), vocab_size }
    }

    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    pub fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// Rows of the narrow table.
    pub fn rows(&self) -> usize {
        self.ids.len() + 1
    }

    /// The row of a used token in the narrow table, which is its id in a model that has only that.
    pub fn row(&self, id: u32) -> u32 {
        self.ids.binary_search(&id).expect("the token is one of those that are used") as u32
    }

    /// The narrow table `[rows, hidden]` of the whole `[vocab_size, hidden]`.
    pub fn narrow(&self, table: &[f32]) -> Vec<f32> {
        let hidden = table.len() / self.vocab_size;
        let mut narrow = Vec::with_capacity(self.rows() * hidden);
        for id in &self.ids {
            narrow.extend_from_slice(&table[*id as usize * hidden..][..hidden]);
        }
        narrow.resize(self.rows() * hidden, 1.0);
        narrow
    }

    /// The whole table as it would be had all of it been trained: `table` is what training started from, `trained`
    /// what became of its [narrow](Self::narrow) form.
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
