//! Elections as files: choices, ballots and what is needed to count them, in formats that other programs use too. Each
//! format has a file with its reader and (all but `rows`) its writer; both work on an [`Election`].
//!
//! Never touches a database, a clock or HTTP. No reader allocates memory by a number in the file alone.

mod adjust;
mod blt;
mod blt_names;
mod builder;
mod cef;
mod csv;
mod election;
mod json;
mod json_text;
mod preflib;
mod read_options;
mod remarks;
mod row_counts;
mod rows;
mod source;
mod star_library;

pub use builder::{HIGHEST_SCORE, MOST_CHOICES, MOST_COUNTED_CHOICES};
pub use csv::table;
pub use election::{Election, NamedChoice};
pub use read_options::{ReadOptions, Repeats};
pub use source::FormatError;

use std::collections::HashMap;

use crate::{count::Method, marks::Kind};

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A table: a row for each distinct ballot, a column for each choice.
    Csv,
    /// Urna's own JSON, which holds everything of an election.
    Json,
    /// PrefLib's formats, with the extensions `soc`, `soi`, `toc`, `toi` and `cat`.
    Preflib,
    /// The format of Hill, Wichmann and Woodall, for rankings.
    Blt,
    /// The Condorcet Election Format, for rankings.
    Cef,
    /// Rows of scores or of rankings, as people type them; this format is only read.
    Rows,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 6] = [Self::Csv, Self::Json, Self::Preflib, Self::Blt, Self::Cef, Self::Rows];

    /// The format's name on the command line and in addresses.
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

    /// The format with this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }

    /// The extension of a file with this election, without the dot.
    pub fn extension(self, election: &Election) -> &'static str {
        match self {
            Self::Preflib => preflib::data_type(election),
            Self::Cef => "cvotes",
            Self::Rows => "txt",
            _ => self.as_str(),
        }
    }

    /// The format of a text: by what only one format has, else by the extension of the file's `name`, else by its first
    /// line.
    pub fn detect(text: &str, name: &str) -> Self {
        // The text may still have its byte order mark and the line ends of an old Mac (`\r`).
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
        let mut plain = lines.clone().filter(|line| !line.starts_with('#') && csv::declared_separator(line).is_none());
        let first = plain.next().unwrap_or_default();
        if first.starts_with(['{', '[']) {
            // Metadata in braces above rows is ABIF; `rows` says so in its error.
            let is_abif = first.ends_with('}')
                && plain.next().is_some_and(|row| row.starts_with(|c: char| c == '=' || c.is_ascii_digit()));
            return if is_abif { Self::Rows } else { Self::Json };
        }
        // Only BLT begins with two numbers and nothing else. This comes first, because its comments and names may look
        // like another format.
        let words: Vec<&str> = first.split('#').next().unwrap_or_default().split_whitespace().take(3).collect();
        if words.len() == 2 && words.iter().all(|word| word.parse::<u64>().is_ok()) {
            return Self::Blt;
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
        if let Some(format) = Self::from_extension(name) {
            return format;
        }
        let numbers = first.split_whitespace().take_while(|word| word.parse::<u64>().is_ok()).count();
        match (numbers, first.split_whitespace().count()) {
            (2.., _) => Self::Blt,
            (1, 1) => Self::Preflib,
            _ if lines.any(cef::is_vote) => Self::Cef,
            _ => Self::Rows,
        }
    }

    /// The format by the extension of a file's name.
    fn from_extension(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "csv" | "tsv" => Self::Csv,
            "json" => Self::Json,
            "soc" | "soi" | "toc" | "toi" | "cat" => Self::Preflib,
            "blt" => Self::Blt,
            "cvotes" | "cef" => Self::Cef,
            _ => return None,
        })
    }
}

/// Reads an election with the default options. `method` is the method that will count it, for files that don't say what
/// their marks are.
///
/// # Errors
/// [`FormatError`] with the place of what can't be read.
pub fn read(bytes: &[u8], format: Format, method: Option<Method>) -> Result<Election, FormatError> {
    read_with(bytes, format, method, ReadOptions::default())
}

/// The same with other options.
///
/// # Errors
/// As [`read`].
pub fn read_with(
    bytes: &[u8],
    format: Format,
    method: Option<Method>,
    options: ReadOptions,
) -> Result<Election, FormatError> {
    let text = &source::text(bytes)?;
    match format {
        Format::Csv => csv::read(text, method, options),
        Format::Json => json::read(text, method, options),
        Format::Preflib => preflib::read(text, options),
        Format::Blt => blt::read(text, options),
        Format::Cef => cef::read(text, options),
        Format::Rows => rows::read(text, method, options),
    }
}

/// Writes an election.
///
/// # Errors
/// [`Unwritable`] where the format can't express such marks.
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

/// The end of the messages about a file in no known format.
pub(crate) const READABLE_FORMATS: &str = "What is read: tables (CSV), Urna’s JSON, PrefLib’s formats, BLT, CEF, rows of rankings \
                               (“3: Ada > Ben”) and rows of scores below a line of names.";

/// Why an election can't be written in a format, and what to do instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unwritable(pub &'static str);

/// The separator that the first line of a table declares for Excel (`sep=;`), and the text below that line.
pub fn separator_line(text: &str) -> Option<(u8, &str)> {
    let (first, rest) = text.split_once('\n')?;
    Some((csv::declared_separator(first)?, rest))
}

/// Whether a table has ballots, by its header.
pub fn is_table_of_ballots(text: &str) -> bool {
    let lines = text.trim_start_matches('\u{feff}').split(['\n', '\r']);
    let mut lines = lines.filter(|line| csv::declared_separator(line).is_none());
    csv::is_header(lines.next().unwrap_or_default())
}

/// Parses a lot order such as `3,1,2`: positions on the ballot from 1, the first drawn first. Returns positions from 0, or
/// `None` where the text does not have each choice once.
pub fn lot_order(text: &str, choices: usize) -> Option<Vec<usize>> {
    let words = text.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|word| !word.is_empty());
    let order: Option<Vec<usize>> =
        words.take(choices + 1).map(|word| word.parse::<usize>().ok()?.checked_sub(1)).collect();
    order.filter(|order| is_order(order, choices))
}

/// Whether `order` has each position once.
fn is_order(order: &[usize], choices: usize) -> bool {
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    sorted.into_iter().eq(0..choices)
}

/// The choices' positions by their keys.
fn positions(election: &Election) -> HashMap<&str, usize> {
    election.choices.iter().enumerate().map(|(position, choice)| (choice.key.as_str(), position)).collect()
}

/// The text of marks that are in their order. Of several skipped ranks in a row, two are written: no rule distinguishes
/// more.
fn marks_text<'k>(kind: Kind, marks: impl Iterator<Item = (&'k str, u32)>) -> String {
    let mut text = String::new();
    let mut rank = 1;
    for (n, (key, value)) in marks.enumerate() {
        text.push_str(match (kind, value.saturating_sub(rank)) {
            (Kind::Ranking, 0) if n == 0 => "",
            (Kind::Ranking, 0) => "=",
            (Kind::Ranking, 1) => ">",
            (Kind::Ranking, 2) => ">>",
            (Kind::Ranking, _) if n == 0 => ">>",
            (Kind::Ranking, _) => ">>>",
            _ if n == 0 => "",
            _ => ",",
        });
        rank = value;
        text.push_str(key);
        if kind == Kind::Score {
            text.push(':');
            text.push_str(&value.to_string());
        }
    }
    text
}

/// Whether a ranking has a skipped rank.
fn has_skipped_ranks(election: &Election) -> bool {
    let rankings = election.profile.iter().filter(|_| election.kind == Kind::Ranking);
    rankings.into_iter().any(|(marks, _)| marks.starts_with('>') || marks.contains(">>"))
}

/// The word for a kind of marks in files.
fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Pick => "pick",
        Kind::Approval => "approval",
        Kind::Ranking => "ranking",
        Kind::Score => "score",
    }
}

/// The kind of marks with this word.
fn kind_from(word: &str) -> Option<Kind> {
    [Kind::Pick, Kind::Approval, Kind::Ranking, Kind::Score].into_iter().find(|kind| kind_word(*kind) == word)
}
