//! Memory for a result, first written by the threads that compute it. A vector that is cleared first is written twice,
//! the first time by a single thread.

use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::backend::{Flex, tensor::FloatTensor};
use rayon::prelude::*;

use super::matrix::{Matrix, multiply, product, product_into};
use super::tensor::tensor;

/// A vector that is allocated but not written yet. It is divided into blocks once, and each block is written whole.
pub(in crate::kernels) struct Fresh {
    /// Empty, with room for `entries` values.
    values: Vec<f32>,
    entries: usize,
    written: AtomicUsize,
}

impl Fresh {
    /// Allocates room for `entries` values.
    pub fn new(entries: usize) -> Self {
        Fresh { values: Vec::with_capacity(entries), entries, written: AtomicUsize::new(0) }
    }

    /// Divides the vector into blocks of `size` entries; the last may be smaller. Each block must be written. May be
    /// called once.
    pub fn par_blocks(&mut self, size: usize) -> impl IndexedParallelIterator<Item = Block<'_>> {
        assert_eq!(*self.written.get_mut(), 0);
        let written = &self.written;
        let room = &mut self.values.spare_capacity_mut()[..self.entries];
        room.par_chunks_mut(size.max(1)).map(move |room| Block { room, written })
    }

    /// Divides the vector, seen as a matrix of `columns` columns, into blocks of `size` columns; the last may be
    /// smaller. Each block must be written. May be called once.
    pub fn par_columns(
        &mut self,
        columns: usize,
        size: usize,
    ) -> impl IndexedParallelIterator<Item = Columns<'_>> {
        assert!(*self.written.get_mut() == 0 && self.entries.is_multiple_of(columns));
        let (written, rows, size) = (&self.written, self.entries / columns, size.max(1));
        // a pointer, because the blocks interleave in memory and cannot be slices of their own
        let room = Room(self.values.spare_capacity_mut()[..self.entries].as_mut_ptr().cast());
        (0..columns.div_ceil(size)).into_par_iter().map(move |block| {
            let range = block * size..columns.min((block + 1) * size);
            Columns { room, rows, stride: columns, range, written }
        })
    }

    /// Returns the vector as a tensor.
    ///
    /// # Panics
    /// If a block was not written.
    pub fn tensor(mut self, shape: &[usize]) -> FloatTensor<Flex> {
        assert_eq!(*self.written.get_mut(), self.entries, "every block is written");
        // SAFETY: there is room for `entries`. The vector was divided once, its blocks do not overlap, a block is consumed
        // by writing all of it, and the blocks that were written have that many entries together.
        unsafe { self.values.set_len(self.entries) };
        tensor(self.values, shape)
    }
}

/// A block of a [`Fresh`] vector.
pub(in crate::kernels) struct Block<'a> {
    room: &'a mut [MaybeUninit<f32>],
    written: &'a AtomicUsize,
}

impl<'a> Block<'a> {
    /// Writes zeros.
    pub fn zeros(self) -> &'a mut [f32] {
        self.room.fill(MaybeUninit::new(0.0));
        self.done()
    }

    /// Writes a copy of `values`, which must have the block's length.
    pub fn copy_of(self, values: &[f32]) -> &'a mut [f32] {
        assert_eq!(self.room.len(), values.len());
        copy(self.room, values);
        self.done()
    }

    /// Writes `left * right`, and adds `row` to each row if it is given.
    pub fn product(self, left: Matrix<'_>, right: Matrix<'_>, row: Option<&[f32]>) -> &'a mut [f32] {
        match row {
            None => {
                product_into(self.room, left, right);
                self.done()
            }
            Some(row) => {
                assert!(self.room.len().is_multiple_of(row.len()));
                self.room.chunks_exact_mut(row.len()).for_each(|room| copy(room, row));
                // gemm adds to the bias that is already there, which saves a second pass over the block
                let output = self.done();
                product(output, row.len(), true, 1.0, left, right);
                output
            }
        }
    }

    /// Counts the block as written and returns it. The caller has written all of it.
    fn done(self) -> &'a mut [f32] {
        // relaxed, because `tensor` reads the count after rayon has joined the threads
        self.written.fetch_add(self.room.len(), Ordering::Relaxed);
        // SAFETY: each function of this type writes all of its room before it calls this one.
        unsafe { &mut *(std::ptr::from_mut(self.room) as *mut [f32]) }
    }
}

/// The start of a [`Fresh`] matrix.
#[derive(Clone, Copy)]
struct Room(*mut f32);

// SAFETY: only the blocks of one division write through it, and they have no entry in common.
unsafe impl Send for Room {}
// SAFETY: as above.
unsafe impl Sync for Room {}

/// Some columns of a [`Fresh`] matrix.
pub(in crate::kernels) struct Columns<'a> {
    room: Room,
    rows: usize,
    stride: usize,
    range: Range<usize>,
    written: &'a AtomicUsize,
}

impl Columns<'_> {
    /// Writes these columns of `left * right`, and adds those of `row` to each row if it is given.
    pub fn product(self, left: Matrix<'_>, right: Matrix<'_>, row: Option<&[f32]>) {
        let Columns { room, rows, stride, range, written } = self;
        assert_eq!([left.shape()[0], right.shape()[1]], [rows, stride]);
        // SAFETY: the range lies within the matrix's columns.
        let start = unsafe { room.0.add(range.start) };
        if let Some(row) = row {
            let row = &row[range.clone()];
            for line in 0..rows {
                // SAFETY: the line lies within the matrix, and no other block has these columns.
                unsafe { std::ptr::copy_nonoverlapping(row.as_ptr(), start.add(line * stride), row.len()) };
            }
        }
        // counted before it is written: `tensor` reads the count only after rayon has joined the threads
        written.fetch_add(rows * range.len(), Ordering::Relaxed);
        // SAFETY: the shape was checked, no other block has these columns, and if `row` was written they are initialised.
        unsafe { multiply(start, stride, row.is_some(), 1.0, left, right.columns_of(range)) };
    }
}

fn copy(room: &mut [MaybeUninit<f32>], values: &[f32]) {
    room.iter_mut().zip(values).for_each(|(room, value)| *room = MaybeUninit::new(*value));
}
