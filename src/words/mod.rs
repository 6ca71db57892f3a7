//! Words: the sentences about outcomes, and those for voters. Pure: facts in, sentences out.
//!
//! [`outcome`] says who is elected and why, [`leaders`] the same on the page of a poll that may still be open,
//! [`events`] each step, [`ties`] how ties were broken, [`methods`] what a method does, [`comparison`] who is elected by
//! which; [`report`] and [`json`] put them together. [`voting`] says why a vote is not taken, [`constraints`] why what
//! an organiser entered is not, [`counting`] why ballots can't be counted.

pub mod comparison;
pub mod constraints;
pub mod counting;
pub mod events;
pub mod json;
pub mod leaders;
pub mod methods;
pub mod numbers;
pub mod outcome;
pub mod report;
pub mod ties;
pub mod voting;
