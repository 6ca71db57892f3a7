//! Results: who sees them when, the page and the files.

mod counter;
mod feed;
mod files;
mod page;
mod picture;
mod visibility;
mod votes_over_time;
