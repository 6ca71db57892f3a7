//! Configuration: Rocket.toml and the environment become one figment, in the profile development or production.
//!
//! Later beats earlier: the Rocket.toml that the binary carries, the Rocket.toml in the working folder
//! (or at `ROCKET_CONFIG`), `PORT`, `DATABASE_URL` and `SECRET_KEY`, `URNA_*`, `ROCKET_*`.

mod describe;
mod public;
mod secret;
mod sources;
mod strict;

use std::net::SocketAddr;

use rocket::figment::{Figment, providers::Serialized};
use serde::{Deserialize, Serialize};
pub use sources::figment;

use crate::db::{Address, address::BadAddress};

/// The settings that `URNA_*` can set.
const LIMITS: [&str; 15] = [
    "url",
    "queue",
    "clients",
    "watchers",
    "idle_seconds",
    "body_seconds",
    "page_cache_mb",
    "proxies",
    "votes_at_once",
    "votes_per_second",
    "operator",
    "privacy_url",
    "help_url",
    "other_polls",
    "sqlite_in_production",
];

const HOW_TO_CREATE_A_SECRET: &str = "create one with `openssl rand -base64 32` and put it into SECRET_KEY";

/// A mistake in the configuration: what is wrong and how to correct it, in one line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl From<BadAddress> for ConfigError {
    fn from(error: BadAddress) -> Self {
        Self(error.to_string())
    }
}

/// The two profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// For the developer's machine: creates a database and a secret where none is configured.
    Development,
    /// For a public site: refuses to start without a database or a secret.
    Production,
}

/// Urna's own settings, `[default.urna]` in Rocket.toml.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The public address of the site, `https://vote.example`; empty: as each request names it.
    pub url: String,
    /// How many ballots may wait for the disk.
    pub queue: usize,
    /// How many clients may be connected.
    pub clients: usize,
    /// How many pages may be sent live results; 0: half of the clients.
    pub watchers: usize,
    /// Seconds after which a quiet connection is closed.
    pub idle_seconds: u32,
    /// Seconds in which a form must have arrived.
    pub body_seconds: u64,
    /// How many megabytes of drawn pages and files are cached.
    pub page_cache_mb: usize,
    /// How many trusted proxies add an entry to the header that `ip_header` names.
    pub proxies: usize,
    /// How many votes a network may send at once; 0: any number.
    pub votes_at_once: u32,
    /// How many a second after that.
    pub votes_per_second: u32,
    /// Who runs the site, for the foot of each page; empty: nobody is named.
    pub operator: String,
    /// The link to how the operator treats personal data, or empty.
    pub privacy_url: String,
    /// The link to help, or empty.
    pub help_url: String,
    /// Whether the page of a poll names other open polls of the public list.
    pub other_polls: bool,
    /// Whether production may keep its ballots in a SQLite file.
    pub sqlite_in_production: bool,
}

/// The checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// All of it, for Rocket.
    pub figment: Figment,
    /// The profile.
    pub mode: Mode,
    /// Where the ballots are.
    pub database: Address,
    /// Urna's own settings.
    pub limits: Limits,
    /// What credentials, sessions and links are hashed with.
    pub secret: String,
}

impl Mode {
    /// Where a path is, for a sentence: at the public address of the site, where one is set, or at the server's own.
    pub fn place(self, path: &str, public: &str, server: SocketAddr) -> String {
        match self {
            _ if !public.is_empty() => format!("at {public}{path}"),
            Self::Development => format!("at http://{server}{path}"),
            Self::Production => format!("on your site at {path}"),
        }
    }
}

impl Config {
    /// Reads the configuration of this process: environment, `.env` (development only) and Rocket.toml.
    ///
    /// # Errors
    /// [`ConfigError`] for what is missing, malformed or not allowed in the profile.
    pub fn load() -> Result<Self, ConfigError> {
        let mode = sources::mode()?;
        if mode == Mode::Development {
            match dotenvy::dotenv() {
                Err(error) if !error.not_found() => return Err(ConfigError(format!("the file .env: {error}"))),
                _ => {}
            }
        }
        strict::environment()?;
        Self::from_figment(sources::figment_with(mode, strict::file()?), mode)
    }

    /// Checks a figment. [`Config::load`] and the tests start from one.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_figment(mut figment: Figment, mode: Mode) -> Result<Self, ConfigError> {
        strict::settings(&figment)?;
        let mut limits: Limits = figment.extract_inner("urna").map_err(|e| malformed(&e))?;
        limits.url = public::origin(&limits.url)?;
        limits.operator = public::operator(&limits.operator)?;
        limits.privacy_url = public::link("URNA_PRIVACY_URL", &limits.privacy_url)?;
        limits.help_url = public::link("URNA_HELP_URL", &limits.help_url)?;
        let Ok(address) = figment.extract_inner::<String>("databases.urna.url") else {
            return Err(ConfigError(
                "no database is set. To try Urna here, with a file in ./data: ROCKET_PROFILE=development urna. To run a \
                 site: put the database’s address into DATABASE_URL, such as postgres://USER:PASSWORD@HOST/DATABASE, \
                 and a secret into SECRET_KEY (openssl rand -base64 32)"
                    .into(),
            ));
        };
        let database: Address = address.parse()?;
        if mode == Mode::Production && matches!(database, Address::Sqlite(_)) && !limits.sqlite_in_production {
            return Err(ConfigError(
                "a SQLite file in production is lost where the disk does not last: use PostgreSQL, \
                 or set URNA_SQLITE_IN_PRODUCTION=true where it does"
                    .into(),
            ));
        }
        let set = figment.extract_inner::<String>("secret_key").ok();
        if set.is_none() && mode == Mode::Production {
            return Err(ConfigError(format!("no secret in production: {HOW_TO_CREATE_A_SECRET}")));
        }
        if set.is_some() && figment.extract_inner::<rocket::config::SecretKey>("secret_key").is_err() {
            return Err(ConfigError(format!("the secret is malformed: {HOW_TO_CREATE_A_SECRET}")));
        }
        rocket::Config::try_from(&figment).map_err(|e| malformed(&e))?;
        let secret = match set {
            Some(secret) => secret,
            // Last, so that no file is created where another setting is wrong.
            None => secret::read_or_create()?,
        };
        figment = figment.merge(Serialized::global("secret_key", &secret));
        Ok(Self { figment, mode, database, limits, secret })
    }
}

impl Config {
    /// The figment with its profile already applied: Rocket warns of profiles that are not named as its own.
    pub fn flat(&self) -> Figment {
        match self.figment.extract::<rocket::figment::value::Dict>() {
            Ok(values) => Figment::from(Serialized::defaults(values)).select(self.figment.profile().clone()),
            Err(_) => self.figment.clone(),
        }
    }
}

/// A figment error in one line that shows no value: it may be a secret.
fn malformed(error: &rocket::figment::Error) -> ConfigError {
    use rocket::figment::error::Kind;
    let origin = error.metadata.as_ref().map_or_else(String::new, |metadata| {
        metadata
            .source
            .as_ref()
            .map_or_else(|| metadata.name.to_string(), |source| format!("{} {source}", metadata.name))
    });
    let why = match &error.kind {
        Kind::UnknownField(name, known) => format!("there is no setting “{name}”; there are {}", known.join(", ")),
        Kind::MissingField(name) => format!("“{name}” is missing"),
        Kind::Message(message) => message.split_whitespace().collect::<Vec<_>>().join(" "),
        _ => "its value is of the wrong kind".into(),
    };
    match error.path.join(".").as_str() {
        "" => ConfigError(format!("{origin}: {why}")),
        path => ConfigError(format!("the setting “{path}” ({origin}): {why}")),
    }
}
