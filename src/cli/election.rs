//! `urna poll import` of a file with ballots: a closed poll with its ballots from an election held elsewhere.

use std::path::Path;

use chrono::TimeDelta;

use super::{
    import::{ImportArgs, in_words, titled},
    poll::{by_rule, said},
    unused,
};
use crate::{
    count::{Method, Overvotes, Profile, Rules, Skipped},
    db::Connection,
    formats::{self, Election, Format},
    marks::{Form, Marks},
    models::{self, ballot, choice::NewChoice, marking::Marking, new_poll::NewPoll, poll::Poll},
    start::StartError,
    text::grouped,
};

/// The most ballots that are loaded: a number that somebody mistyped must not fill the disk.
const MOST: u64 = 50_000_000;

/// The format of a file, if it has ballots and is no table of choices.
pub fn format(bytes: &[u8], file: &Path) -> Option<Format> {
    let text = str::from_utf8(bytes).ok()?;
    let format = Format::detect(text, &file.to_string_lossy());
    let is_table = match format {
        Format::Csv => !formats::is_table_of_ballots(text),
        // A list of names, one a line, is a table whose first line is missing.
        Format::Rows => !text.contains(['>', ':']) && !text.bytes().any(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    (!is_table).then_some(format)
}

/// Makes the poll with its ballots, closed.
///
/// # Errors
/// [`StartError::Usage`] with the place in the file that is wrong; then nothing is made.
pub async fn run(db: &mut Connection, args: ImportArgs, bytes: &[u8], format: Format) -> Result<(), StartError> {
    let refuse = |why: String| StartError::Usage(format!("{}: {why}", args.file.display()));
    let named = args.rules.method();
    let mut election = args.ballots.read(bytes, format, named, &args.file.display().to_string(), formats::MOST)?;
    let method = named.unwrap_or_else(|| election.usual_method());
    // Ballots are changed by those rules only by which the method counts them.
    let heeds = |option: &str| unused::heeds(method, election.kind, option);
    let (overvotes, skipped) = (heeds("--overvotes"), heeds("--skipped-ranks"));
    let rules = &mut election.rules;
    rules.overvotes = if overvotes { rules.overvotes } else { Overvotes::default() };
    rules.skipped = if skipped { rules.skipped } else { Skipped::default() };
    if rules.overvotes == Overvotes::ExhaustSeveral {
        return Err(refuse(
            "a poll can’t keep the rule exhaust-several, which depends on who is still in: name another with --overvotes, or \
             count the file with `urna count`"
                .into(),
        ));
    }
    election.apply_rank_rules();
    let marking = marking(&election, method).map_err(refuse)?;
    let profile = canonical(&election, &marking).map_err(refuse)?;
    let total: u64 = profile.iter().map(|(_, count)| count).sum();
    if total > MOST {
        return Err(refuse(format!("it has {} ballots; {} are the most", grouped(total), grouped(MOST))));
    }
    let unused = unused::notes(&args.ballots.given(), &[method], election.kind);
    let mut notes = election.notes;
    if election.rules != Rules::default() {
        notes.push("Its own rules for what methods leave open are not kept, but those for shared and skipped ranks: a poll has the default ones.".into());
    }
    match election.seed {
        None => notes.push("It has no seed for lots: one is drawn, and ties by lot may fall otherwise.".into()),
        Some(_) if election.lots.is_some() || !election.left_out.is_empty() => {
            notes.push(
                "Its lots are drawn anew from its seed among the poll’s choices, and ties by lot may fall otherwise."
                    .into(),
            );
        }
        Some(_) => {}
    }
    let title = args.title.clone().or_else(|| Some(election.title.clone()).filter(|title| !title.is_empty()));
    let (title, description, slug) = titled(&args, title.unwrap_or_else(|| in_words(&args.file)))?;
    let choices = election.choices.into_iter().map(|named| NewChoice {
        key: named.key,
        label: named.label,
        ..NewChoice::default()
    });
    let now = models::now();
    let mut new = NewPoll {
        slug,
        title,
        description,
        choices: choices.collect(),
        marking,
        seed: election.seed,
        opens_at: now,
        // Every ballot was cast before it closed.
        closes_at: Some(now + TimeDelta::microseconds(1)),
        ..NewPoll::default()
    };
    args.rules.apply(db, &mut new).await?;
    let made = db.transaction(async |db| {
        let poll = Poll::create(db, &new).await?;
        ballot::load(db, poll.id, &profile, now).await?;
        Ok(poll)
    });
    let poll = made.await.map_err(by_rule)?;
    for note in unused {
        eprintln!("urna: {note}");
    }
    for note in notes {
        eprintln!("urna: {}: {note}", args.file.display());
    }
    let choices = grouped(new.choices.len() as u64);
    said(&poll.slug, &format!("is made, closed, with {choices} choices and {} ballots", grouped(total)))
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

/// The ballots as a poll keeps them: without skipped ranks, and with shared ones even where its own form has none.
fn canonical(election: &Election, marking: &Marking) -> Result<Profile, String> {
    let form = Form { ties: true, blank: true, ..marking.form() };
    let mut profile = std::collections::BTreeMap::new();
    for (text, count) in &election.profile {
        let marks = Marks::parse(text, form, election.keys()).map_err(|error| format!("“{text}”: {error}"))?;
        let sum: &mut u64 = profile.entry(marks.to_string()).or_default();
        *sum = sum.checked_add(*count).ok_or("it has more ballots than can be counted")?;
    }
    Ok(profile.into_iter().collect())
}
