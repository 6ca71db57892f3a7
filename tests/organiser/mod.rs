//! Organisers: their accounts and sessions, and polls as they make, edit and close them.

pub mod account;
mod double_submits;
mod editing;
mod hostile_pictures;
mod lifecycle;
mod methods;
mod pictures;
mod sessions;
