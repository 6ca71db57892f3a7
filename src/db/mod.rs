//! The database: where it is, how to reach it on either engine, and its migrations. Knows no table of ours.

pub mod address;
pub mod engine;
pub mod identity;
pub mod migrations;
mod postgres;
mod sqlite;
mod watch;

pub use address::Address;
pub(crate) use engine::on;
pub use engine::{Connection, Db, Engine, OpenError};
