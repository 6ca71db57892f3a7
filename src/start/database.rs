//! Connecting to the database at the start of a command, and preparing it.

use std::time::Duration;

use rocket::tokio::time::{Instant, sleep};

use super::{StartError, one_line};
use crate::{
    config::{Config, Mode},
    credentials::{Purpose, Secret},
    db::{
        Address, Engine, identity,
        migrations::{self, Status, Task},
    },
    models::{
        choice::NewChoice, constraint::Constraint, eligibility::Eligibility, new_poll::NewPoll, poll::Poll,
        settings::Settings, site,
    },
};

/// How long `serve` and the commands wait for a database server, which platforms may start at the same time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);

/// Connects to the database, checks that it is Urna's, and reads which migrations it has.
///
/// # Errors
/// [`StartError::Unreachable`] after 8 seconds, [`StartError::Unsuitable`], [`StartError::Newer`].
pub async fn connect(config: &Config) -> Result<(Engine, Status), StartError> {
    let unsuitable = |why| StartError::Unsuitable(config.database.clone(), why);
    if let Address::Sqlite(path) = &config.database {
        identity::check_file(path).await.map_err(unsuitable)?;
    }
    let engine = Engine::open(&config.database, 2, Duration::from_secs(5))?;
    let deadline = Instant::now() + CONNECT_TIMEOUT;
    let mut db = loop {
        match engine.connection().await {
            Ok(db) => break db,
            // A server may still be starting; for a file, waiting does not help.
            Err(error) if Instant::now() > deadline || matches!(config.database, Address::Sqlite(_)) => {
                if let Err(why) = engine.check_disk_space().await {
                    return Err(StartError::UnwritableFolder(config.database.clone(), why));
                }
                return Err(StartError::Unreachable(config.database.clone(), one_line(&error.to_string())));
            }
            Err(_) => sleep(Duration::from_millis(500)).await,
        }
    };
    identity::check_server(&mut db).await?.map_err(unsuitable)?;
    let status = migrations::status(&mut db).await?;
    drop(db);
    if status.unknown.is_empty() { Ok((engine, status)) } else { Err(StartError::Newer(status.unknown)) }
}

/// Connects to a database that has all migrations.
///
/// # Errors
/// As [`connect`], and [`StartError::Pending`].
pub async fn connect_migrated(config: &Config) -> Result<Engine, StartError> {
    let (engine, status) = connect(config).await?;
    match status.pending().len() {
        0 => Ok(engine),
        pending => Err(StartError::Pending(pending)),
    }
}

/// The same, but runs pending migrations where the profile and the engine allow it.
///
/// # Errors
/// As [`connect_migrated`].
pub async fn connect_and_migrate(config: &Config) -> Result<Engine, StartError> {
    match connect_migrated(config).await {
        Err(StartError::Pending(_)) if migrates_by_itself(config) => {
            migrate(config).await?;
            connect_migrated(config).await
        }
        connected => connected,
    }
}

/// Prepares the database for serving: runs pending migrations where the profile and the engine allow it, checks the
/// secret, and creates the demo poll in an empty development database.
///
/// # Errors
/// As [`connect_migrated`], and [`StartError::OtherSecret`].
pub async fn prepare(config: &Config) -> Result<(), StartError> {
    let engine = connect_and_migrate(config).await?;
    check_secret(&engine, config).await?;
    if config.mode == Mode::Development {
        create_demo(&engine).await?;
    }
    Ok(())
}

/// Checks that the database was always used with this secret. With another one, invitations do not work, browsers that
/// have voted can vote again, and processes with different secrets refuse each other's sessions.
///
/// # Errors
/// [`StartError::OtherSecret`].
pub async fn check_secret(engine: &Engine, config: &Config) -> Result<(), StartError> {
    let fingerprint = Secret::new(config.secret.clone()).token(Purpose::Fingerprint);
    match site::keep_fingerprint(&mut engine.connection().await?, &fingerprint).await? == fingerprint {
        true => Ok(()),
        false => Err(StartError::OtherSecret(config.database.clone())),
    }
}

/// Whether `serve` runs migrations. In production on PostgreSQL it does not: the release phase runs them once for all
/// processes.
fn migrates_by_itself(config: &Config) -> bool {
    config.mode == Mode::Development || matches!(config.database, Address::Sqlite(_))
}

/// Runs the pending migrations.
///
/// # Errors
/// [`StartError::Migration`].
pub async fn migrate(config: &Config) -> Result<Status, StartError> {
    Ok(migrations::run(&config.database, Task::Up).await?)
}

/// Creates the demo poll where there is no poll.
async fn create_demo(engine: &Engine) -> Result<(), StartError> {
    let mut db = engine.connection().await?;
    if !Poll::newest(&mut db, 1).await?.is_empty() {
        return Ok(());
    }
    let choice = |key: &str, label: &str, description: &str| NewChoice {
        key: key.into(),
        label: label.into(),
        description: description.into(),
        picture: Some(format!("{key}.svg")),
        alt: format!("A cat dressed as a donut: {label}"),
    };
    let demo = NewPoll {
        slug: "donut".into(),
        settings: Settings {
            title: "Which cat wears the donut better?".into(),
            description: "Two cats, two donuts. Pick the one that suits its cat.".into(),
            eligibility: Eligibility::Open,
            listed: true,
            ..Settings::default()
        },
        choices: vec![
            choice("gummi", "Fruit Gummi", "Pink glaze with fruit gummies, worn with pride."),
            choice("pita", "Pita", "Chocolate and sesame, worn with dignity."),
        ],
        ..NewPoll::default()
    };
    match Poll::create(&mut db, &demo).await {
        // Another process that started at the same time has created it.
        Err(error) if Constraint::violated_by(&error) == Some(Constraint::PollSlugUnique) => Ok(()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
