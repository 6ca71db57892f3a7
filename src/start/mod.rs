//! Starting the server, and connecting commands to the database.

mod database;
mod error;

use std::{net::SocketAddr, process};

use rocket::{Orbit, Rocket, config::LogLevel, error::ErrorKind, fairing::AdHoc};

pub use database::{check_secret, connect, connect_and_migrate, connect_migrated, migrate, prepare};
pub use error::StartError;

use crate::{
    config::{Config, Mode},
    credentials::Secret,
    db::Engine,
    logging,
    models::site,
    server,
    web::organiser::setup,
};

/// Prepares the database and serves until the process is asked to stop.
///
/// # Errors
/// [`StartError`] where it can't serve.
pub async fn serve(config: Config) -> Result<(), StartError> {
    let level = config.figment.extract_inner("log_level").unwrap_or(LogLevel::Critical);
    // Rocket's own log contains addresses and cookies, so only `debug` in development turns it on.
    if config.mode == Mode::Production || level != LogLevel::Debug {
        logging::init(level);
    }
    prepare(&config).await?;
    let announcement = announcement(&config);
    let rocket = server::rocket(config)?.attach(announcement).attach(logging::requests());
    match rocket.launch().await {
        // The shutdown took too long for requests that waited for the database: they were aborted.
        Err(error) if matches!(error.kind(), ErrorKind::Shutdown(..)) => {
            log::warn!("requests were still waiting for the database at the end");
            Ok(())
        }
        ended => ended.map(drop).map_err(|e| launch_error(&e)),
    }
}

/// Prints the lines that an operator needs once the server listens.
fn announcement(config: &Config) -> AdHoc {
    let (database, mode, public) = (config.database.clone(), config.mode, config.limits.url.clone());
    AdHoc::on_liftoff("announcement", move |rocket| {
        Box::pin(async move {
            let version = env!("CARGO_PKG_VERSION");
            // `SocketAddr` writes the brackets around an IPv6 address.
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
                eprintln!("no organiser yet: set up the first one {}", mode.place(&path, &public, at));
            }
        })
    })
}

/// Checks that the database can be written: it may be a standby, or its disk full or read-only.
async fn try_writing(rocket: &Rocket<Orbit>) -> Result<(), String> {
    let Some(engine) = rocket.state::<Engine>() else { return Ok(()) };
    engine.check_disk_space().await.map_err(|e| e.to_string())?;
    let mut db = engine.connection().await.map_err(|e| e.to_string())?;
    site::try_writing(&mut db).await.map_err(|e| e.to_string())
}

/// The path of the one-time setup link, while there is no organiser.
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

/// Rocket's error in one line, without its own text, which may contain settings.
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
