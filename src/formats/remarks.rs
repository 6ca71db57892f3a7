//! Remarks: comments with what a format has no field for, such as `# urna method: stv`.

use super::{Election, FormatError, builder::Builder, kind_from, kind_word, source::short};
use crate::{
    count::{Elimination, Method, Overvotes, Quota, Rules, Skipped, Unranked, Until},
    marks::Kind,
    text,
};

/// The prefix of a remark, after the `#` of the comment.
const PREFIX: &str = "urna ";

/// The remarks of an election, except for the keys that the format has fields for.
pub(super) fn of(election: &Election, except: &[&str]) -> Vec<String> {
    let Election { title, method, seats, highest, lots, seed, rules, .. } = election;
    let usual = Rules::default();
    let lots = lots.as_ref().map(|lots| lots.iter().map(|lot| (lot + 1).to_string()).collect::<Vec<_>>().join(" "));
    let changed = |word: &'static str, same: bool| (!same).then(|| word.to_owned());
    let all = [
        ("title", (!title.is_empty()).then(|| title.clone())),
        ("kind", (election.kind != Kind::Ranking).then(|| kind_word(election.kind).to_owned())),
        ("method", method.map(|method| method.as_str().to_owned())),
        ("seats", seats.map(|seats| seats.to_string())),
        ("highest", highest.map(|highest| highest.to_string())),
        ("lots", lots),
        ("seed", seed.clone()),
        ("overvotes", changed(rules.overvotes.as_str(), rules.overvotes == usual.overvotes)),
        ("skipped-ranks", changed(rules.skipped.as_str(), rules.skipped == usual.skipped)),
        ("unranked", changed(rules.unranked.as_str(), rules.unranked == usual.unranked)),
        ("quota", changed(rules.quota.as_str(), rules.quota == usual.quota)),
        ("elimination", changed(rules.elimination.as_str(), rules.elimination == usual.elimination)),
        ("until", changed(rules.until.as_str(), rules.until == usual.until)),
    ];
    let needed = all.into_iter().filter(|(key, _)| !except.contains(key));
    needed.filter_map(|(key, value)| Some(format!("# {PREFIX}{key}: {}", value?))).collect()
}

/// The remark with the label of a choice whose ballots have its key.
pub(super) fn choice(key: &str, label: &str) -> String {
    format!("# {PREFIX}choice {key}: {label}")
}

/// Reads every remark of a text, each on a line of its own.
pub(super) fn read_all(builder: &mut Builder<'_>) -> Result<(), FormatError> {
    for line in builder.source.lines() {
        read(builder, line)?;
    }
    Ok(())
}

/// Reads a line if it is a remark.
fn read<'t>(builder: &mut Builder<'t>, line: &'t str) -> Result<(), FormatError> {
    let Some((key, value)) = parts(line) else { return Ok(()) };
    let known = match key {
        "title" => Some(builder.title(value, value)?),
        "lots" => {
            builder.lots = Some(value);
            Some(())
        }
        // A format with remarks for each line has ranks; formats with scores have another field for the kind.
        "kind" if value == kind_word(Kind::Score) => None,
        // The labels of choices: the reader of a format that writes keys looks for them itself.
        _ if key.starts_with("choice ") => Some(()),
        _ => set(&mut builder.election, key, value),
    };
    known.ok_or_else(|| {
        let what = format!("“{}” is nothing that “{key}” can be. Change it or take the line out.", short(value));
        builder.source.error(value, what)
    })
}

/// The key and the value of a remark.
pub(super) fn parts(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.strip_prefix('#')?.trim_start().strip_prefix(PREFIX)?.split_once(':')?;
    Some((key.trim(), value.trim()))
}

/// Sets a property of the election from its text; `None` for an unknown key or value.
pub(super) fn set(election: &mut Election, key: &str, value: &str) -> Option<()> {
    let rules = &mut election.rules;
    match key {
        "kind" => election.kind = kind_from(value)?,
        "method" => election.method = Some(Method::from_word(value)?),
        "seats" => election.seats = Some(seats(value.parse().ok()?)?),
        "highest" => election.highest = Some(highest(value.parse().ok()?)?),
        "seed" => election.seed = Some(seed(value)?),
        "overvotes" => rules.overvotes = Overvotes::from_word(value)?,
        "skipped-ranks" => rules.skipped = Skipped::from_word(value)?,
        "unranked" => rules.unranked = Unranked::from_word(value)?,
        "quota" => rules.quota = Quota::from_word(value)?,
        "elimination" => rules.elimination = Elimination::from_word(value)?,
        "until" => rules.until = Until::from_word(value)?,
        _ => return None,
    }
    Some(())
}

/// A valid number of seats.
pub(super) fn seats(seats: usize) -> Option<usize> {
    (1..=super::MOST_CHOICES).contains(&seats).then_some(seats)
}

/// A valid highest score.
pub(super) fn highest(highest: u32) -> Option<u32> {
    (1..=super::HIGHEST_SCORE).contains(&highest).then_some(highest)
}

/// A valid seed: one line that normalisation does not change.
pub(super) fn seed(seed: &str) -> Option<String> {
    text::line(seed, 1000).ok().filter(|line| line == seed)
}
