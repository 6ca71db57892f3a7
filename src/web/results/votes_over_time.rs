//! When the votes came: a bar for each step of time, and its table.

use chrono::{NaiveDateTime, TimeDelta};
use serde::Serialize;

use crate::{
    models::{eligibility::Eligibility, poll::Poll, state::State, visibility::Viewer, votes_over_time::QUARTER},
    moments::{self, Zone},
    text::grouped,
};

/// The most steps of a chart.
const STEPS: i64 = 100;

/// How long the votes of a chart with steps of a quarter of an hour, or of an hour, come at most.
const BY_QUARTERS: TimeDelta = TimeDelta::hours(12);
const BY_HOURS: TimeDelta = TimeDelta::days(4);

/// The fewest votes of a step where it is known who has voted: of fewer, somebody who knows when one of them voted could
/// learn the vote from results that were read before and after.
const CROWD: u64 = 8;

/// The chart.
#[derive(Debug, Serialize)]
pub struct VotesOverTime {
    steps: Vec<Step>,
    first: String,
    last: String,
    /// When most came for the time that it took, and how many.
    busiest: String,
    zone: String,
}

#[derive(Debug, Serialize)]
struct Step {
    label: String,
    votes: String,
    /// Where its bar is and how wide, in thousandths of the whole time.
    start: u64,
    width: u64,
    /// How high its bar is, in thousandths: votes for the time that they took, against the busiest step.
    height: u64,
}

/// A step: from when, until when, how many votes.
type Span = (NaiveDateTime, NaiveDateTime, u64);

/// Whether a viewer may see when the votes of a poll came.
pub fn allowed(poll: &Poll, viewer: Viewer, state: State) -> bool {
    let is_over = state == State::Closed;
    poll.settings.shows_turnout(viewer, state)
        && !poll.draft
        && (is_over || poll.settings.eligibility == Eligibility::Open)
}

impl VotesOverTime {
    /// The chart of a poll with votes in these quarters of an hour, where they make at least two steps.
    pub fn new(poll: &Poll, quarters: &[(NaiveDateTime, u64)]) -> Option<Self> {
        let zone = moments::of_poll(&poll.settings.zone);
        let (first, last) = (quarters.first()?.0, quarters.last()?.0 + QUARTER);
        let by_days = last - first > BY_HOURS;
        let mut spans = spans(&boundaries(first, last, &zone), quarters);
        if poll.settings.eligibility != Eligibility::Open {
            spans = merged(&spans);
        }
        let [(start, ..), _, ..] = spans[..] else { return None };
        let end = spans.last()?.1;
        let label = |(from, to, _): &Span| if by_days { days(*from, *to, &zone) } else { hours(*from, *to, &zone) };
        let busiest =
            spans.iter().copied().reduce(|best, other| if is_busier(&other, &best) { other } else { best })?;
        let steps = spans.iter().map(|span| Step {
            label: label(span),
            votes: grouped(span.2),
            start: permille(span.0 - start, end - start),
            width: permille(span.1 - span.0, end - start).max(1),
            height: rate(span).saturating_mul(1000) / rate(&busiest).max(1),
        });
        Some(Self {
            steps: steps.collect(),
            first: label(&(start, start, 0)),
            last: label(&(end, end, 0)),
            busiest: format!("{}, with {} votes", label(&busiest), grouped(busiest.2)),
            zone: zone.name().to_owned(),
        })
    }
}

/// Where steps begin, and where the last one ends.
fn boundaries(first: NaiveDateTime, last: NaiveDateTime, zone: &Zone) -> Vec<NaiveDateTime> {
    let long = last - first;
    let nth: Box<dyn Fn(i64) -> NaiveDateTime> = if long <= BY_QUARTERS {
        Box::new(|n| first + QUARTER * i32::try_from(n).unwrap_or(i32::MAX))
    } else if long <= BY_HOURS {
        let start = moments::start_of_hour(first, zone);
        Box::new(move |n| start + TimeDelta::hours(n))
    } else {
        let days = long.num_days() / STEPS + 1;
        Box::new(move |n| moments::start_of_day(first, zone, n * days))
    };
    let mut boundaries: Vec<_> = (0..=STEPS + 1).map(nth).collect();
    // Up to the first one that has all before it.
    boundaries.truncate(boundaries.partition_point(|boundary| *boundary < last) + 1);
    boundaries
}

fn spans(boundaries: &[NaiveDateTime], quarters: &[(NaiveDateTime, u64)]) -> Vec<Span> {
    let votes = |from, to| {
        let after = &quarters[quarters.partition_point(|quarter| quarter.0 < from)..];
        after.iter().take_while(|quarter| quarter.0 < to).map(|quarter| quarter.1).sum()
    };
    boundaries.windows(2).map(|pair| (pair[0], pair[1], votes(pair[0], pair[1]))).collect()
}

/// Steps of at least [`CROWD`] votes, without a gap between them.
fn merged(spans: &[Span]) -> Vec<Span> {
    let mut merged: Vec<Span> = Vec::new();
    for (from, to, votes) in spans.iter().copied() {
        match merged.last_mut() {
            Some(last) if last.2 < CROWD => (last.1, last.2) = (to, last.2 + votes),
            _ => merged.push((from, to, votes)),
        }
    }
    // What is left over at the end belongs to the step before.
    if let [.., before, left] = &mut merged[..]
        && left.2 < CROWD
    {
        (before.1, before.2) = (left.1, before.2 + left.2);
        merged.pop();
    }
    merged
}

/// Votes a day, in thousandths.
fn rate((from, to, votes): &Span) -> u64 {
    let seconds = (*to - *from).num_seconds().unsigned_abs().max(1);
    u64::try_from(u128::from(*votes) * 86_400_000 / u128::from(seconds)).unwrap_or(u64::MAX)
}

fn is_busier(one: &Span, other: &Span) -> bool {
    rate(one) > rate(other)
}

fn permille(part: TimeDelta, whole: TimeDelta) -> u64 {
    part.num_seconds().unsigned_abs().saturating_mul(1000) / whole.num_seconds().unsigned_abs().max(1)
}

/// From one time to another: `3 May 2026, 09:00 – 10:00`.
fn hours(from: NaiveDateTime, to: NaiveDateTime, zone: &Zone) -> String {
    let (from, to) = (moments::local(from, zone), moments::local(to, zone));
    let end = if from.date() == to.date() { to.format("%H:%M") } else { to.format("%-d %B %Y, %H:%M") };
    let begin = from.format("%-d %B %Y, %H:%M");
    if from == to { begin.to_string() } else { format!("{begin} – {end}") }
}

/// From one day to another, both included: `3 May 2026 – 9 May 2026`.
fn days(from: NaiveDateTime, to: NaiveDateTime, zone: &Zone) -> String {
    let last = (to - TimeDelta::seconds(1)).max(from);
    let (from, last) = (moments::local(from, zone), moments::local(last, zone));
    let (begin, end) = (from.format("%-d %B %Y"), last.format("%-d %B %Y"));
    if from.date() == last.date() { begin.to_string() } else { format!("{begin} – {end}") }
}
