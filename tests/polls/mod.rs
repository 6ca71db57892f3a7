//! What everybody sees of polls: their pages, the list, their addresses.

mod about;
mod addresses;
mod list;
mod many_choices;
mod page_cache;
mod pages;
mod scoreboard;
mod screen;
