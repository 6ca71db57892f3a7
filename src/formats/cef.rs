//! The Condorcet Election Format, for rankings, picks and approvals.
//!
//! Source: CondorcetVote, "Condorcet Election Format", version 1 (2022),
//! <https://github.com/CondorcetVote/CondorcetElectionFormat>. Where a label has a character that the format keeps for
//! itself, all choices are written by their keys, and remarks tell their labels. An approval is a choice of the shared
//! first rank.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    Election, FormatError, Reading, Unwritable,
    builder::{Builder, Mark},
    remarks,
    source::short,
};
use crate::{
    count::{Method, Unranked},
    marks::{self, Kind},
};

/// The methods that have a name in both.
const METHODS: [(&str, Method); 12] = [
    ("Borda Count", Method::Borda),
    ("Copeland", Method::Copeland),
    ("Dowdall System", Method::Dowdall),
    ("First-past-the-post", Method::Plurality),
    ("Instant-runoff", Method::Irv),
    ("Minimax Margin", Method::MinimaxMargins),
    ("Minimax Winning", Method::Minimax),
    ("Ranked Pairs Margin", Method::RankedPairsMargins),
    ("Ranked Pairs Winning", Method::RankedPairs),
    ("STV", Method::Stv),
    ("Schulze Margin", Method::SchulzeMargins),
    ("Schulze Winning", Method::Schulze),
];

/// What the format keeps for itself, and what programs take so.
const RESERVED: [char; 12] = ['>', '=', '<', ';', ',', '#', '/', '*', '^', '|', '"', ':'];

/// The ranking of a blank ballot, and as the first version had it.
const EMPTY: [&str; 2] = ["/EMPTY_RANKING/", "/EMPTY/"];

/// The most names that are told as passed over.
const NOTED: usize = 20;

/// Whether a line is a vote as no other format has it.
pub(super) fn is_vote(line: &str) -> bool {
    let (vote, count) = line.split_once('#').map_or(line, |(vote, _)| vote).rsplit_once('*').unwrap_or((line, ""));
    EMPTY.iter().any(|empty| vote.trim() == *empty) || vote.contains("||") || count.trim().parse::<u64>().is_ok()
}

/// Reads a file.
pub(super) fn read(text: &str, reading: Reading) -> Result<Election, FormatError> {
    let mut builder = Builder::new(text, Kind::Ranking, reading);
    let source = builder.source;
    let mut weighted = false;
    let mut names: Option<&str> = None;
    for line in source.lines().filter_map(|line| line.strip_prefix("#/")) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        let flag = || value.to_lowercase().parse::<bool>().map_err(|_| source.error(value, "This is true or false."));
        match name.trim().to_lowercase().as_str() {
            "candidates" => names = Some(value),
            "number of seats" | "number of seat" => {
                let known = remarks::set(&mut builder.election, "seats", value);
                known.ok_or_else(|| source.error(value, format!("“{}” is no number of seats.", short(value))))?;
            }
            "implicit ranking" => {
                builder.election.rules.unranked = if flag()? { Unranked::Last } else { Unranked::Ignored };
            }
            "weight allowed" => weighted = flag()?,
            "voting methods" => {
                let mut known = METHODS.iter().filter(|(name, _)| name.eq_ignore_ascii_case(value));
                builder.election.method = known.next().map(|(_, method)| *method);
            }
            _ => {}
        }
    }
    // What is remarked is more exact.
    remarks::take_all(&mut builder)?;
    let labels: BTreeMap<&str, &str> = source
        .lines()
        .filter_map(remarks::parts)
        .filter_map(|(key, label)| Some((key.strip_prefix("choice ")?.trim(), label)))
        .collect();
    let votes = || {
        source
            .lines()
            .map(|line| line.split_once('#').map_or(line, |(vote, _)| vote).trim())
            .filter(|vote| !vote.is_empty())
    };
    let mut keys = BTreeMap::new();
    let mut add = |builder: &mut Builder<'_>, name: &str, at: &str| {
        keys.insert(name.to_owned(), builder.choices());
        builder.choice(labels.get(name).copied().unwrap_or(name), at)
    };
    match names {
        Some(names) => {
            for name in names.split(';').map(str::trim).filter(|name| !name.is_empty()) {
                add(&mut builder, name, name)?;
            }
        }
        None => {
            let mut seen = std::collections::BTreeSet::new();
            for vote in votes() {
                for name in ranking(vote).split(['>', '=']).map(str::trim).filter(|name| !name.is_empty()) {
                    if !EMPTY.contains(&name) && seen.insert(name) {
                        add(&mut builder, name, name)?;
                    }
                }
            }
        }
    }
    votes().try_for_each(|line| vote(&mut builder, line, weighted, &keys))?;
    builder.finish()
}

/// The ranking of a vote, without its tags, weight and number.
fn ranking(vote: &str) -> &str {
    let ranking = vote.rsplit_once("||").map_or(vote, |(_, ranking)| ranking);
    ranking.split(['^', '*']).next().unwrap_or_default().trim()
}

fn vote(
    builder: &mut Builder<'_>,
    line: &str,
    weighted: bool,
    keys: &BTreeMap<String, usize>,
) -> Result<(), FormatError> {
    let source = builder.source;
    let after = line.rsplit_once("||").map_or(line, |(_, ranking)| ranking);
    let (after, count) = match after.split_once('*') {
        Some((after, count)) => (after, source.count(count.trim())?),
        None => (after, 1),
    };
    let weight = match after.split_once('^') {
        Some((_, weight)) => source.count(weight.trim())?,
        None => 1,
    };
    let count = count.checked_mul(if weighted { weight } else { 1 });
    let count = count.ok_or_else(|| source.error(line, "The weight and the number together are too large."))?;
    let mut marks: Vec<Mark> = Vec::new();
    let mut rank = 1;
    let ranks = ranking(line);
    for part in ranks.split('>').filter(|_| !EMPTY.contains(&ranks)) {
        let before = marks.len();
        for name in part.split('=').map(str::trim) {
            match keys.get(name) {
                Some(choice) => marks.push((*choice, rank)),
                None if name.is_empty() => return Err(source.error(part, "A name is missing here.")),
                // As the format has it; but not in silence.
                None => {
                    let note = format!("“{}” is not among the candidates and is passed over.", short(name));
                    let notes = &mut builder.election.notes;
                    if notes.len() < NOTED && !notes.contains(&note) {
                        notes.push(note);
                    }
                }
            }
        }
        rank += u32::from(marks.len() > before);
    }
    builder.ballot(marks, count, line)
}

/// Writes a file.
pub(super) fn write(election: &Election) -> Result<String, Unwritable> {
    if election.kind == Kind::Score {
        return Err(Unwritable("The Condorcet Election Format has no scores. Take CSV, JSON or PrefLib’s format."));
    }
    if super::has_skipped_ranks(election) {
        return Err(Unwritable("The Condorcet Election Format has no skipped ranks. Take CSV, JSON or BLT."));
    }
    let by_label = election.choices.iter().all(|choice| !choice.label.contains(RESERVED));
    let names: BTreeMap<&str, &str> = election
        .choices
        .iter()
        .map(|choice| (choice.key.as_str(), if by_label { &choice.label } else { &choice.key }.as_str()))
        .collect();
    let listed: Vec<&str> = election.choices.iter().map(|choice| names[choice.key.as_str()]).collect();
    let mut text = format!("#/Candidates: {}\n", listed.join(" ; "));
    if let Some(seats) = election.seats {
        let _ = writeln!(text, "#/Number of Seats: {seats}");
    }
    let _ = writeln!(text, "#/Implicit Ranking: {}", election.rules.unranked == Unranked::Last);
    if let Some((name, _)) = METHODS.iter().find(|(_, method)| Some(*method) == election.method) {
        let _ = writeln!(text, "#/Voting Methods: {name}");
    }
    for remark in remarks::of(election, &["seats", "unranked"]) {
        let _ = writeln!(text, "{remark}");
    }
    for choice in election.choices.iter().filter(|_| !by_label) {
        let _ = writeln!(text, "{}", remarks::choice(&choice.key, &choice.label));
    }
    text.push('\n');
    for (marks, count) in &election.profile {
        let mut before = 0;
        for (key, rank) in marks::read(election.kind, marks).flatten() {
            text.push_str(if before == 0 {
                ""
            } else if before == rank {
                " = "
            } else {
                " > "
            });
            before = rank;
            text.push_str(names.get(key).copied().unwrap_or(key));
        }
        let _ = writeln!(text, "{} * {count}", if marks.is_empty() { EMPTY[0] } else { "" });
    }
    Ok(text)
}
