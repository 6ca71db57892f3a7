//! What a voter has on the screen: Chromium before the real server.

mod access;
mod desk;
mod driver;
mod forms;
mod journeys;
mod keyboard;
mod marking;
mod organiser;
mod pages;
mod results;
mod visit;
mod votes;
mod waiting;
