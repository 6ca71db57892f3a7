//! HTTP: a file a resource, each exporting a `stage` that mounts its routes. The only room that knows Rocket's requests.

pub mod answers;
pub mod assets;
pub mod ballots;
pub mod clients;
pub mod closure;
pub mod desk;
pub mod error;
pub mod forms;
pub mod guards;
pub mod health;
pub mod invitations;
pub mod manage;
pub mod organisers;
pub mod pages;
pub mod pictures;
pub mod poll_form;
pub mod polls;
pub mod problems;
pub mod protection;
pub mod sessions;
pub mod setup;
pub mod throttle;
pub mod uploads;
pub mod views;
pub mod voter;
