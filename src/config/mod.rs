//! Configuration: Rocket.toml and the environment become one figment, in the profile development or production.
//!
//! Later beats earlier: the Rocket.toml that the binary carries, the Rocket.toml in the working folder
//! (or at `ROCKET_CONFIG`), `PORT`, `DATABASE_URL` and `SECRET_KEY`, `URNA_*`, `ROCKET_*`.

mod public;
mod strict;

use std::{
    env, fs,
    io::{self, Write as _},
    path::Path,
};

use data_encoding::HEXLOWER;
use rocket::figment::{
    Figment, Profile,
    providers::{Data, Env, Format as _, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

use crate::{
    db::{Address, address::BadAddress},
    moments,
};

/// The Rocket.toml of this repository, so that the binary alone serves.
const SHIPPED: &str = include_str!("../../Rocket.toml");

/// The settings that `URNA_*` can set.
const LIMITS: [&str; 10] = [
    "url",
    "queue",
    "clients",
    "idle_seconds",
    "body_seconds",
    "page_cache_mb",
    "proxies",
    "votes_at_once",
    "votes_per_second",
    "sqlite_in_production",
];

/// Where development keeps the secret that it made.
const SECRET_FILE: &str = "data/secret_key";

const HOW_TO_MAKE_A_SECRET: &str = "make one with `openssl rand -base64 32` and put it into SECRET_KEY";

/// A mistake in the configuration: what is wrong and how to mend it, in one line.
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
    /// On the developer's machine: it makes what is missing.
    Development,
    /// For voters: it refuses what is missing.
    Production,
}

/// The settings of our own, `[default.urna]` in Rocket.toml.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The public address of the site, `https://vote.example`; empty: as each request names it.
    pub url: String,
    /// How many ballots may wait for the disk.
    pub queue: usize,
    /// How many clients may be connected.
    pub clients: usize,
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
    /// Whether production may keep its ballots in a SQLite file.
    pub sqlite_in_production: bool,
}

/// The configuration, read and found right.
#[derive(Debug, Clone)]
pub struct Config {
    /// All of it, for Rocket.
    pub figment: Figment,
    /// The profile.
    pub mode: Mode,
    /// Where the ballots are.
    pub database: Address,
    /// Our own settings.
    pub limits: Limits,
    /// What credentials, sessions and links are hashed with.
    pub secret: String,
}

impl Config {
    /// Reads the configuration of this process: environment, `.env` (development only) and Rocket.toml.
    ///
    /// # Errors
    /// [`ConfigError`] for what is missing, malformed or not allowed in the profile.
    pub fn load() -> Result<Self, ConfigError> {
        let mode = mode()?;
        if mode == Mode::Development {
            match dotenvy::dotenv() {
                Err(error) if !error.not_found() => return Err(ConfigError(format!("the file .env: {error}"))),
                _ => {}
            }
        }
        strict::environment()?;
        Self::from_figment(figment_with(mode, strict::file()?), mode)
    }

    /// Checks a figment: what `load` and the tests start from.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_figment(mut figment: Figment, mode: Mode) -> Result<Self, ConfigError> {
        strict::settings(&figment)?;
        let mut limits: Limits = figment.extract_inner("urna").map_err(|e| malformed(&e))?;
        limits.url = public::origin(&limits.url)?;
        let Ok(address) = figment.extract_inner::<String>("databases.urna.url") else {
            return Err(ConfigError(
                "no database in production: put its address into DATABASE_URL, such as postgres://USER:PASSWORD@HOST/DATABASE".into(),
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
            return Err(ConfigError(format!("no secret in production: {HOW_TO_MAKE_A_SECRET}")));
        }
        if set.is_some() && figment.extract_inner::<rocket::config::SecretKey>("secret_key").is_err() {
            return Err(ConfigError(format!("the secret is malformed: {HOW_TO_MAKE_A_SECRET}")));
        }
        rocket::Config::try_from(&figment).map_err(|e| malformed(&e))?;
        let secret = match set {
            Some(secret) => secret,
            // Last, so that a mistake elsewhere leaves no file.
            None => kept_secret()?,
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

    /// The configuration in force, a setting a line, without secrets.
    pub fn describe(&self) -> String {
        let setting = |key: &str| self.figment.find_value(key).ok().map(|value| written(&value)).unwrap_or_default();
        let mut lines = vec![
            ("profile", self.figment.profile().to_string()),
            ("databases.urna.url", self.database.to_string()),
            (
                "secret_key",
                if self.mode == Mode::Production { "(set)" } else { "(set, or kept in data/secret_key)" }.into(),
            ),
        ];
        let others = [
            "address",
            "port",
            "workers",
            "log_level",
            "ip_header",
            "shutdown.grace",
            "shutdown.mercy",
            "databases.urna.max_connections",
            "databases.urna.connect_timeout",
            "urna.url",
            "urna.queue",
            "urna.clients",
            "urna.idle_seconds",
            "urna.body_seconds",
            "urna.page_cache_mb",
            "urna.proxies",
            "urna.votes_at_once",
            "urna.votes_per_second",
            "urna.sqlite_in_production",
        ];
        lines.extend(others.map(|key| (key, setting(key))));
        lines.push(("time zone rules", moments::edition().to_owned()));
        lines.iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
    }
}

/// The whole configuration in `mode`, not yet checked.
pub fn figment(mode: Mode) -> Figment {
    figment_with(mode, Toml::file("Rocket.toml").nested())
}

fn figment_with(mode: Mode, file: Data<Toml>) -> Figment {
    let profile = match mode {
        Mode::Development => "development",
        Mode::Production => "production",
    };
    let mut figment = Figment::from(rocket::Config::debug_default()).merge(Toml::string(SHIPPED).nested()).merge(file);
    // As text, whatever they look like: a secret of digits is no number.
    for (variable, key) in [("DATABASE_URL", "databases.urna.url"), ("SECRET_KEY", "secret_key")] {
        if let Some(value) = variable_of(variable) {
            figment = figment.merge(Serialized::global(key, value));
        }
    }
    if let Some(port) = variable_of("PORT") {
        figment = match port.parse::<u16>() {
            Ok(number) => figment.merge(Serialized::global("port", number)),
            Err(_) => figment.merge(Serialized::global("port", port)),
        };
    }
    figment
        .merge(Env::prefixed("URNA_").only(&LIMITS).map(|key| format!("urna.{key}").into()).global())
        .merge(Env::prefixed("ROCKET_").ignore(&["PROFILE", "CONFIG"]).global())
        .select(Profile::new(profile))
}

fn mode() -> Result<Mode, ConfigError> {
    match variable_of("ROCKET_PROFILE").as_deref() {
        None if cfg!(debug_assertions) => Ok(Mode::Development),
        None => Ok(Mode::Production),
        Some("development") => Ok(Mode::Development),
        Some("production") => Ok(Mode::Production),
        Some(other) => {
            Err(ConfigError(format!("ROCKET_PROFILE is “{other}”: the profiles are development and production")))
        }
    }
}

/// A variable of the environment; an empty one is as good as none.
fn variable_of(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The secret of development, made on first use: sessions and invitations outlive the process.
fn kept_secret() -> Result<String, ConfigError> {
    let secret = fs::read_to_string(SECRET_FILE).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => create_secret(Path::new(SECRET_FILE)).and_then(|()| fs::read_to_string(SECRET_FILE)),
        _ => Err(error),
    });
    let secret = secret.map_err(|e| {
        ConfigError(format!("the secret can’t be kept in {SECRET_FILE}: {e}; make it writable or set SECRET_KEY"))
    })?;
    let secret = secret.trim();
    if secret.len() != 64 || !secret.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(ConfigError(format!(
            "the secret in {SECRET_FILE} is malformed: delete the file, and it is made anew"
        )));
    }
    Ok(secret.to_owned())
}

/// Writes a new secret whole before it gets its name: of processes that start at once, all read the same.
fn create_secret(file: &Path) -> io::Result<()> {
    let mut bytes = [0; 40];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let (secret, suffix) = bytes.split_at(32);
    let draft = file.with_extension(HEXLOWER.encode(suffix));
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut writer = options.write(true).create_new(true).open(&draft)?;
    let linked = writeln!(writer, "{}", HEXLOWER.encode(secret))
        .and_then(|()| writer.sync_all())
        .and_then(|()| fs::hard_link(&draft, file));
    fs::remove_file(&draft)?;
    match linked {
        // Another process was first.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

fn written(value: &rocket::figment::value::Value) -> String {
    match value {
        rocket::figment::value::Value::String(_, text) => text.clone(),
        rocket::figment::value::Value::Bool(_, yes) => yes.to_string(),
        other => {
            let number = other.to_i128().map(|number| number.to_string());
            number.or_else(|| other.to_u128().map(|number| number.to_string())).unwrap_or_default()
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
