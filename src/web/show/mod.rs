//! What templates are given: moments, numbers, a poll, its ballot and its results.

pub mod ballot;
pub mod check;
pub mod moment;
pub mod numbers;
pub mod pages;
pub mod slice;
pub mod tally;
