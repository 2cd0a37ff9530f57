//! Inputs that people bring: each ends right, or is refused with words that say what to do.

mod columns;
mod reading;
