//! `urna migrate` and `urna database reset`.

use clap::{Args, Subcommand};

use super::messages;
use crate::{
    config::{Config, Mode},
    db::migrations::{self, Status, Task},
    start::{self, StartError},
};

/// What to do with the migrations.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// List the migrations and whether the database has them; change nothing
    #[arg(long, conflicts_with = "down")]
    status: bool,
    /// Revert the newest N migrations, with the data that they hold
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    down: Option<u16>,
}

/// What to do with the database.
#[derive(Debug, Subcommand)]
pub enum DatabaseCommand {
    /// Delete every poll and vote and start again; in development only
    Reset(ResetArgs),
}

/// How to reset.
#[derive(Debug, Args)]
pub struct ResetArgs {
    /// Do it without being asked
    #[arg(long)]
    yes: bool,
}

/// `urna migrate`.
pub async fn migrate(config: &Config, args: &MigrateArgs) -> Result<(), StartError> {
    let (_, before) = start::connect(config).await?;
    if args.status {
        for (name, is_applied) in &before.migrations {
            println!("{}  {name}", if *is_applied { "applied" } else { "pending" });
        }
        return Ok(());
    }
    let task = args.down.map_or(Task::Up, |count| Task::Down(count.into()));
    let after = migrations::run(&config.database, task).await?;
    for ((name, was), (_, is)) in before.migrations.iter().zip(&after.migrations) {
        match (was, is) {
            (false, true) => println!("ran      {name}"),
            (true, false) => println!("reverted {name}"),
            _ => {}
        }
    }
    if before == after {
        println!("nothing to do");
    }
    Ok(())
}

/// `urna database reset`.
pub async fn reset(config: &Config, args: &ResetArgs) -> Result<(), StartError> {
    if config.mode == Mode::Production {
        return Err(StartError::Usage(
            "a database in production is never reset; set ROCKET_PROFILE=development if it is none".into(),
        ));
    }
    messages::confirm(&format!("This deletes every poll and vote in {}.", config.database), args.yes)?;
    let (_, Status { migrations: all, .. }) = start::connect(config).await?;
    migrations::run(&config.database, Task::Down(all.len())).await?;
    migrations::run(&config.database, Task::Up).await?;
    println!("{} is empty", config.database);
    Ok(())
}
