//! Where the ballots are: the one place that reads a database address.

use std::{fmt, path::PathBuf, str::FromStr};

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
                // Every connection of the pool would be a database of its own.
                path if path.contains(":memory:") || path.starts_with("file:") => {
                    Err(BadAddress("keeps no vote on disk, or is no plain path".into()))
                }
                path => Ok(Self::Sqlite(path.into())),
            },
            Some(("postgres" | "postgresql", _)) => match super::postgres::parse(text) {
                Ok(_) => Ok(Self::Postgres(text.to_owned())),
                Err(why) => Err(BadAddress(format!("for PostgreSQL is malformed ({why})"))),
            },
            // Whatever stands before the colon may be a secret put in the wrong variable, unless it looks like a scheme.
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

/// The URL without the password, neither as `user:password@` nor as `?password=`.
fn redacted(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (main, query) = rest.split_once('?').map_or((rest, None), |(main, query)| (main, Some(query)));
    let main = match main.rsplit_once('@') {
        Some((login, host)) => format!("{}@{host}", login.split(':').next().unwrap_or_default()),
        None => main.to_owned(),
    };
    let query: Vec<&str> =
        query.into_iter().flat_map(|q| q.split('&')).filter(|pair| !pair.starts_with("password")).collect();
    match query.as_slice() {
        [] => format!("{scheme}://{main}"),
        pairs => format!("{scheme}://{main}?{}", pairs.join("&")),
    }
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
    fn a_password_is_never_printed() {
        for url in [
            "postgres://u:s3cret@h/d",
            "postgres://u:s3cret@h/d?sslmode=require",
            "postgres://u@h/d?password=s3cret",
            "postgres://u:s3cr@s3cret@h/d",
        ] {
            let address: Address = url.parse().unwrap();
            assert!(!format!("{address} {address:?}").contains("s3cret"), "{address}");
        }
        assert!(!"hunter2".parse::<Address>().unwrap_err().to_string().contains("hunter2"));
    }
}
