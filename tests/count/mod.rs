//! Counting, without a server or a database: methods, their rules, and elections that others counted.

mod command;
mod every_profile;
mod extremes;
mod famous;
mod properties;
mod rounds;
mod small_elections;
mod star_library;
mod tideman;

use urna::count::Method;

/// The methods that elect whoever beats every other choice head to head.
const CONDORCET: [Method; 8] = [
    Method::Baldwin,
    Method::Copeland,
    Method::Minimax,
    Method::MinimaxMargins,
    Method::Schulze,
    Method::SchulzeMargins,
    Method::RankedPairs,
    Method::RankedPairsMargins,
];
