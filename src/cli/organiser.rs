//! `urna organiser …`: creates, lists and deletes organisers, and gives them new passwords.

use std::{
    io::{self, IsTerminal as _},
    net::SocketAddr,
};

use clap::{Args, Subcommand};

use super::messages;
use crate::{
    config::Config,
    credentials::Secret,
    db::Connection,
    models::{
        organiser::{self, NewOrganiser, Organiser},
        removal,
    },
    passwords,
    start::{self, StartError},
    web::setup_path,
};

/// What to do with organisers.
#[derive(Debug, Subcommand)]
pub enum OrganiserCommand {
    /// Create an organiser. The password is asked for, or is one line of standard input
    New(NewOrganiserArgs),
    /// List all organisers by their sign-in names
    List,
    /// Give an organiser a new password, asked for likewise, and end all sessions of that organiser
    Password(UidArg),
    /// Delete an organiser with all polls and their votes
    Delete(DeleteOrganiserArgs),
}

/// A new organiser.
#[derive(Debug, Args)]
pub struct NewOrganiserArgs {
    /// The sign-in name: letters from a to z, digits and . - _ @ +; an email address works
    uid: String,
    /// The name
    #[arg(long)]
    name: String,
}

/// Which organiser.
#[derive(Debug, Args)]
pub struct UidArg {
    /// The sign-in name
    uid: String,
}

/// Which organiser to delete.
#[derive(Debug, Args)]
pub struct DeleteOrganiserArgs {
    /// The sign-in name
    uid: String,
    /// Do it without being asked
    #[arg(long)]
    yes: bool,
}

/// `urna setup-link`.
pub async fn setup_link(config: &Config) -> Result<(), StartError> {
    let engine = start::connect_migrated(config).await?;
    start::check_secret(&engine, config).await?;
    let secret = Secret::new(config.secret.clone());
    match setup_path(&mut engine.connection().await?, &secret).await? {
        Some(path) => {
            let server: rocket::Config = config.figment.extract().unwrap_or_default();
            let at = SocketAddr::new(server.address, server.port);
            println!("set up the first organiser {}", config.mode.place(&path, &config.limits.url, at));
        }
        None => println!("there is an organiser: `urna organiser list` names all, `urna organiser new` creates more"),
    }
    Ok(())
}

/// `urna organiser …`. In development and on SQLite the database is migrated first, as `serve` does.
pub async fn run(config: &Config, command: OrganiserCommand) -> Result<(), StartError> {
    let engine = start::connect_and_migrate(config).await?;
    let db = &mut engine.connection().await?;
    match command {
        OrganiserCommand::New(NewOrganiserArgs { uid, name }) => {
            let (uid, name) = (organiser::uid(&uid).map_err(usage)?, organiser::name(&name).map_err(usage)?);
            if Organiser::find(db, &uid).await?.is_some() {
                return Err(StartError::Usage(format!(
                    "there is an organiser “{uid}” already; pick another sign-in name"
                )));
            }
            let password_hash = new_password(&uid, &name).await?;
            let created = Organiser::create(db, &NewOrganiser { uid, name, password_hash }).await;
            println!("{} is created", created.map_err(messages::query_error)?.uid);
        }
        OrganiserCommand::List => {
            for organiser in Organiser::all(db).await? {
                let polls = organiser.count_polls(db).await?;
                println!(
                    "{:24} {polls:5} {} {}",
                    organiser.uid,
                    if polls == 1 { "poll " } else { "polls" },
                    organiser.name
                );
            }
        }
        OrganiserCommand::Password(UidArg { uid }) => {
            let organiser = find(db, &uid).await?;
            let hash = new_password(&organiser.uid, &organiser.name).await?;
            organiser.set_password_hash(db, &hash).await?;
            println!("{} has a new password and is signed out everywhere", organiser.uid);
        }
        OrganiserCommand::Delete(DeleteOrganiserArgs { uid, yes }) => {
            let organiser = find(db, &uid).await?;
            let organiser::Holdings { polls, ballots } = organiser.holdings(db).await?;
            let question =
                format!("This deletes {} ({}) with {polls} polls and {ballots} votes.", organiser.name, organiser.uid);
            messages::confirm(&question, yes)?;
            organiser.delete(db).await?;
            while removal::remove_some(db).await? {}
            println!("{} is deleted", organiser.uid);
        }
    }
    Ok(())
}

async fn find(db: &mut Connection, uid: &str) -> Result<Organiser, StartError> {
    let found = match organiser::uid(uid) {
        Ok(uid) => Organiser::find(db, &uid).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| StartError::Usage(format!("there is no organiser “{uid}”: `urna organiser list` names them")))
}

/// The hash of a new password: typed twice on a terminal, otherwise one line of standard input.
async fn new_password(uid: &str, name: &str) -> Result<String, StartError> {
    let unreadable = |error: io::Error| StartError::Usage(format!("the password can’t be read: {error}"));
    let password = if io::stdin().is_terminal() {
        let password = rpassword::prompt_password("Password: ").map_err(unreadable)?;
        if rpassword::prompt_password("The same again: ").map_err(unreadable)? != password {
            return Err(StartError::Usage("the two are not the same; nothing was done".into()));
        }
        password
    } else {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map_err(unreadable)?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    passwords::check(&password, &[uid, name]).map_err(usage)?;
    passwords::hash(&password).await.map_err(|error| StartError::Usage(error.to_string()))
}

/// A message of a form as an error of the command line.
fn usage(sentence: impl ToString) -> StartError {
    StartError::Usage(sentence.to_string())
}
