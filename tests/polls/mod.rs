//! What everybody sees of polls: their pages, the list, their addresses.

mod addresses;
mod list;
mod many_choices;
mod pages;
mod scoreboard;
