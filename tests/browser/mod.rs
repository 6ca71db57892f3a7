//! What a voter has on the screen: Chromium before the real server.

mod access;
mod driver;
mod forms;
mod pages;
mod visit;
mod votes;
