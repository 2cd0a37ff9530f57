//! Realistic inputs. Each gives the right result, or is refused with words that say what to do.

#[path = "../common/mod.rs"]
mod common;

mod columns;
mod command;
mod reading;
mod workbooks;
mod writers;
