//! `urna poll …`: creates, shows, features, closes, reopens and deletes polls.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use clap::{Args, Subcommand};

use super::{
    choices::ChoiceArgs,
    import::{self, ImportArgs},
    messages::{self, query_error},
    rules::RuleArgs,
};
use crate::{
    config::{Config, Mode},
    db::Connection,
    marks,
    models::{
        self,
        new_poll::NewPoll,
        poll::{Definition, Poll, Which},
        profile,
        settings::Settings,
        state::State,
    },
    start::{self, StartError},
    text,
    web::http::assets::Assets,
    words::counting::profile_error,
};

/// What to do with polls.
#[derive(Debug, Subcommand)]
pub enum PollCommand {
    /// Create a poll; if it is listed or has no organiser, and no poll is on the home page, it is shown there
    New(NewPollArgs),
    /// Create a poll from a table of choices or an election with its ballots
    Import(ImportArgs),
    /// List all polls, newest first
    List,
    /// Print a poll with its choices and results
    Show(SlugArg),
    /// Show a poll on the home page
    Feature(SlugArg),
    /// Take no more votes, from now on or from a set time
    Close(CloseArgs),
    /// Take votes again
    Reopen(SlugArg),
    /// Delete a poll with its votes
    Delete(DeletePollArgs),
}

/// A new poll.
#[derive(Debug, Args)]
pub struct NewPollArgs {
    /// The question
    #[arg(long)]
    title: String,
    /// More about the question
    #[arg(long, default_value = "")]
    description: String,
    /// Its name in addresses, in place of one from the title
    #[arg(long)]
    slug: Option<String>,
    /// When it opens: 2026-05-03T09:00:00+02:00, or 2026-05-03 09:00 in UTC; now if not given
    #[arg(long, value_name = "TIME", value_parser = moment)]
    opens: Option<NaiveDateTime>,
    /// When it closes, written likewise; never by itself if not given
    #[arg(long, value_name = "TIME", value_parser = moment)]
    closes: Option<NaiveDateTime>,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    choices: ChoiceArgs,
}

/// Which poll.
#[derive(Debug, Args)]
pub struct SlugArg {
    /// Its name in addresses
    slug: String,
}

/// When to close.
#[derive(Debug, Args)]
pub struct CloseArgs {
    /// Its name in addresses
    slug: String,
    /// The moment: 2026-05-03T09:00:00+02:00, or 2026-05-03 09:00 in UTC; now if not given
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<NaiveDateTime>,
}

/// What to delete.
#[derive(Debug, Args)]
pub struct DeletePollArgs {
    /// Its name in addresses
    slug: String,
    /// Do it without being asked
    #[arg(long)]
    yes: bool,
}

/// `urna poll …`. In development and on SQLite the database is migrated first, as `serve` does.
pub async fn run(config: &Config, command: PollCommand) -> Result<(), StartError> {
    let engine = start::connect_and_migrate(config).await?;
    let db = &mut engine.connection().await?;
    match command {
        PollCommand::New(args) => new(config, db, args).await?,
        PollCommand::Import(args) => import::run(db, args).await?,
        PollCommand::List => list(db).await?,
        PollCommand::Show(SlugArg { slug }) => show(db, slug).await?,
        PollCommand::Feature(SlugArg { slug }) => {
            find(db, &slug).await?.feature(db).await?;
            println!("{slug} is on the home page");
        }
        PollCommand::Close(CloseArgs { slug, at }) => {
            let poll = find(db, &slug).await?;
            if let (State::Closed, Some(since)) = (poll.state(models::now()), poll.settings.closes_at) {
                return Err(StartError::Usage(format!("{slug} is closed since {}", written(since))));
            }
            if at.is_some_and(|at| at < models::now()) {
                return Err(StartError::Usage("that time is in the past: leave out --at to close now".into()));
            }
            let moment = poll.close(db, at).await.map_err(query_error)?;
            println!("{slug} takes no votes from {} on", written(moment));
        }
        PollCommand::Reopen(SlugArg { slug }) => {
            find(db, &slug).await?.reopen(db).await?;
            println!("{slug} takes votes again");
        }
        PollCommand::Delete(DeletePollArgs { slug, yes }) => {
            let poll = find(db, &slug).await?;
            let ballots = poll.ballots(db).await?;
            messages::confirm(&format!("This deletes “{}” with {ballots} votes.", poll.settings.title), yes)?;
            poll.delete(db).await?;
            println!("{slug} is deleted");
        }
    }
    Ok(())
}

async fn new(config: &Config, db: &mut Connection, args: NewPollArgs) -> Result<(), StartError> {
    let usage = |why: String| Err(StartError::Usage(why));
    let slug = args.rules.slug(args.slug.as_deref(), &args.title)?;
    let mut choices = args.choices.0;
    if choices.len() < 2 {
        return usage("a poll needs at least two choices: say --choice twice".into());
    }
    let words = |error: text::TextError, what: &str| StartError::Usage(error.sentence(what));
    let title = text::line(&args.title, 200).map_err(|error| words(error, "title"))?;
    let description = text::paragraphs(&args.description, 10_000).map_err(|error| words(error, "description"))?;
    let mut seen = HashMap::new();
    for choice in &mut choices {
        choice.label = text::line(&choice.label, 200).map_err(|error| words(error, "label"))?;
        choice.description =
            text::paragraphs(&choice.description, 1000).map_err(|error| words(error, "line about a choice"))?;
        if let Some(other) = seen.insert(text::skeleton(&choice.label), choice.label.clone()) {
            return usage(format!(
                "“{}” and “{other}” look alike: name them so that a voter can tell them apart",
                choice.label
            ));
        }
    }
    if let Some(choice) = choices.iter().find(|choice| !marks::is_key(&choice.key)) {
        return usage(format!(
            "the key “{}” of “{}” is not 1 to 64 small letters, digits and hyphens; give one with --key",
            choice.key, choice.label
        ));
    }
    let assets = Assets::load(config.mode == Mode::Development);
    if let Some(missing) =
        choices.iter().filter_map(|choice| choice.picture.as_deref()).find(|name| !assets.contains(name))
    {
        return usage(format!("there is no picture static/{missing}: put it there first"));
    }
    let opens_at = args.opens.unwrap_or_else(models::now);
    let mut poll = NewPoll {
        slug,
        settings: Settings { title, description, opens_at, closes_at: args.closes, ..Settings::default() },
        choices,
        ..NewPoll::default()
    };
    args.rules.apply(db, &mut poll).await?;
    let poll = Poll::create(db, &poll).await.map_err(query_error)?;
    println!("{} is created{}", poll.slug, if poll.featured { ", and on the home page" } else { "" });
    Ok(())
}

async fn list(db: &mut Connection) -> Result<(), StartError> {
    let now = models::now();
    for poll in Poll::newest(db, i64::MAX).await? {
        let featured = if poll.featured { "*" } else { " " };
        println!("{featured} {:9} {:24} {}", word(poll.state(now)), poll.slug, poll.settings.title);
    }
    Ok(())
}

async fn show(db: &mut Connection, slug: String) -> Result<(), StartError> {
    let which = Which::Slug(slug.clone());
    let read = db
        .snapshot(async |db| {
            let Some(definition) = Definition::find(db, &which).await? else { return Ok(None) };
            let profile = profile::read(db, definition.poll.id).await?;
            Ok::<_, diesel::result::Error>(Some((definition, profile)))
        })
        .await?;
    let Some((definition, profile)) = read else { return Err(no_such_poll(&slug)) };
    let poll = &definition.poll;
    let state = poll.state(models::now());
    let outcome = definition
        .count(state, &profile)
        .map_err(|error| StartError::Usage(format!("{}; run `urna check`", profile_error(&error))))?;
    println!("{} ({})", poll.settings.title, word(state));
    if !poll.settings.description.is_empty() {
        println!("{}", poll.settings.description);
    }
    println!(
        "slug     {}\nmethod   {}\nopens    {}",
        poll.slug,
        poll.settings.method.as_str(),
        written(poll.settings.opens_at)
    );
    println!(
        "closes   {}\nballots  {}",
        poll.settings.closes_at.map_or_else(|| "by hand".into(), written),
        outcome.ballots
    );
    for (choice, votes) in definition.choices.iter().zip(&outcome.tally) {
        println!("{:>8} {:16} {}", votes.plain(), choice.key, choice.label);
    }
    Ok(())
}

async fn find(db: &mut Connection, slug: &str) -> Result<Poll, StartError> {
    Poll::find_by_slug(db, slug).await?.ok_or_else(|| no_such_poll(slug))
}

fn no_such_poll(slug: &str) -> StartError {
    StartError::Usage(format!("there is no poll “{slug}”: `urna poll list` names them"))
}

fn word(state: State) -> &'static str {
    match state {
        State::Draft => "draft",
        State::Upcoming => "upcoming",
        State::Open => "open",
        State::Closed => "closed",
    }
}

fn written(moment: NaiveDateTime) -> String {
    moment.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Parses RFC 3339, or a date and a time of day in UTC.
fn moment(text: &str) -> Result<NaiveDateTime, String> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(models::stored(moment.with_timezone(&Utc)));
    }
    ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .ok_or_else(|| "write 2026-05-03T09:00:00+02:00, or 2026-05-03 09:00 in UTC".into())
}
