//! Refuses counts that would take too much time or memory.

use std::collections::HashSet;

use crate::{
    count::{self, Ballots, Contest, Cost, Method},
    formats,
    marks::Kind,
    text::grouped,
};

/// The end of the messages: what to do instead.
const HINT: &str = "such as --method borda or --method plurality";

/// Refuses a count whose steps or tables would be too many or too large.
///
/// # Errors
/// A sentence that says why.
pub fn check(method: Method, contest: &Contest<'_>, ballots: &Ballots) -> Result<(), String> {
    method.spec().costs.iter().try_for_each(|cost| match cost {
        Cost::Pairs => pairs(method, contest),
        Cost::Scores => scores(method, contest, ballots),
        Cost::Fractions => fractions(method, contest, ballots),
        Cost::FirstRanks => first_ranks(method, formats::MOST_CHOICES, contest, ballots),
        Cost::Rounds => first_ranks(method, MOST_STEPS / contest.choices().max(1), contest, ballots),
    })
}

/// The pairwise matrix has a number for each pair of choices.
fn pairs(method: Method, contest: &Contest<'_>) -> Result<(), String> {
    if contest.choices() <= formats::MOST_CHOICES {
        return Ok(());
    }
    Err(format!(
        "{} compares each choice with each other, and {} are too many: name another method, {HINT}",
        method.label(),
        grouped(contest.choices() as u64)
    ))
}

/// The table of scores has a number for each choice and each score.
fn scores(method: Method, contest: &Contest<'_>, ballots: &Ballots) -> Result<(), String> {
    let highest = contest.highest as usize;
    let most = formats::MOST_CHOICES.saturating_mul(formats::HIGHEST_SCORE as usize + 1);
    if ballots.kind() != Kind::Score || contest.choices().saturating_mul(highest + 1) <= most {
        return Ok(());
    }
    Err(format!(
        "{} shows how often each choice has each score, and {} choices with scores up to {} are too many: take fewer \
         choices or smaller scores, or --method borda",
        method.label(),
        grouped(contest.choices() as u64),
        grouped(highest as u64)
    ))
}

/// An exact sum of fractions is the longer the more fractions there are.
fn fractions(method: Method, contest: &Contest<'_>, ballots: &Ballots) -> Result<(), String> {
    let (most, places) = (formats::MOST_CHOICES, count::dowdall_places(contest, ballots));
    if places <= most {
        return Ok(());
    }
    Err(format!(
        "{} gives points for {} places, and the fractions are too long; {} places are the most: name another method, {HINT}",
        method.label(),
        grouped(places as u64),
        grouped(most as u64)
    ))
}

/// The most steps of a count by rounds: a round has a step for each choice, and there are at most as many rounds as
/// choices that somebody ranks first.
const MOST_STEPS: usize = 50_000_000;

/// Choices that nobody ranks first are all eliminated in the first round; each other one may take a round.
fn first_ranks(method: Method, most: usize, contest: &Contest<'_>, ballots: &Ballots) -> Result<(), String> {
    if contest.choices() <= formats::MOST_CHOICES {
        return Ok(());
    }
    let most = most.min(formats::MOST_CHOICES);
    let rankings = ballots.as_rankings();
    let first: HashSet<u32> =
        rankings.iter().filter_map(|ballot| ballot.ranks().next()).flatten().map(|mark| mark.choice).collect();
    if first.len() <= most {
        return Ok(());
    }
    Err(format!(
        "{} choices are ranked first by somebody; {} are the most that {} counts: name another method, {HINT}",
        grouped(first.len() as u64),
        grouped(most as u64),
        method.label()
    ))
}
