//! Where settings come from: files and the environment, merged into one figment.

use std::env;

use rocket::figment::{
    Figment, Profile,
    providers::{Data, Env, Format as _, Serialized, Toml},
};

use super::{ConfigError, LIMITS, Mode};

/// The Rocket.toml of this repository, so that the program needs no file beside it.
const SHIPPED: &str = include_str!("../../Rocket.toml");

/// Variables that are taken as text, whatever they look like: a secret of digits is no number, nor is the name `1860`.
const TEXTS: [(&str, &str); 5] = [
    ("DATABASE_URL", "databases.urna.url"),
    ("SECRET_KEY", "secret_key"),
    ("URNA_OPERATOR", "urna.operator"),
    ("URNA_PRIVACY_URL", "urna.privacy_url"),
    ("URNA_HELP_URL", "urna.help_url"),
];

/// The whole configuration in `mode`, not yet checked.
pub fn figment(mode: Mode) -> Figment {
    figment_with(mode, Toml::file("Rocket.toml").nested())
}

/// The same with this file of settings.
pub(super) fn figment_with(mode: Mode, file: Data<Toml>) -> Figment {
    let profile = match mode {
        Mode::Development => "development",
        Mode::Production => "production",
    };
    let mut figment = Figment::from(rocket::Config::debug_default()).merge(Toml::string(SHIPPED).nested()).merge(file);
    for (variable, key) in TEXTS {
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
    let texts: Vec<&str> = TEXTS.iter().filter_map(|(_, key)| key.strip_prefix("urna.")).collect();
    figment
        .merge(Env::prefixed("URNA_").only(&LIMITS).ignore(&texts).map(|key| format!("urna.{key}").into()).global())
        .merge(Env::prefixed("ROCKET_").ignore(&["PROFILE", "CONFIG"]).global())
        .select(Profile::new(profile))
}

/// The profile: `ROCKET_PROFILE`, or that of this build.
///
/// # Errors
/// [`ConfigError`] for a profile that does not exist.
pub(super) fn mode() -> Result<Mode, ConfigError> {
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

/// A variable of the environment; `None` where it is empty.
pub(super) fn variable_of(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
