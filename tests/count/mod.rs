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
