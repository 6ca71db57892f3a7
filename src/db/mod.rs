//! The database: its address, connections to either engine, and its migrations. Knows no table of the application.

pub mod address;
pub mod connection;
mod disk_space;
pub mod engine;
pub mod identity;
mod liveness;
pub mod migrations;
mod pool;
mod postgres;
mod probe;
mod sqlite;
mod text_query;

pub use address::Address;
pub use connection::Connection;
pub(crate) use connection::on;
pub use engine::{Db, Engine, OpenError};
pub(crate) use sqlite::AsyncSqliteConnection;
