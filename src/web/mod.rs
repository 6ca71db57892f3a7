//! HTTP: a file a resource, each exporting a `stage` that mounts its routes. The only room that knows Rocket's requests.

pub mod answers;
pub mod assets;
pub mod ballots;
pub mod clients;
pub mod error;
pub mod forms;
pub mod health;
pub mod lists;
pub mod pages;
pub mod paging;
pub mod polls;
pub mod protection;
pub mod slices;
pub mod views;
