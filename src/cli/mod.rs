//! The operator's commands. Each but `count` reads the configuration, does one thing and prints what it did.

mod ballots;
mod bounds;
mod check;
mod choices;
mod count;
mod database;
mod healthcheck;
mod import;
mod messages;
mod organiser;
mod poll;
mod rules;
mod secret;
mod unused;

use std::{process::ExitCode, sync::OnceLock, time::Duration};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::{
    config::Config,
    moments,
    start::{self, StartError},
};

const ENVIRONMENT: &str = "\
Environment:
  ROCKET_PROFILE             development (default of a debug build) or production (default of a release build)
  DATABASE_URL               sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full
  SECRET_KEY                 32 random bytes: openssl rand -base64 32; development keeps one in data/secret_key
  PORT                       the port to serve on (8000)
  URNA_URL                   the public address of the site, such as https://vote.example: what links begin with
  URNA_OPERATOR              who runs the site, for the foot of each page
  URNA_PRIVACY_URL, URNA_HELP_URL
                             links at the foot of each page: https://…, http://… or mailto:…
  URNA_OTHER_POLLS           true: each poll's page names other open polls of the public list
  URNA_SQLITE_IN_PRODUCTION  true where the disk lasts
  ROCKET_IP_HEADER           behind a proxy: the header with the client's address, such as X-Forwarded-For
  URNA_PROXIES               how many trusted proxies add to that header (1)
  URNA_VOTES_AT_ONCE, URNA_VOTES_PER_SECOND
                             votes from one network without an invitation (600, then 10 a second; 0: any number)
  URNA_QUEUE, URNA_CLIENTS, URNA_IDLE_SECONDS, URNA_BODY_SECONDS, URNA_PAGE_CACHE_MB
                             limits; `urna config` shows those in force
  ROCKET_*                   any setting of Rocket, such as ROCKET_ADDRESS; beats the above
In development a file .env is read first.";

/// What `--version` prints, with the edition of the time zone rules, which decide when polls open and close.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| format!("{}, time zone rules {}", env!("CARGO_PKG_VERSION"), moments::edition()))
}

/// A self-hosted ballot box: people vote through a form and see the results.
#[derive(Debug, Parser)]
#[command(version = version())]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the polls (also without any command). Reads PORT, DATABASE_URL, SECRET_KEY, ROCKET_PROFILE
    Serve,
    /// Bring the database's schema up to date. Reads DATABASE_URL
    Migrate(database::MigrateArgs),
    /// Create and run polls. Reads DATABASE_URL
    #[command(subcommand)]
    Poll(poll::PollCommand),
    /// Create organisers and give them passwords. Reads DATABASE_URL
    #[command(subcommand)]
    Organiser(organiser::OrganiserCommand),
    /// Print the link that creates the first organiser, while there is none. Reads DATABASE_URL, SECRET_KEY, URNA_URL
    SetupLink,
    /// Work on the database as a whole. Reads DATABASE_URL
    #[command(subcommand)]
    Database(database::DatabaseCommand),
    /// Work on the secret that a database is used with. Reads DATABASE_URL, SECRET_KEY
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    /// Count a file of ballots by any method. Reads no variable
    Count(count::CountArgs),
    /// Recount all votes and compare with the stored numbers; names each difference and then ends with status 1. Reads DATABASE_URL
    Check,
    /// Ask the running server whether it is ready, for container probes. Reads PORT
    Healthcheck,
    /// Print the configuration in force, secrets blanked. Reads every variable
    Config,
}

impl Cli {
    /// Reads the command line of this process.
    ///
    /// # Errors
    /// The exit status, after help or an error in one line was printed.
    pub fn read() -> Result<Self, ExitCode> {
        let matches = with_environment_help(Self::command()).try_get_matches();
        matches.and_then(|matches| Self::from_arg_matches(&matches)).map_err(|error| {
            if !error.use_stderr() {
                print!("{error}");
                return ExitCode::SUCCESS;
            }
            let text = error.to_string();
            let what = text.split("\n\nUsage:").next().unwrap_or(&text).trim_start_matches("error: ");
            eprintln!("urna: {}; see --help", what.split_whitespace().collect::<Vec<_>>().join(" "));
            ExitCode::from(2)
        })
    }
}

/// Adds the environment variables to the help of every command.
fn with_environment_help(command: clap::Command) -> clap::Command {
    command.after_help(ENVIRONMENT).mut_subcommands(with_environment_help)
}

/// Runs the command line.
///
/// # Errors
/// [`StartError`], one line that says what to do.
pub fn run(cli: Cli) -> Result<ExitCode, StartError> {
    let command = cli.command.unwrap_or(Command::Serve);
    // Counting a file needs no configuration.
    if let Command::Count(args) = &command {
        return count::run(args);
    }
    let config = Config::load()?;
    let number = |key, default| config.figment.extract_inner(key).unwrap_or(default);
    let runtime = rocket::tokio::runtime::Builder::new_multi_thread()
        .thread_name("rocket-worker-thread")
        .worker_threads(number("workers", 1))
        .max_blocking_threads(number("max_blocking", 512))
        .enable_all()
        .build()
        .map_err(|e| StartError::Launch(format!("no threads to run on: {e}")))?;
    let result = runtime.block_on(perform(command, config));
    // Nothing waits for what is still running.
    runtime.shutdown_timeout(Duration::from_millis(500));
    result
}

async fn perform(command: Command, config: Config) -> Result<ExitCode, StartError> {
    match command {
        Command::Serve => start::serve(config).await?,
        Command::Migrate(args) => database::migrate(&config, &args).await?,
        Command::Poll(command) => poll::run(&config, command).await?,
        Command::Organiser(command) => organiser::run(&config, command).await?,
        Command::SetupLink => organiser::setup_link(&config).await?,
        Command::Database(database::DatabaseCommand::Reset(args)) => database::reset(&config, &args).await?,
        Command::Secret(command) => secret::run(&config, command).await?,
        Command::Count(args) => return count::run(&args),
        Command::Check => return check::run(&config).await,
        Command::Healthcheck => healthcheck::run(&config)?,
        Command::Config => print!("{}", config.describe()),
    }
    Ok(ExitCode::SUCCESS)
}
