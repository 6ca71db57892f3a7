//! HTTP: a file a resource, each exporting a `stage` that mounts its routes. The only room that knows Rocket's requests.

pub mod answers;
pub mod assets;
pub mod ballots;
pub mod clients;
pub mod error;
pub mod forms;
pub mod guards;
pub mod health;
pub mod pages;
pub mod pictures;
pub mod polls;
pub mod problems;
pub mod protection;
pub mod uploads;
pub mod views;
