//! Strict checks: a setting that nothing reads, or that can't work, is an error and never ignored.

use std::{env, path::Path};

use rocket::figment::{
    Figment, Provider as _,
    providers::{Data, Format as _, Toml},
    value::{Dict, Value},
};

use super::{ConfigError, LIMITS, malformed};

/// The settings that are read, by their tables. The names in Rocket's own table `limits` are not checked.
const KNOWN: [(&str, &[&str]); 5] = [
    (
        "",
        &[
            "address",
            "port",
            "workers",
            "max_blocking",
            "ident",
            "ip_header",
            "limits",
            "secret_key",
            "shutdown",
            "log_level",
            "keep_alive",
            "cli_colors",
            "temp_dir",
            "databases",
            "urna",
            "profile",
        ],
    ),
    ("databases", &["urna"]),
    ("databases.urna", &["url", "max_connections", "connect_timeout"]),
    ("urna", &LIMITS),
    ("shutdown", &["ctrlc", "signals", "grace", "mercy", "force"]),
];

/// The tables of a Rocket.toml.
const PROFILES: [&str; 4] = ["default", "global", "development", "production"];

/// Variables that begin with `URNA_` and are no settings: those of the tests, and those that Kubernetes and Docker set
/// for a service of that name.
const NO_SETTINGS: [&str; 11] = [
    "NO_SKIP",
    "NO_ELECTIONS",
    "KILLS",
    "FUZZ",
    "ELECTIONS",
    "HOSTILE_PICTURES",
    "SEED",
    "SERVICE_",
    "PORT",
    "ENV_",
    "NAME",
];

/// Numbers with their least and greatest values: beyond them threads, memory or connections would run out.
const NUMBERS: [(&str, u64, u64); 13] = [
    ("workers", 1, 1024),
    ("max_blocking", 1, 10_000),
    ("databases.urna.max_connections", 1, 10_000),
    ("databases.urna.connect_timeout", 1, 3600),
    ("urna.queue", 1, 1_000_000),
    ("urna.clients", 1, 1_000_000),
    ("urna.watchers", 0, 1_000_000),
    ("urna.idle_seconds", 1, 86_400),
    ("urna.body_seconds", 1, 3600),
    ("urna.page_cache_mb", 0, 1_000_000),
    ("urna.proxies", 1, 100),
    ("urna.votes_at_once", 0, 4_294_967_295),
    ("urna.votes_per_second", 1, 1_000_000),
];

/// Refuses variables that begin with `URNA_` and set nothing.
///
/// # Errors
/// [`ConfigError`] with the variable and the names that are known.
pub fn environment() -> Result<(), ConfigError> {
    let names = env::vars_os().filter_map(|(name, _)| Some(name.to_str()?.to_ascii_uppercase()));
    for name in names {
        if let Some(key) = name.strip_prefix("URNA_") {
            let known = LIMITS.iter().any(|limit| limit.eq_ignore_ascii_case(key));
            let foreign = NO_SETTINGS.iter().any(|start| key.starts_with(start));
            if !known && !foreign {
                let all = LIMITS.map(|limit| format!("URNA_{}", limit.to_uppercase())).join(", ");
                return Err(ConfigError(format!("there is no setting {name}; there are {all}")));
            }
        }
    }
    Ok(())
}

/// The file of settings: the one that `ROCKET_CONFIG` names, else a Rocket.toml in this folder or a parent, if there is
/// one.
///
/// # Errors
/// [`ConfigError`] for a file that is not there, can't be read, or has tables or settings that nothing reads.
pub fn file() -> Result<Data<Toml>, ConfigError> {
    let named = super::sources::variable_of("ROCKET_CONFIG");
    if let Some(path) = &named
        && !Path::new(path).is_file()
    {
        return Err(ConfigError(format!("ROCKET_CONFIG names no file: {path}; put one there or unset the variable")));
    }
    let name = named.as_deref().unwrap_or("Rocket.toml");
    let file = Toml::file(name).nested();
    let tables = file.data().map_err(|error| ConfigError(format!("{name}: {}", not_read(&error.to_string()))))?;
    for (profile, settings) in tables {
        if !PROFILES.contains(&profile.as_str().as_str()) {
            let known = PROFILES.map(|name| format!("[{name}]")).join(", ");
            return Err(ConfigError(format!("{name} has a table [{profile}]; the tables are {known}")));
        }
        keys("", &settings).map_err(|ConfigError(why)| ConfigError(format!("{name}: {why}")))?;
    }
    Ok(file)
}

/// Why a file is no TOML, without the line itself: it may have a secret in it.
fn not_read(error: &str) -> String {
    let place = error.lines().next().unwrap_or_default();
    if error.contains("invalid type") {
        return format!("{place}: each setting stands in a table such as [default]");
    }
    let why = error.rsplit('^').next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{place}: {why}")
}

/// Checks that all settings are known, and that numbers are within bounds.
///
/// # Errors
/// [`ConfigError`] that names the setting.
pub fn settings(figment: &Figment) -> Result<(), ConfigError> {
    let all: Dict = figment.extract().map_err(|error| malformed(&error))?;
    keys("", &all)?;
    for (key, least, most) in NUMBERS {
        let number: Option<u64> = match figment.find_value(key) {
            Ok(_) => Some(figment.extract_inner(key).map_err(|error| malformed(&error))?),
            Err(_) => None,
        };
        if number.is_some_and(|number| !(least..=most).contains(&number)) {
            return Err(ConfigError(format!("the setting “{key}” must be from {least} to {most}")));
        }
    }
    if let Ok(header) = figment.extract_inner::<String>("ip_header")
        && !header.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(ConfigError("the setting “ip_header” is the name of a header, such as X-Forwarded-For".into()));
    }
    if figment.extract_inner::<bool>("ip_header").is_ok_and(|on| on) {
        return Err(ConfigError("the setting “ip_header” is the name of a header, such as X-Forwarded-For".into()));
    }
    match figment.extract_inner::<std::path::PathBuf>("temp_dir") {
        Ok(folder) if !folder.is_dir() => Err(ConfigError(format!(
            "the setting “temp_dir” names no folder: {}; create it or name another",
            folder.display()
        ))),
        _ => Ok(()),
    }
}

/// Checks that each key of a table is known, and those of the tables in it.
fn keys(place: &str, settings: &Dict) -> Result<(), ConfigError> {
    let Some((_, known)) = KNOWN.iter().find(|(known, _)| *known == place) else { return Ok(()) };
    for (key, value) in settings {
        let name = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        if name == "tls" {
            return Err(ConfigError(
                "Urna speaks no TLS itself: unset ROCKET_TLS and “tls”, and put a proxy with TLS in front".into(),
            ));
        }
        if !known.contains(&key.as_str()) {
            return Err(ConfigError(format!("there is no setting “{name}”; there are {}", known.join(", "))));
        }
        match value {
            Value::Dict(_, below) => keys(&name, below)?,
            _ if KNOWN.iter().any(|(table, _)| *table == name) => {
                return Err(ConfigError(format!("the setting “{name}” is a table of settings and no value")));
            }
            _ => {}
        }
    }
    Ok(())
}
