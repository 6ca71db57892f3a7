//! The address of the database, as `DATABASE_URL` has it.

use std::{fmt, path::PathBuf, str::FromStr};

use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

/// A database address. Its `Display` never shows a password.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server, by its `postgres://` URL.
    Postgres(String),
}

/// An address that is neither `sqlite:PATH` nor `postgres://…`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database address {0}: write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE into DATABASE_URL")]
pub struct BadAddress(String);

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        match text.split_once(':') {
            Some(("sqlite", path)) => match path.strip_prefix("//").unwrap_or(path) {
                "" => Err(BadAddress("names no file".into())),
                // In memory, each connection of the pool would have a database of its own.
                path if path.contains(":memory:") || path.starts_with("file:") => {
                    Err(BadAddress("keeps no vote on disk, or is no plain path".into()))
                }
                path => Ok(Self::Sqlite(path.into())),
            },
            Some(("postgres" | "postgresql", _)) => match super::postgres::parse(text) {
                Ok(_) => Ok(Self::Postgres(text.to_owned())),
                Err(why) => Err(BadAddress(format!("for PostgreSQL is malformed ({why})"))),
            },
            // Only what looks like a scheme is printed: the rest may be a secret in the wrong variable.
            Some((scheme, _)) if scheme.len() <= 12 && scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                Err(BadAddress(format!("begins with “{scheme}:”, which Urna does not speak")))
            }
            _ => Err(BadAddress("has no scheme".into())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&redacted(url)),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The URL without a password: it is written anew from what was parsed (user, hosts, database and some options).
fn redacted(url: &str) -> String {
    let Ok((config, tls)) = super::postgres::parse(url) else { return "postgres://…".into() };
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(n, host)| {
        let host = match host {
            Host::Tcp(name) if name.contains(':') => format!("[{name}]"),
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string().replace('/', "%2F"),
        };
        match ports.get(n) {
            Some(port) if *port != 5432 => format!("{host}:{port}"),
            _ => host,
        }
    });
    let hosts = hosts.collect::<Vec<_>>().join(",");
    let user = config.get_user().map(|user| format!("{user}@")).unwrap_or_default();
    let mode = match config.get_ssl_mode() {
        _ if tls.verifies() => Some("sslmode=verify-full"),
        SslMode::Disable => Some("sslmode=disable"),
        SslMode::Require => Some("sslmode=require"),
        _ => None,
    };
    let session = match config.get_target_session_attrs() {
        TargetSessionAttrs::ReadWrite => Some("target_session_attrs=read-write"),
        TargetSessionAttrs::ReadOnly => Some("target_session_attrs=read-only"),
        _ => None,
    };
    let query = [mode, session].into_iter().flatten().collect::<Vec<_>>().join("&");
    let query = if query.is_empty() { query } else { format!("?{query}") };
    format!("postgres://{user}{hosts}/{}{query}", config.get_dbname().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_are_read() {
        for path in ["sqlite:data/urna.db", "sqlite://data/urna.db"] {
            assert_eq!(path.parse(), Ok(Address::Sqlite("data/urna.db".into())));
        }
        assert!(matches!("postgresql://u@h/d?sslmode=verify-full".parse(), Ok(Address::Postgres(_))));
    }

    #[test]
    fn anything_else_is_refused_by_name_and_never_a_file() {
        for bad in [
            "mysql://root@h/d",
            "sqlit:x",
            "sqlite:",
            "sqlite::memory:",
            "",
            "urna.db",
            "postgres://h:notaport/d",
            "postgres://u@h/d?sslmode=maybe",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
        assert!("mysql://root@h/d".parse::<Address>().unwrap_err().to_string().contains("mysql:"));
    }

    #[test]
    fn several_hosts_are_printed_as_they_are_written() {
        for url in [
            "postgres://u@a,b,c/d",
            "postgres://u@a:5433,b,c:5434/d?target_session_attrs=read-write",
            "postgres://u@a:5433,b:5433/d",
            "postgres://u@[::1],[2001:db8::1]:5433/d?sslmode=require&target_session_attrs=read-write",
            "postgres://u@%2Fvar%2Frun%2Fpostgresql/d",
            "postgres://a/d?sslmode=verify-full&target_session_attrs=read-only",
        ] {
            let address: Address = url.parse().unwrap();
            assert_eq!(address.to_string(), url);
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        for url in [
            "postgres://u:s3cret@h/d",
            "postgres://u:s3cret@h/d?sslmode=require",
            "postgres://u@h/d?password=s3cret",
            "postgres://u:pa?s3cret@h/d?sslmode=verify-full",
        ] {
            let address: Address = url.parse().unwrap();
            assert!(!format!("{address} {address:?}").contains("s3cret"), "{address}");
        }
        let error = "postgres://u:s3cr@s3cret@h/d".parse::<Address>().unwrap_err().to_string();
        assert!(error.contains("%40") && !error.contains("s3c"), "{error}");
        assert!(!"hunter2".parse::<Address>().unwrap_err().to_string().contains("hunter2"));
    }
}
