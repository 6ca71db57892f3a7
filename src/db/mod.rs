//! The database: where it is, how to reach it on either engine, and its migrations. Knows no table of ours.

pub mod address;
pub mod connection;
pub mod engine;
pub mod identity;
pub mod migrations;
mod postgres;
mod room;
mod sqlite;
mod watch;

pub use address::Address;
pub use connection::Connection;
pub(crate) use connection::on;
pub use engine::{Db, Engine, OpenError};
