//! `urna check`: recounts the ballots and compares the result with the stored profile.

use std::{collections::BTreeMap, process::ExitCode};

use crate::{
    config::Config,
    count::Profile,
    db::Connection,
    marks::{Form, Marks},
    models::{
        poll::{Definition, Poll, Which},
        profile,
    },
    start::{self, StartError},
};

/// `urna check`. Each poll is read in one snapshot.
pub async fn run(config: &Config) -> Result<ExitCode, StartError> {
    let engine = start::connect_migrated(config).await?;
    let mut db = engine.connection().await?;
    let polls = Poll::newest(&mut db, i64::MAX).await?;
    let mut differences = 0;
    let mut ballots = 0;
    for poll in &polls {
        let (found, counted) = db.snapshot(async |db| compare(db, poll).await).await?;
        for difference in &found {
            eprintln!("{}: {difference}", poll.slug);
        }
        differences += found.len();
        ballots += counted;
    }
    println!("{} polls, {ballots} ballots recounted, {differences} differences", polls.len());
    Ok(if differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The differences between a poll's ballots and its stored profile and turnout, and the number of its ballots.
async fn compare(db: &mut Connection, poll: &Poll) -> Result<(Vec<String>, u64), StartError> {
    let which = Which::Slug(poll.slug.clone());
    let recounted: BTreeMap<String, u64> = profile::recount(db, poll.id).await?.into_iter().collect();
    let profile: Profile = profile::read(db, poll.id).await?;
    let turnout = profile::turnout(db, poll.id).await?;
    let definition = Definition::find(db, &which).await?;

    let mut differences = Vec::new();
    let profiled: BTreeMap<&str, u64> = profile.iter().map(|(marks, count)| (marks.as_str(), *count)).collect();
    for (marks, ballots) in &recounted {
        let shown = profiled.get(marks.as_str()).copied().unwrap_or(0);
        if shown != *ballots {
            differences.push(format!("“{marks}” is on {ballots} ballots, the profile says {shown}"));
        }
        // Imported elections may have shared ranks and blank ballots in any poll.
        let form = Form { ties: true, blank: true, ..poll.settings.marking().form() };
        let keys = definition.iter().flat_map(Definition::keys);
        if Marks::parse(marks, form, keys).is_err() {
            differences.push(format!("“{marks}” on {ballots} ballots is none of the choices"));
        }
    }
    for (marks, shown) in profiled {
        if !recounted.contains_key(marks) {
            differences.push(format!("“{marks}” is on no ballot, the profile says {shown}"));
        }
    }
    let counted: u64 = recounted.values().sum();
    if turnout != counted {
        differences.push(format!("there are {counted} ballots, the turnout says {turnout}"));
    }
    Ok((differences, counted))
}
