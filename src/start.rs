//! Starting: what must be true before the first request is taken, and the demo.

use std::{net::SocketAddr, process, time::Duration};

use rocket::{
    Orbit, Rocket,
    config::LogLevel,
    error::ErrorKind,
    fairing::AdHoc,
    tokio::time::{Instant, sleep},
};

use crate::{
    config::{Config, ConfigError, Mode},
    credentials::{Purpose, Secret},
    db::{
        Address, Engine, OpenError,
        identity::{self, Unsuitable},
        migrations::{self, MigrationError, Status, Task},
    },
    logging,
    models::{choice::NewChoice, new_poll::NewPoll, poll::Poll, site},
    server,
    web::organiser::setup,
};

/// How long a database may take to come up: platforms start it beside the web process.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);

/// Why Urna did not start, or a command did not do its work: one line with the mend.
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
    /// Its folder can't be written, and it can't be read without that.
    #[error("the database {0} can’t be opened, because its folder can’t be written: {1}")]
    NoRoom(Address, std::io::Error),
    /// It is not ours, or can't be.
    #[error("the database {0} {1}; DATABASE_URL says where it is")]
    Unsuitable(Address, Unsuitable),
    /// It was used with another secret.
    #[error(
        "the database {0} was used with another SECRET_KEY (in development: data/secret_key): put the old one back, or \
         give up what hangs on it with `urna secret replace`"
    )]
    OtherSecret(Address),
    /// Its schema is newer.
    #[error("the database was migrated by a newer Urna ({}): run that one, or restore a backup", .0.join(", "))]
    Newer(Vec<String>),
    /// Its schema is older, and this process may not change that.
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
    View(#[from] crate::web::http::views::ViewError),
    /// The server could not begin to listen.
    #[error("{0}")]
    Launch(String),
    /// The command can't be carried out as it was given.
    #[error("{0}")]
    Usage(String),
}

impl StartError {
    /// The process's exit status: 78 (EX_CONFIG of sysexits.h) for what a changed configuration mends.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Query(_) | Self::Usage(_) => 1,
            _ => 78,
        }
    }
}

/// A database that was reached, with its schema looked at.
///
/// # Errors
/// [`StartError::Unreachable`] after a short wait, [`StartError::Unsuitable`], [`StartError::Newer`].
pub async fn reach(config: &Config) -> Result<(Engine, Status), StartError> {
    let unsuitable = |why| StartError::Unsuitable(config.database.clone(), why);
    if let Address::Sqlite(path) = &config.database {
        identity::check_file(path).await.map_err(unsuitable)?;
    }
    let engine = Engine::open(&config.database, 2, Duration::from_secs(5))?;
    let deadline = Instant::now() + CONNECT_TIMEOUT;
    let mut db = loop {
        match engine.connection().await {
            Ok(db) => break db,
            // A file is there or not; a server may still be on its way.
            Err(error) if Instant::now() > deadline || matches!(config.database, Address::Sqlite(_)) => {
                if let Err(why) = engine.check_disk_space().await {
                    return Err(StartError::NoRoom(config.database.clone(), why));
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

/// A database that was reached and has the schema of this binary.
///
/// # Errors
/// As [`reach`], and [`StartError::Pending`].
pub async fn reach_migrated(config: &Config) -> Result<Engine, StartError> {
    let (engine, status) = reach(config).await?;
    match status.pending().len() {
        0 => Ok(engine),
        pending => Err(StartError::Pending(pending)),
    }
}

/// The same, migrated first where the profile and the engine allow it: what commands work on.
///
/// # Errors
/// As [`reach_migrated`].
pub async fn reach_ready(config: &Config) -> Result<Engine, StartError> {
    match reach_migrated(config).await {
        Err(StartError::Pending(_)) if migrates_by_itself(config) => {
            migrate(config).await?;
            reach_migrated(config).await
        }
        reached => reached,
    }
}

/// Makes the database ready to serve: migrates where the profile and the engine allow it by itself,
/// and gives an empty development database the demo.
///
/// # Errors
/// As [`reach_migrated`].
pub async fn prepare(config: &Config) -> Result<(), StartError> {
    let (engine, status) = reach(config).await?;
    if !status.pending().is_empty() {
        if !migrates_by_itself(config) {
            return Err(StartError::Pending(status.pending().len()));
        }
        migrate(config).await?;
    }
    check_secret(&engine, config).await?;
    if config.mode == Mode::Development {
        make_demo(&engine).await?;
    }
    Ok(())
}

/// That the database was used with no other secret: with another one, invitations open nothing, browsers that have voted
/// can vote again, and processes that differ in it each refuse what the others gave out.
async fn check_secret(engine: &Engine, config: &Config) -> Result<(), StartError> {
    let fingerprint = Secret::new(config.secret.clone()).token(Purpose::Fingerprint);
    match site::keep_fingerprint(&mut engine.connection().await?, &fingerprint).await? == fingerprint {
        true => Ok(()),
        false => Err(StartError::OtherSecret(config.database.clone())),
    }
}

/// Whether `serve` migrates: not in production on PostgreSQL, where the release phase does, once for all processes.
pub fn migrates_by_itself(config: &Config) -> bool {
    config.mode == Mode::Development || matches!(config.database, Address::Sqlite(_))
}

/// Runs the pending migrations.
///
/// # Errors
/// [`StartError::Migration`].
pub async fn migrate(config: &Config) -> Result<Status, StartError> {
    Ok(migrations::run(&config.database, Task::Up).await?)
}

/// The demo poll, where there is no poll at all.
async fn make_demo(engine: &Engine) -> Result<(), StartError> {
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
        title: "Which cat wears the donut better?".into(),
        description: "Two cats, two donuts. Pick the one that suits its cat.".into(),
        choices: vec![
            choice("gummi", "Fruit Gummi", "Pink glaze with fruit gummies, worn with pride."),
            choice("pita", "Pita", "Chocolate and sesame, worn with dignity."),
        ],
        ..NewPoll::default()
    };
    match Poll::create(&mut db, &demo).await {
        // Another process that started at the same time has made it.
        Err(diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _)) | Ok(_) => {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Migrates, checks and serves until the process is told to end.
///
/// # Errors
/// [`StartError`] for everything that keeps it from serving.
pub async fn serve(config: Config) -> Result<(), StartError> {
    let level = config.figment.extract_inner("log_level").unwrap_or(LogLevel::Critical);
    // What Rocket itself logs has addresses and cookies in it: it is for developers who ask for it.
    if config.mode == Mode::Production || level != LogLevel::Debug {
        logging::init(level);
    }
    prepare(&config).await?;
    let (database, mode, public) = (config.database.clone(), config.mode, config.limits.url.clone());
    let announce = AdHoc::on_liftoff("announcement", move |rocket| {
        Box::pin(async move {
            let version = env!("CARGO_PKG_VERSION");
            // With the brackets of an address of IPv6.
            let at = SocketAddr::new(rocket.config().address, rocket.config().port);
            let profile = format!("{mode:?}").to_lowercase();
            eprintln!("urna {version}, {profile}, process {}", process::id());
            eprintln!("serving http://{at}");
            eprintln!("database {database}");
            if let Err(why) = try_writing(rocket).await {
                eprintln!(
                    "no vote can be stored now ({}): polls and results are shown, and votes are taken as soon as the \
                     database can be written",
                    one_line(&why)
                );
            }
            if let Some(path) = setup_path(rocket).await {
                let place = match mode {
                    _ if !public.is_empty() => format!("at {public}{path}"),
                    Mode::Development => format!("at http://{at}{path}"),
                    Mode::Production => format!("on your site at {path}"),
                };
                eprintln!("no organiser yet: set up the first one {place}");
            }
        })
    });
    let rocket = server::rocket(config)?.attach(announce).attach(logging::requests());
    match rocket.launch().await {
        // It was told to end, and has: whoever still waited for the database has been cut off.
        Err(error) if matches!(error.kind(), ErrorKind::Shutdown(..)) => {
            log::warn!("requests were still waiting for the database at the end");
            Ok(())
        }
        ended => ended.map(drop).map_err(|e| launch_error(&e)),
    }
}

/// Whether the database can be written: it may be a standby, or on a disk that is full or read-only.
async fn try_writing(rocket: &Rocket<Orbit>) -> Result<(), String> {
    let Some(engine) = rocket.state::<Engine>() else { return Ok(()) };
    engine.check_disk_space().await.map_err(|e| e.to_string())?;
    let mut db = engine.connection().await.map_err(|e| e.to_string())?;
    site::try_writing(&mut db).await.map_err(|e| e.to_string())
}

/// The path of the one-time link, while there is no organiser.
async fn setup_path(rocket: &Rocket<Orbit>) -> Option<String> {
    let (engine, secret) = (rocket.state::<Engine>()?, rocket.state::<Secret>()?);
    let path = match engine.connection().await {
        Ok(mut db) => setup::path(&mut db, secret).await.map_err(|e| e.to_string()),
        Err(error) => Err(error.to_string()),
    };
    path.unwrap_or_else(|error| {
        log::error!("whether there is an organiser could not be read: {error}");
        None
    })
}

/// Rocket's error in one line: its own display may show settings.
fn launch_error(error: &rocket::Error) -> StartError {
    StartError::Launch(match error.kind() {
        ErrorKind::Bind(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            "the port is in use: end what listens there, or name another in PORT".into()
        }
        ErrorKind::Bind(error) | ErrorKind::Io(error) => format!("can’t listen: {error}; check the address and PORT"),
        ErrorKind::Config(_) => "the configuration can’t be read: look at it with `urna config`".into(),
        kind => kind.to_string(),
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
