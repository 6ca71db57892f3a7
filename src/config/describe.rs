//! The configuration as `urna config` prints it.

use rocket::figment::value::Value;

use super::{Config, Mode};
use crate::moments;

impl Config {
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
            "urna.watchers",
            "urna.idle_seconds",
            "urna.body_seconds",
            "urna.page_cache_mb",
            "urna.proxies",
            "urna.votes_at_once",
            "urna.votes_per_second",
            "urna.operator",
            "urna.privacy_url",
            "urna.help_url",
            "urna.other_polls",
            "urna.sqlite_in_production",
        ];
        lines.extend(others.map(|key| (key, setting(key))));
        lines.push(("time zone rules", moments::edition().to_owned()));
        lines.iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
    }
}

/// A value as text; empty for one that is no text, truth value or whole number.
fn written(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Bool(_, yes) => yes.to_string(),
        other => {
            let number = other.to_i128().map(|number| number.to_string());
            number.or_else(|| other.to_u128().map(|number| number.to_string())).unwrap_or_default()
        }
    }
}
