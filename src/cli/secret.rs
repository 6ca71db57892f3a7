//! `urna secret replace`: makes a database usable with another SECRET_KEY.

use clap::{Args, Subcommand};

use super::messages;
use crate::{
    config::Config,
    credentials::{Purpose, Secret},
    models::site,
    start::{self, StartError},
};

/// What to do with the secret.
#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// Use the database with the SECRET_KEY that is set now: invitations that are out stop working, browsers that have
    /// voted can vote again, and everybody is signed out. Stop all servers first
    Replace(ReplaceArgs),
}

/// How to replace it.
#[derive(Debug, Args)]
pub struct ReplaceArgs {
    /// Do it without being asked
    #[arg(long)]
    yes: bool,
}

/// `urna secret replace`.
pub async fn run(config: &Config, SecretCommand::Replace(args): SecretCommand) -> Result<(), StartError> {
    let engine = start::connect_and_migrate(config).await?;
    messages::confirm(
        &format!(
            "From now on {} is used with the SECRET_KEY that is set. Invitations that are out stop working, browsers \
             that have voted can vote again in polls with one vote per browser, and everybody is signed out.",
            config.database
        ),
        args.yes,
    )?;
    let fingerprint = Secret::new(config.secret.clone()).token(Purpose::Fingerprint);
    site::replace_fingerprint(&mut engine.connection().await?, &fingerprint).await?;
    println!("{} is used with this SECRET_KEY from now on", config.database);
    Ok(())
}
