//! Elections as files: choices, ballots and what is needed to count them, read from and written in the formats that
//! others use too. A file a format, each with a reader and, but for [`rows`], a writer over one [`Election`].
//!
//! Never touches a database, a clock or HTTP. Nothing is allocated by a number that a file only claims.

mod blt;
mod builder;
mod cases;
mod cef;
mod csv;
mod json;
mod preflib;
mod remarks;
mod rows;
mod source;

pub use builder::{HIGHEST, MOST};
pub use source::FormatError;

use std::collections::HashMap;

use crate::{
    count::{Contest, Lots, Method, Profile, Rules},
    marks::{self, Kind},
};

/// Choices, ballots and what a file says of their count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Election {
    /// What was asked, or empty.
    pub title: String,
    /// In the order of the ballot.
    pub choices: Vec<Named>,
    /// What is marked.
    pub kind: Kind,
    /// Marks in canonical form, but with a rank that was skipped (`a>>b`); each once, sorted.
    pub profile: Profile,
    /// How it is to be counted.
    pub method: Option<Method>,
    /// How many are to be elected.
    pub seats: Option<usize>,
    /// The highest score that could be given.
    pub highest: Option<u32>,
    /// The lot order: positions from 0, the first drawn first.
    pub lots: Option<Vec<usize>>,
    /// What lots are drawn from, where their order is not told.
    pub seed: Option<String>,
    /// The rules that methods leave open; each at its default where the file says nothing of it.
    pub rules: Rules,
    /// What was passed over on reading, a sentence each.
    pub notes: Vec<String>,
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its key in marks.
    pub key: String,
    /// Its name.
    pub label: String,
}

impl Election {
    /// An election without choices and ballots.
    pub fn new(kind: Kind) -> Self {
        Self {
            title: String::new(),
            choices: Vec::new(),
            kind,
            profile: Vec::new(),
            method: None,
            seats: None,
            highest: None,
            lots: None,
            seed: None,
            rules: Rules::default(),
            notes: Vec::new(),
        }
    }

    /// The choices' keys.
    pub fn keys(&self) -> Vec<&str> {
        self.choices.iter().map(|choice| choice.key.as_str()).collect()
    }

    /// The choices' labels.
    pub fn labels(&self) -> Vec<&str> {
        self.choices.iter().map(|choice| choice.label.as_str()).collect()
    }

    /// What is counted but for the ballots, as the file says it: one seat where it says nothing, lots by their order,
    /// else by the seed, else in the order of the ballot; the highest score 5 or what was given.
    pub fn contest<'c>(&self, keys: &'c [&'c str], labels: &'c [&'c str]) -> Contest<'c> {
        let lots = match (&self.lots, &self.seed) {
            (Some(order), _) => Lots::of(order),
            (None, Some(seed)) => Lots::drawn(seed, keys.len()),
            (None, None) => Lots::as_listed(keys.len()),
        };
        let contest = Contest::new(keys, labels);
        let highest = self.highest.unwrap_or_else(|| contest.highest.max(self.highest_given()));
        Contest { seats: self.seats.unwrap_or(1), highest, rules: self.rules.clone(), lots, ..contest }
    }

    /// The method that the file names, or the plainest one for its kind of marks and number of seats.
    pub fn usual_method(&self) -> Method {
        self.method.unwrap_or(match self.kind {
            Kind::Pick => Method::Plurality,
            Kind::Approval => Method::Approval,
            Kind::Score => Method::Score,
            Kind::Ranking if self.seats.is_some_and(|seats| seats > 1) => Method::Stv,
            Kind::Ranking => Method::Irv,
        })
    }

    /// The highest score on any ballot; 0 where there are no scores.
    fn highest_given(&self) -> u32 {
        let scores = self.profile.iter().filter(|_| self.kind == Kind::Score);
        scores.flat_map(|(text, _)| marks::read(self.kind, text)).flatten().map(|(_, score)| score).max().unwrap_or(0)
    }
}

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table: a row for each distinct ballot, a column for each choice.
    Csv,
    /// Urna's own, with everything.
    Json,
    /// PrefLib's, with the extensions `soc`, `soi`, `toc`, `toi` and `cat`.
    Preflib,
    /// Hill, Wichmann and Woodall's, for rankings.
    Blt,
    /// The Condorcet Election Format, for rankings.
    Cef,
    /// Rows of scores or of rankings, as people type them; only read.
    Rows,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Csv, Self::Json, Self::Preflib, Self::Blt, Self::Cef, Self::Rows];

    /// Its name on the command line and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Preflib => "preflib",
            Self::Blt => "blt",
            Self::Cef => "cef",
            Self::Rows => "rows",
        }
    }

    /// The format of this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }

    /// What ends the name of a file with this election, without the dot.
    pub fn extension(self, election: &Election) -> &'static str {
        match self {
            Self::Preflib => preflib::data_type(election),
            Self::Cef => "cvotes",
            Self::Rows => "txt",
            _ => self.as_str(),
        }
    }

    /// The format of a text: by what no other has, else by the extension of the file's `name`, else by its first line.
    pub fn detect(text: &str, name: &str) -> Self {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.clone().find(|line| !line.starts_with('#')).unwrap_or_default();
        if first.starts_with(['{', '[']) {
            return Self::Json;
        }
        if lines.clone().any(|line| line.starts_with("#/")) {
            return Self::Cef;
        }
        if lines.clone().any(preflib::is_metadata) {
            return Self::Preflib;
        }
        if csv::is_header(first) {
            return Self::Csv;
        }
        match name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase().as_str() {
            "csv" | "tsv" => return Self::Csv,
            "json" => return Self::Json,
            "soc" | "soi" | "toc" | "toi" | "cat" => return Self::Preflib,
            "blt" => return Self::Blt,
            "cvotes" | "cef" => return Self::Cef,
            _ => {}
        }
        let numbers = first.split_whitespace().take_while(|word| word.parse::<u64>().is_ok()).count();
        match (numbers, first.split_whitespace().count()) {
            (2.., _) => Self::Blt,
            (1, 1) => Self::Preflib,
            _ if lines.any(cef::is_vote) => Self::Cef,
            _ => Self::Rows,
        }
    }
}

/// Reads an election. `method` is how it is meant to be counted, for files that don't tell what their marks are.
///
/// # Errors
/// [`FormatError`] with the place of what can't be read.
pub fn read(bytes: &[u8], format: Format, method: Option<Method>) -> Result<Election, FormatError> {
    let text = source::text(bytes)?;
    match format {
        Format::Csv => csv::read(text, method),
        Format::Json => json::read(text, method),
        Format::Preflib => preflib::read(text),
        Format::Blt => blt::read(text),
        Format::Cef => cef::read(text),
        Format::Rows => rows::read(text, method),
    }
}

/// Writes an election.
///
/// # Errors
/// [`Unwritable`] where the format can't hold such marks.
pub fn write(election: &Election, format: Format) -> Result<String, Unwritable> {
    match format {
        Format::Csv => csv::write(election),
        Format::Json => Ok(json::write(election)),
        Format::Preflib => preflib::write(election),
        Format::Blt => blt::write(election),
        Format::Cef => cef::write(election),
        Format::Rows => Err(Unwritable("Rows are only read. Take another format.")),
    }
}

/// Why an election can't be written in a format, with the mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unwritable(pub &'static str);

/// Whether a table is one of ballots, by its first line.
pub fn is_table_of_ballots(text: &str) -> bool {
    csv::is_header(text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default())
}

/// A lot order as people write it, `3,1,2`: positions on the ballot from 1, the first drawn first. `None` where it does
/// not have each of so many choices once. The positions given are from 0.
pub fn lot_order(text: &str, choices: usize) -> Option<Vec<usize>> {
    let words = text.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|word| !word.is_empty());
    let order: Option<Vec<usize>> =
        words.take(choices + 1).map(|word| word.parse::<usize>().ok()?.checked_sub(1)).collect();
    order.filter(|order| is_order(order, choices))
}

/// Whether positions have each of so many choices once.
fn is_order(order: &[usize], choices: usize) -> bool {
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    sorted.into_iter().eq(0..choices)
}

/// The choices' positions by their keys.
fn positions(election: &Election) -> HashMap<&str, usize> {
    election.choices.iter().enumerate().map(|(position, choice)| (choice.key.as_str(), position)).collect()
}

/// Whether a ranking has a rank left out before another.
fn has_skipped_ranks(election: &Election) -> bool {
    let rankings = election.profile.iter().filter(|_| election.kind == Kind::Ranking);
    rankings.into_iter().any(|(marks, _)| marks.starts_with('>') || marks.contains(">>"))
}

/// The word of a kind of marks, as files have it.
fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Pick => "pick",
        Kind::Approval => "approval",
        Kind::Ranking => "ranking",
        Kind::Score => "score",
    }
}

/// The kind of this word.
fn kind_from(word: &str) -> Option<Kind> {
    [Kind::Pick, Kind::Approval, Kind::Ranking, Kind::Score].into_iter().find(|kind| kind_word(*kind) == word)
}
