//! What every page needs of HTTP: replies, errors, forms, paging, views, assets, protection. Knows no poll.

pub mod assets;
pub mod clients;
pub mod cookies;
mod draw;
pub mod error;
pub mod forms;
pub mod graceful_shutdown;
pub mod health;
pub mod network;
pub mod paging;
pub mod problems;
pub mod protection;
pub mod reply;
pub mod robots;
pub mod search;
pub mod site;
pub mod uploads;
pub mod views;
