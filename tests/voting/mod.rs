//! Casting votes: what counts, once, for whom, and what is refused.

mod ballot_box;
mod ballots;
mod closing;
mod credentials;
mod locks;
mod marking;
mod refusals;
mod secrecy;
mod vote_limit;
