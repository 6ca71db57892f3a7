//! Words: the sentences in which people are told what happened. Pure: facts in, sentences out.

pub mod methods;
pub mod voting;
