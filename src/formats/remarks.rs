//! What a format has no place for, in its comments: `# urna method: stv`.

use super::{Election, FormatError, builder::Builder, kind_from, kind_word, source::short};
use crate::{
    count::{Elimination, Method, Overvotes, Quota, Rules, Skipped, Unranked, Until},
    marks::Kind,
    text,
};

/// What begins a remark, after the sign of a comment.
const SIGN: &str = "urna ";

/// The remarks of an election, without those that the format has a place for.
pub(super) fn of(election: &Election, but: &[&str]) -> Vec<String> {
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
    let told = all.into_iter().filter(|(key, _)| !but.contains(key));
    told.filter_map(|(key, value)| Some(format!("# {SIGN}{key}: {}", value?))).collect()
}

/// The remark that tells the label of a choice that is written by its key.
pub(super) fn choice(key: &str, label: &str) -> String {
    format!("# {SIGN}choice {key}: {label}")
}

/// Takes every remark of a text, each on a line of its own.
pub(super) fn take_all(builder: &mut Builder<'_>) -> Result<(), FormatError> {
    for line in builder.source.lines() {
        take(builder, line)?;
    }
    Ok(())
}

/// Takes what a line says if it is a remark.
pub(super) fn take<'t>(builder: &mut Builder<'t>, line: &'t str) -> Result<(), FormatError> {
    let Some((key, value)) = parts(line) else { return Ok(()) };
    let known = match key {
        "title" => Some(builder.title(value, value)?),
        "lots" => {
            builder.lots = Some(value);
            Some(())
        }
        // Scores are no ranks: formats that have them tell so in their own way.
        "kind" if value == kind_word(Kind::Score) => None,
        // The choices of formats that take safe names only; those readers look for them.
        _ if key.starts_with("choice ") => Some(()),
        _ => set(&mut builder.election, key, value),
    };
    known.ok_or_else(|| {
        let what = format!("“{}” is nothing that “{key}” can be. Mend it or take the line out.", short(value));
        builder.source.error(value, what)
    })
}

/// The key and the value of a remark.
pub(super) fn parts(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.strip_prefix('#')?.trim_start().strip_prefix(SIGN)?.split_once(':')?;
    Some((key.trim(), value.trim()))
}

/// Sets what is known by a word; `None` for what is not.
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

/// A number of seats that can be.
pub(super) fn seats(seats: usize) -> Option<usize> {
    (1..=super::MOST_CHOICES).contains(&seats).then_some(seats)
}

/// A highest score that can be.
pub(super) fn highest(highest: u32) -> Option<u32> {
    (1..=super::HIGHEST_SCORE).contains(&highest).then_some(highest)
}

/// A seed that stays the same wherever it is written: one regular line.
pub(super) fn seed(seed: &str) -> Option<String> {
    text::line(seed, 1000).ok().filter(|line| line == seed)
}
