//! Words: the sentences about outcomes, and those for voters. Pure: facts in, sentences out.
//!
//! [`story`] says who won or leads and why, [`outcome`] the why alone, [`events`] each step, [`ties`] how ties were
//! broken, [`terms`] what specialists' terms mean, [`methods`] what a method does, [`grades`] what scores are called, [`comparison`] who is elected by which
//! method; [`report`] and [`json`] put them together. [`voting`] says why a vote is not taken, [`constraints`] why what
//! an organiser entered is not, [`counting`] why ballots can't be counted.

pub mod comparison;
pub mod constraints;
pub mod counting;
pub mod events;
pub mod grades;
pub mod json;
pub mod methods;
pub mod numbers;
pub mod outcome;
pub mod report;
pub mod story;
pub mod terms;
pub mod ties;
pub mod voting;
