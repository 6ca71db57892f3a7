//! Live results: the stream of a poll's states, and what it must not tell.

mod secrecy;
mod streams;
