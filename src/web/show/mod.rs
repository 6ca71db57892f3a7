//! What templates are given: moments, numbers, a poll, its ballot and its results.

pub mod ballot;
pub mod card;
pub mod choice_page;
pub mod decision;
pub mod moment;
pub mod numbers;
pub mod pages;
pub mod review;
pub mod tally;
