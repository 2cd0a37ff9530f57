//! Room for a result, first touched by the threads that compute it: a vector that is cleared before would be
//! written twice, and by one thread.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::backend::{Flex, tensor::FloatTensor};
use rayon::prelude::*;

use super::twin::{Matrix, product, product_into, tensor};

/// A vector that is written in blocks.
pub(super) struct Fresh {
    /// Empty, with room for `entries`.
    values: Vec<f32>,
    entries: usize,
    written: AtomicUsize,
}

impl Fresh {
    pub fn new(entries: usize) -> Self {
        Fresh { values: Vec::with_capacity(entries), entries, written: AtomicUsize::new(0) }
    }

    /// All of it in blocks of `size` entries, the last one smaller, each to be written; may be called once.
    pub fn par_blocks(&mut self, size: usize) -> impl IndexedParallelIterator<Item = Block<'_>> {
        assert_eq!(*self.written.get_mut(), 0);
        let written = &self.written;
        let room = &mut self.values.spare_capacity_mut()[..self.entries];
        room.par_chunks_mut(size.max(1)).map(move |room| Block { room, written })
    }

    /// The vector, once each block was written.
    pub fn tensor(mut self, shape: &[usize]) -> FloatTensor<Flex> {
        assert_eq!(*self.written.get_mut(), self.entries, "every block is written");
        // SAFETY: there is room for `entries`, and the blocks of the one division that was made, which are distinct
        // and are used up by writing all of each, sum up to as many.
        unsafe { self.values.set_len(self.entries) };
        tensor(self.values, shape)
    }
}

/// A part of a [`Fresh`] vector.
pub(super) struct Block<'a> {
    room: &'a mut [MaybeUninit<f32>],
    written: &'a AtomicUsize,
}

impl<'a> Block<'a> {
    pub fn zeros(self) -> &'a mut [f32] {
        self.room.fill(MaybeUninit::new(0.0));
        self.done()
    }

    /// `left * right`, plus `row` on each row where there is one.
    pub fn product(self, left: Matrix<'_>, right: Matrix<'_>, row: Option<&[f32]>) -> &'a mut [f32] {
        match row {
            None => {
                product_into(self.room, left, right);
                self.done()
            }
            Some(row) => {
                assert!(self.room.len().is_multiple_of(row.len()));
                self.room.chunks_exact_mut(row.len()).for_each(|room| copy(room, row));
                let output = self.done();
                product(output, row.len(), true, 1.0, left, right);
                output
            }
        }
    }

    /// The block, all of which was written.
    fn done(self) -> &'a mut [f32] {
        self.written.fetch_add(self.room.len(), Ordering::Relaxed);
        // SAFETY: each of this type's functions writes all of its room before it calls this one.
        unsafe { &mut *(std::ptr::from_mut(self.room) as *mut [f32]) }
    }
}

fn copy(room: &mut [MaybeUninit<f32>], values: &[f32]) {
    room.iter_mut().zip(values).for_each(|(room, value)| *room = MaybeUninit::new(*value));
}
