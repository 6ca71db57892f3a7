//! A closed poll with its ballots, from an election held elsewhere.

use std::{collections::BTreeMap, path::Path};

use chrono::TimeDelta;

use super::args::{ImportArgs, PollTexts};
use crate::{
    cli::{messages::query_error, unused},
    count::{Method, Overvotes, Profile, Rules, Skipped},
    db::Connection,
    formats::{self, Election, Format, NamedChoice},
    marks::{Form, Marks},
    models::{
        self, ballot, choice::NewChoice, eligibility::Eligibility, marking::Marking, new_poll::NewPoll, poll::Poll,
        settings::Settings,
    },
    start::StartError,
    text::grouped,
};

/// The most ballots that are imported, so that a mistyped number does not fill the disk.
const MOST_BALLOTS: u64 = 50_000_000;

/// The format of a file that has ballots; `None` for a table of choices.
pub fn format(bytes: &[u8], file: &Path) -> Option<Format> {
    let text = str::from_utf8(bytes).ok()?;
    let format = Format::detect(text, &file.to_string_lossy());
    let is_table = match format {
        Format::Csv => !formats::is_table_of_ballots(text),
        // One name on each line: a table of choices without its header.
        Format::Rows => !text.contains(['>', ':']) && !text.bytes().any(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    (!is_table).then_some(format)
}

/// Creates the poll with its ballots, closed.
///
/// # Errors
/// [`StartError::Usage`] with the place in the file that is wrong; then nothing is created.
pub async fn import(db: &mut Connection, args: ImportArgs, bytes: &[u8], format: Format) -> Result<(), StartError> {
    let (election, method) = read(&args, bytes, format)?;
    let marking = marking(&election, method).map_err(|why| args.refuse(&why))?;
    let profile = canonical_profile(&election, &marking).map_err(|why| args.refuse(&why))?;
    let total: u64 = profile.iter().map(|(_, count)| count).sum();
    if total > MOST_BALLOTS {
        let why = format!("it has {} ballots; {} are the most", grouped(total), grouped(MOST_BALLOTS));
        return Err(args.refuse(&why));
    }
    let unused = unused::notes(&args.ballots.given(), &[method], election.kind);
    let notes = notes(&election);
    let PollTexts { title, description, slug } =
        args.texts(Some(election.title.as_str()).filter(|title| !title.is_empty()))?;
    let choices =
        election.choices.into_iter().map(|NamedChoice { key, label }| NewChoice { key, label, ..NewChoice::default() });
    let now = models::now();
    let mut new = NewPoll {
        slug,
        settings: Settings {
            title,
            description,
            opens_at: now,
            // The ballots are cast at `now`, before it closes.
            closes_at: Some(now + TimeDelta::microseconds(1)),
            // The ballots come without credentials.
            eligibility: Eligibility::Open,
            ..Settings::default()
        },
        choices: choices.collect(),
        seed: election.seed,
        ..NewPoll::default()
    };
    new.settings.set_marking(marking);
    args.rules.apply(db, &mut new).await?;
    let created = db.transaction(async |db| {
        let poll = Poll::create(db, &new).await?;
        ballot::load(db, poll.id, &profile, now).await?;
        Ok(poll)
    });
    let poll = created.await.map_err(query_error)?;
    for note in unused {
        eprintln!("urna: {note}");
    }
    for note in notes {
        args.note(&note);
    }
    let choices = grouped(new.choices.len() as u64);
    println!("{} is created, closed, with {choices} choices and {} votes", poll.slug, grouped(total));
    Ok(())
}

/// The election in the file, with the rules for ranks applied to its ballots, and the method that counts it.
fn read(args: &ImportArgs, bytes: &[u8], format: Format) -> Result<(Election, Method), StartError> {
    let named = args.rules.method();
    let mut election =
        args.ballots.read(bytes, format, named, &args.file.display().to_string(), formats::MOST_CHOICES)?;
    let method = named.unwrap_or_else(|| election.usual_method());
    // A rule that the method ignores must not change the ballots.
    let is_used = |option: &str| unused::is_used(method, election.kind, option);
    let (overvotes, skipped) = (is_used("--overvotes"), is_used("--skipped-ranks"));
    let rules = &mut election.rules;
    rules.overvotes = if overvotes { rules.overvotes } else { Overvotes::default() };
    rules.skipped = if skipped { rules.skipped } else { Skipped::default() };
    if rules.overvotes == Overvotes::ExhaustSeveral {
        return Err(args.refuse(
            "a poll can’t keep the rule exhaust-several, which depends on who is still in: name another with --overvotes, or \
             count the file with `urna count`",
        ));
    }
    election.apply_rank_rules();
    Ok((election, method))
}

/// What a poll does not take over from the election.
fn notes(election: &Election) -> Vec<String> {
    let mut notes = election.notes.clone();
    if election.rules != Rules::default() {
        notes.push("Its own rules for what methods leave open are not kept, but those for shared and skipped ranks: a poll has the default ones.".into());
    }
    match election.seed {
        None => notes.push("It has no seed for lots: one is drawn, and ties by lot may fall otherwise.".into()),
        Some(_) if election.lots.is_some() || !election.left_out.is_empty() => notes.push(
            "Its lots are drawn anew from its seed among the poll’s choices, and ties by lot may fall otherwise."
                .into(),
        ),
        Some(_) => {}
    }
    notes
}

/// How the file's ballots are marked and counted.
fn marking(election: &Election, method: Method) -> Result<Marking, String> {
    let number = |number: u64| i32::try_from(number).map_err(|_| "a number in it is too large".to_owned());
    let (keys, labels) = (election.keys(), election.labels());
    let highest = number(election.contest(&keys, &labels).highest.into())?;
    let seats = number(election.seats.unwrap_or(1) as u64)?;
    let abstaining = election.profile.iter().any(|(marks, _)| marks.is_empty());
    let marking = Marking { method, seats, highest, abstaining, ..Marking::default() };
    if marking.form().kind == election.kind {
        Ok(marking)
    } else {
        Err(format!("its ballots can’t be kept for {}: name another method with --method", method.label()))
    }
}

/// The ballots as a poll stores them: without skipped ranks. Shared ranks stay, even where voters of such a poll could
/// not mark them.
fn canonical_profile(election: &Election, marking: &Marking) -> Result<Profile, String> {
    let form = Form { ties: true, blank: true, ..marking.form() };
    let mut profile = BTreeMap::new();
    for (text, count) in &election.profile {
        let marks = Marks::parse(text, form, election.keys()).map_err(|error| format!("“{text}”: {error}"))?;
        let sum: &mut u64 = profile.entry(marks.to_string()).or_default();
        *sum = sum.checked_add(*count).ok_or("it has more ballots than can be counted")?;
    }
    Ok(profile.into_iter().collect())
}
