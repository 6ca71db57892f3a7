//! Why Urna did not start, or a command failed.

use crate::{
    config::ConfigError,
    db::{Address, OpenError, identity::Unsuitable, migrations::MigrationError},
    web::http::views::ViewError,
};

/// Why Urna did not start, or a command failed: one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database can't be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database can't be reached.
    #[error("the database {0} can’t be reached: {1}; check DATABASE_URL and that it runs")]
    Unreachable(Address, String),
    /// The folder of the file can't be written, and without that the file can't be opened.
    #[error("the database {0} can’t be opened, because its folder can’t be written: {1}")]
    UnwritableFolder(Address, std::io::Error),
    /// The database is refused.
    #[error("the database {0} {1}; DATABASE_URL says where it is")]
    Unsuitable(Address, Unsuitable),
    /// The database was used with another secret.
    #[error(
        "the database {0} was used with another SECRET_KEY (in development: data/secret_key): put the old one back, or \
         accept with `urna secret replace` that invitations and sessions stop working"
    )]
    OtherSecret(Address),
    /// The schema of the database is newer.
    #[error("the database was migrated by a newer Urna ({}): run that one, or restore a backup", .0.join(", "))]
    Newer(Vec<String>),
    /// The schema of the database is older, and this process does not migrate by itself.
    #[error("{0} migrations are pending: run `urna migrate`")]
    Pending(usize),
    /// A migration failed.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// A query failed.
    #[error("the database: {0}")]
    Query(#[from] diesel::result::Error),
    /// A template has a mistake.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The server could not start to listen.
    #[error("{0}")]
    Launch(String),
    /// The command can't be executed with these arguments.
    #[error("{0}")]
    Usage(String),
}

impl StartError {
    /// The exit status of the process: 78 (`EX_CONFIG` of sysexits.h) for what another configuration fixes.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Query(_) | Self::Usage(_) => 1,
            _ => 78,
        }
    }
}
