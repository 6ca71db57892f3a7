//! Elections as files: choices, ballots and what is needed to count them, read from and written in the formats that
//! others use too. A file a format, each with a reader and, but for `rows`, a writer over one [`Election`].
//!
//! Never touches a database, a clock or HTTP. Nothing is allocated by a number that a file only claims.

mod adjust;
mod blt;
mod blt_names;
mod builder;
mod cases;
mod cef;
mod csv;
mod election;
mod json;
mod json_text;
mod preflib;
mod reading;
mod remarks;
mod row_counts;
mod rows;
mod source;

pub use builder::{HIGHEST_SCORE, MOST_CHOICES, MOST_COUNTED_CHOICES};
pub use election::{Election, Named};
pub use reading::{Reading, Repeats};
pub use source::FormatError;

use std::collections::HashMap;

use crate::{count::Method, marks::Kind};

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
        // Whoever reads the bytes has not taken the byte order mark off yet, nor changed the line ends of an old Mac.
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
        let mut plain = lines.clone().filter(|line| !line.starts_with('#') && csv::told_separator(line).is_none());
        let first = plain.next().unwrap_or_default();
        if first.starts_with(['{', '[']) {
            // Metadata in braces above rows is ABIF, which `rows` refuses by its name.
            let is_abif = first.ends_with('}')
                && plain.next().is_some_and(|row| row.starts_with(|c: char| c == '=' || c.is_ascii_digit()));
            return if is_abif { Self::Rows } else { Self::Json };
        }
        // No other file begins with two numbers and nothing else, whatever its comments and names look like.
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
    read_by(bytes, format, method, Reading::default())
}

/// The same by rules of one's own for what stands on the ballots.
///
/// # Errors
/// As [`read`].
pub fn read_by(
    bytes: &[u8],
    format: Format,
    method: Option<Method>,
    reading: Reading,
) -> Result<Election, FormatError> {
    let text = &source::text(bytes)?;
    match format {
        Format::Csv => csv::read(text, method, reading),
        Format::Json => json::read(text, method, reading),
        Format::Preflib => preflib::read(text, reading),
        Format::Blt => blt::read(text, reading),
        Format::Cef => cef::read(text, reading),
        Format::Rows => rows::read(text, method, reading),
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

/// What to say of a file that is in no format.
pub(crate) const READ: &str = "What is read: tables (CSV), Urna’s JSON, PrefLib’s formats, BLT, CEF, rows of rankings \
                               (“3: Ada > Ben”) and rows of scores below a line of names.";

/// Why an election can't be written in a format, with the mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unwritable(pub &'static str);

/// The separator that a table tells Excel in its first line, `sep=;`, and the text below that line.
pub fn separator_line(text: &str) -> Option<(u8, &str)> {
    let (first, rest) = text.split_once('\n')?;
    Some((csv::told_separator(first)?, rest))
}

/// Whether a table is one of ballots, by its first line.
pub fn is_table_of_ballots(text: &str) -> bool {
    let lines = text.trim_start_matches('\u{feff}').split(['\n', '\r']);
    let mut lines = lines.filter(|line| csv::told_separator(line).is_none());
    csv::is_header(lines.next().unwrap_or_default())
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

/// The canonical text of marks in their order. Of ranks that were skipped in a row two stay: no rule asks for more.
fn written<'k>(kind: Kind, marks: impl Iterator<Item = (&'k str, u32)>) -> String {
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
