//! Organisers: their accounts and sessions, and how they create, edit and close polls.

pub mod account;
mod creating;
mod double_submits;
mod editing;
mod hostile_pictures;
mod lifecycle;
mod methods;
mod pictures;
mod poll_form;
mod sessions;
mod sharing;
