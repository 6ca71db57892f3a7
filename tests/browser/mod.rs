//! Pages in a real browser: Chromium against the real server.

mod access;
mod driver;
mod editing;
mod forms;
mod journeys;
mod keyboard;
mod live;
mod looks;
mod marking;
mod organiser;
mod organiser_pages;
mod pages;
mod results;
mod visit;
mod votes;
mod waiting;
