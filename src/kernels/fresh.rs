//! Room for a result, first touched by the threads that compute it: a vector that is cleared before would be
//! written twice, and by one thread.

use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::backend::{Flex, tensor::FloatTensor};
use rayon::prelude::*;

use super::twin::{Matrix, multiply, product, product_into, tensor};

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

    /// As a matrix of `columns` columns, in blocks of `size` columns, the last one smaller, each to be written; may be
    /// called once.
    pub fn par_columns(
        &mut self,
        columns: usize,
        size: usize,
    ) -> impl IndexedParallelIterator<Item = Columns<'_>> {
        assert!(*self.written.get_mut() == 0 && self.entries.is_multiple_of(columns));
        let (written, rows, size) = (&self.written, self.entries / columns, size.max(1));
        let room = Room(self.values.spare_capacity_mut()[..self.entries].as_mut_ptr().cast());
        (0..columns.div_ceil(size)).into_par_iter().map(move |block| {
            let range = block * size..columns.min((block + 1) * size);
            Columns { room, rows, stride: columns, range, written }
        })
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

    /// A copy of as many values.
    pub fn copy_of(self, values: &[f32]) -> &'a mut [f32] {
        assert_eq!(self.room.len(), values.len());
        copy(self.room, values);
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

/// Where a [`Fresh`] matrix begins.
#[derive(Clone, Copy)]
struct Room(*mut f32);

// SAFETY: it is only written to through the blocks of one division, which have no entry in common.
unsafe impl Send for Room {}
// SAFETY: as above.
unsafe impl Sync for Room {}

/// Some columns of a [`Fresh`] matrix.
pub(super) struct Columns<'a> {
    room: Room,
    rows: usize,
    stride: usize,
    range: Range<usize>,
    written: &'a AtomicUsize,
}

impl Columns<'_> {
    /// These columns of `left * right`, plus those of `row` on each row where there is one.
    pub fn product(self, left: Matrix<'_>, right: Matrix<'_>, row: Option<&[f32]>) {
        let Columns { room, rows, stride, range, written } = self;
        assert_eq!([left.shape()[0], right.shape()[1]], [rows, stride]);
        // SAFETY: the range is of the matrix's columns.
        let start = unsafe { room.0.add(range.start) };
        if let Some(row) = row {
            let row = &row[range.clone()];
            for line in 0..rows {
                // SAFETY: the line is one of the matrix, and no other block has these columns.
                unsafe { std::ptr::copy_nonoverlapping(row.as_ptr(), start.add(line * stride), row.len()) };
            }
        }
        written.fetch_add(rows * range.len(), Ordering::Relaxed);
        // SAFETY: the shape was checked, no other block has these columns, and they were written if they are added to.
        unsafe { multiply(start, stride, row.is_some(), 1.0, left, right.columns_of(range)) };
    }
}

fn copy(room: &mut [MaybeUninit<f32>], values: &[f32]) {
    room.iter_mut().zip(values).for_each(|(room, value)| *room = MaybeUninit::new(*value));
}
