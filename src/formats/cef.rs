//! The Condorcet Election Format, for rankings, picks and approvals.
//!
//! Source: CondorcetVote, "Condorcet Election Format", version 1 (2022),
//! <https://github.com/CondorcetVote/CondorcetElectionFormat>. Where a label has a reserved character, all choices are
//! written by their keys, and remarks have their labels. Approvals are written as a shared first rank.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
};

use super::{
    Election, FormatError, ReadOptions, Unwritable,
    builder::{Builder, Mark},
    remarks,
    source::{Source, short},
};
use crate::{
    count::{Method, Unranked},
    marks::{self, Kind},
};

/// The methods that both have, with their names in the format.
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

/// Characters that the format reserves, and others that programs treat as reserved.
const RESERVED: [char; 12] = ['>', '=', '<', ';', ',', '#', '/', '*', '^', '|', '"', ':'];

/// The ranking of a blank ballot, in the current and in the first version.
const EMPTY: [&str; 2] = ["/EMPTY_RANKING/", "/EMPTY/"];

/// The most notes about names that are no candidates.
const NOTED: usize = 20;

/// Whether a line is a vote in a form that no other format has.
pub(super) fn is_vote(line: &str) -> bool {
    let (vote, count) = line.split_once('#').map_or(line, |(vote, _)| vote).rsplit_once('*').unwrap_or((line, ""));
    EMPTY.iter().any(|empty| vote.trim() == *empty) || vote.contains("||") || count.trim().parse::<u64>().is_ok()
}

/// Reads a file.
pub(super) fn read(text: &str, options: ReadOptions) -> Result<Election, FormatError> {
    let mut builder = Builder::new(text, Kind::Ranking, options);
    let parameters = parameters(&mut builder)?;
    // After the parameters, because remarks are more exact.
    remarks::read_all(&mut builder)?;
    let positions = choices(&mut builder, parameters.candidates)?;
    votes(builder.source).try_for_each(|line| vote(&mut builder, line, parameters.has_weights, &positions))?;
    builder.finish()
}

/// The parameters that decide how votes are read.
#[derive(Default)]
struct Parameters<'t> {
    candidates: Option<&'t str>,
    has_weights: bool,
}

/// Reads the parameters: lines such as `#/Number of Seats: 2`.
fn parameters<'t>(builder: &mut Builder<'t>) -> Result<Parameters<'t>, FormatError> {
    let source = builder.source;
    let mut parameters = Parameters::default();
    for line in source.lines().filter_map(|line| line.strip_prefix("#/")) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        let flag = || value.to_lowercase().parse::<bool>().map_err(|_| source.error(value, "This is true or false."));
        match name.trim().to_lowercase().as_str() {
            "candidates" => parameters.candidates = Some(value),
            "number of seats" | "number of seat" => {
                let known = remarks::set(&mut builder.election, "seats", value);
                known.ok_or_else(|| source.error(value, format!("“{}” is no number of seats.", short(value))))?;
            }
            "implicit ranking" => {
                builder.election.rules.unranked = if flag()? { Unranked::Last } else { Unranked::Ignored };
            }
            "weight allowed" => parameters.has_weights = flag()?,
            "voting methods" => {
                let mut known = METHODS.iter().filter(|(name, _)| name.eq_ignore_ascii_case(value));
                builder.election.method = known.next().map(|(_, method)| *method);
            }
            _ => {}
        }
    }
    Ok(parameters)
}

/// The votes, without comments.
fn votes(source: Source<'_>) -> impl Iterator<Item = &str> {
    let votes = source.lines().map(|line| line.split_once('#').map_or(line, |(vote, _)| vote).trim());
    votes.filter(|vote| !vote.is_empty())
}

/// Adds the choices, which are the candidates or else all names in votes. Returns their positions by these names.
fn choices(builder: &mut Builder<'_>, candidates: Option<&str>) -> Result<HashMap<String, usize>, FormatError> {
    let source = builder.source;
    let labels: HashMap<&str, &str> = source
        .lines()
        .filter_map(remarks::parts)
        .filter_map(|(key, label)| Some((key.strip_prefix("choice ")?.trim(), label)))
        .collect();
    let names: Vec<&str> = match candidates {
        Some(candidates) => candidates.split(';').collect(),
        None => {
            let mut seen = HashSet::new();
            let names = votes(source).flat_map(|vote| ranking(vote).split(['>', '=']));
            names.filter(|name| !EMPTY.contains(&name.trim()) && seen.insert(name.trim())).collect()
        }
    };
    let mut positions = HashMap::new();
    for name in names.into_iter().map(str::trim).filter(|name| !name.is_empty()) {
        positions.insert(name.to_owned(), builder.choices());
        builder.choice(labels.get(name).copied().unwrap_or(name), name)?;
    }
    Ok(positions)
}

/// The ranking of a vote, without its tags, weight and number.
fn ranking(vote: &str) -> &str {
    let ranking = vote.rsplit_once("||").map_or(vote, |(_, ranking)| ranking);
    ranking.split(['^', '*']).next().unwrap_or_default().trim()
}

/// Reads one line of votes.
fn vote(
    builder: &mut Builder<'_>,
    line: &str,
    has_weights: bool,
    positions: &HashMap<String, usize>,
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
    let count = count.checked_mul(if has_weights { weight } else { 1 });
    let count = count.ok_or_else(|| source.error(line, "The weight and the number together are too large."))?;
    let mut marks: Vec<Mark> = Vec::new();
    let mut rank = 1;
    let ranks = ranking(line);
    for part in ranks.split('>').filter(|_| !EMPTY.contains(&ranks)) {
        let before = marks.len();
        for name in part.split('=').map(str::trim) {
            match positions.get(name) {
                Some(choice) => marks.push((*choice, rank)),
                None if name.is_empty() => return Err(source.error(part, "A name is missing here.")),
                // The format says to ignore such a name.
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
    let names: HashMap<&str, &str> = election
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
