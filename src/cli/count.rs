//! `urna count`: counts a file of ballots. Needs no database and no configuration.

use std::{
    fs,
    io::{self, ErrorKind, Read as _, Write as _},
    process::ExitCode,
};

use clap::Args;

use super::{
    ballots::{BallotArgs, position, words},
    bounds, unused,
};
use crate::{
    count::{self, Ballots, Contest, Elimination, Method, Outcome, Quota, Unranked, Until},
    formats::{self, Election, Format},
    marks::Kind,
    start::StartError,
    text::grouped,
    words::{
        comparison,
        counting::{count_error, unreadable_marks},
        json,
        report::{Heading, report},
    },
};

/// The most choices of which `--all` prints each method's report.
const REPORTED: usize = 200;

/// What to count, and how.
#[derive(Debug, Args)]
pub struct CountArgs {
    /// The file: CSV, JSON, PrefLib, BLT, Condorcet Election Format, or rows of scores or rankings; - is standard input
    file: String,
    /// The method; without it the one that the file names, or the plainest for its ballots
    #[arg(long, value_name = "NAME", value_parser = words(Method::ALL.map(Method::as_str), Method::from_word))]
    method: Option<Method>,
    /// How many choices win
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=formats::MOST_CHOICES as i64))]
    seats: Option<u16>,
    /// Count by every method that reads such ballots, and compare
    #[arg(long, conflicts_with = "method")]
    all: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
    /// The lot order for ties: the choices' numbers on the ballot in the file, the first drawn first; those of --without
    /// may stand among them or not
    #[arg(long, value_name = "3,1,2", conflicts_with = "seed")]
    lots: Option<String>,
    /// Draw the lot order from a seed
    #[arg(long, value_name = "TEXT")]
    seed: Option<String>,
    /// The highest score that could be given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(formats::HIGHEST_SCORE)))]
    highest: Option<u32>,
    #[command(flatten)]
    ballots: BallotArgs,
    /// What a ballot says of choices that it does not rank; last if not given
    #[arg(long, value_parser = words(Unranked::ALL.iter().map(|rule| rule.as_str()), Unranked::from_word))]
    unranked: Option<Unranked>,
    /// How many votes elect in STV; droop if not given
    #[arg(long, value_parser = words(Quota::ALL.iter().map(|rule| rule.as_str()), Quota::from_word))]
    quota: Option<Quota>,
    /// In instant runoff: the last one is eliminated, or all who can't catch up at once; one if not given
    #[arg(long, value_parser = words(Elimination::ALL.iter().map(|rule| rule.as_str()), Elimination::from_word))]
    elimination: Option<Elimination>,
    /// In instant runoff: rounds go on until one has a majority, or until two are left; majority if not given
    #[arg(long, value_parser = words(Until::ALL.iter().map(|rule| rule.as_str()), Until::from_word))]
    until: Option<Until>,
    /// In instant runoff and STV: the choice that stands for all who were written in and are no candidates; it is
    /// eliminated first
    #[arg(long, value_name = "CHOICE")]
    write_ins: Option<String>,
    /// The format of the file, where it can't be told from it
    #[arg(long, value_name = "NAME", value_parser = words(Format::ALL.map(Format::as_str), Format::from_word))]
    format: Option<Format>,
}

/// `urna count`.
///
/// # Errors
/// [`StartError::Usage`] with the place of what can't be read, or why it can't be counted so.
pub fn run(args: &CountArgs) -> Result<ExitCode, StartError> {
    let bytes = bytes(&args.file)?;
    let name = if args.file == "-" { "standard input" } else { &args.file };
    let election = election(args, name, &bytes)?;
    for note in &election.notes {
        eprintln!("urna: {name}: {note}");
    }
    let (keys, labels) = (election.keys(), election.labels());
    let contest = election.contest(&keys, &labels);
    let usage = |what: String| StartError::Usage(format!("{name}: {what}"));
    let ballots =
        Ballots::read(election.kind, &keys, &election.profile).map_err(|marks| usage(unreadable_marks(&marks)))?;
    let method = args.method.unwrap_or_else(|| election.usual_method());
    let note_unused = |methods: &[Method]| {
        for note in unused::notes(&given(args), methods, election.kind) {
            eprintln!("urna: {note}");
        }
    };
    let counted = |method| {
        bounds::check(method, &contest, &ballots).map_err(usage)?;
        count::count(method, &contest, &ballots).map_err(|error| usage(count_error(&error)))
    };
    let seed = election.seed.as_deref().filter(|_| election.lots.is_none());
    let heading = Heading { title: &election.title, seed };
    if !args.all {
        note_unused(&[method]);
        let outcome = counted(method)?;
        return print(&match args.json {
            true => written(&json::object(&outcome, &heading, &contest))?,
            false => report(&outcome, &heading, &contest),
        });
    }
    let methods = all_methods(name, &contest, &ballots, election.kind)?;
    note_unused(&methods);
    let outcomes = methods.into_iter().map(counted).collect::<Result<Vec<Outcome>, _>>()?;
    print(&match args.json {
        true => written(&outcomes.iter().map(|outcome| json::object(outcome, &heading, &contest)).collect::<Vec<_>>())?,
        // The reports of so many choices are for one method at a time.
        false if contest.choices() > REPORTED => comparison::table(&outcomes, contest.labels),
        false => {
            let reports: Vec<String> = outcomes.iter().map(|outcome| report(outcome, &heading, &contest)).collect();
            format!("{}\n\n{}", reports.join("\n\n"), comparison::table(&outcomes, contest.labels))
        }
    })
}

/// All methods that read such ballots and can count so many choices. Prints which others are left out.
fn all_methods(name: &str, contest: &Contest<'_>, ballots: &Ballots, kind: Kind) -> Result<Vec<Method>, StartError> {
    let readers = Method::ALL.into_iter().filter(|method| method.reads(kind));
    let readers = readers.filter(|method| contest.seats == 1 || method.takes_seats());
    let choices = grouped(contest.choices() as u64);
    let is_long = count::is_too_long(contest, ballots);
    let (possible, others): (Vec<Method>, Vec<Method>) = readers.partition(|method| {
        let fits = !is_long && contest.choices() <= method.most_choices();
        fits && bounds::check(*method, contest, ballots).is_ok()
    });
    if possible.is_empty() {
        let distinct = grouped(ballots.iter().count() as u64);
        return Err(StartError::Usage(format!(
            "{name}: {distinct} different ballots with {choices} choices are too many to count by every method: name one with --method"
        )));
    }
    if !others.is_empty() {
        let words: Vec<&str> = others.into_iter().map(Method::as_str).collect();
        let words = words.join(", ");
        eprintln!("urna: {name}: {choices} choices are too many to compare by {words}: name one with --method");
    }
    Ok(possible)
}

fn bytes(file: &str) -> Result<Vec<u8>, StartError> {
    let mut bytes = Vec::new();
    let read = match file {
        "-" => io::stdin().read_to_end(&mut bytes).map(|_| bytes),
        _ => fs::read(file),
    };
    read.map_err(|error| StartError::Usage(format!("{file} can’t be read: {error}")))
}

/// The election in the file, with what the command line says of it.
fn election(args: &CountArgs, name: &str, bytes: &[u8]) -> Result<Election, StartError> {
    let format = args.format.unwrap_or_else(|| Format::detect(&String::from_utf8_lossy(bytes), name));
    let mut election = args.ballots.read(bytes, format, args.method, name, formats::MOST_COUNTED_CHOICES)?;
    let write_ins = args.write_ins.as_deref().map(|choice| position(&election, choice, "--write-ins")).transpose()?;
    if let Some(lots) = &args.lots {
        let all = election.choices.len() + election.left_out.len();
        let without = if election.left_out.is_empty() { "" } else { ", with or without those of --without" };
        let what = || format!("--lots needs each number from 1 to {all} once{without}, such as 2,1,3");
        election.lots = Some(election.lot_order(lots).ok_or_else(|| StartError::Usage(what()))?);
    }
    if let Some(seed) = &args.seed {
        (election.lots, election.seed) = (None, Some(seed.clone()));
    }
    election.seats = args.seats.map(usize::from).or(election.seats);
    election.highest = args.highest.or(election.highest);
    let rules = &mut election.rules;
    rules.unranked = args.unranked.unwrap_or(rules.unranked);
    rules.quota = args.quota.unwrap_or(rules.quota);
    rules.elimination = args.elimination.unwrap_or(rules.elimination);
    rules.until = args.until.unwrap_or(rules.until);
    rules.write_ins = write_ins;
    Ok(election)
}

/// The options that were given, of those that not every count uses.
fn given(args: &CountArgs) -> Vec<&'static str> {
    let own = [
        ("--highest", args.highest.is_some()),
        ("--unranked", args.unranked.is_some()),
        ("--quota", args.quota.is_some()),
        ("--elimination", args.elimination.is_some()),
        ("--until", args.until.is_some()),
        ("--write-ins", args.write_ins.is_some()),
    ];
    let own = own.into_iter().filter(|(_, given)| *given).map(|(option, _)| option);
    args.ballots.given().into_iter().chain(own).collect()
}

fn written(value: &impl serde::Serialize) -> Result<String, StartError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| StartError::Usage(error.to_string()))?;
    Ok(text + "\n")
}

/// Prints a text. A reader that has seen enough is no error.
fn print(text: &str) -> Result<ExitCode, StartError> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(StartError::Usage(format!("nothing can be printed: {error}")))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
