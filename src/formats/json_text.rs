//! Parses JSON into types, with the place of each error in the file.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    FormatError,
    source::{Source, short},
};

/// Parses a text.
pub(super) fn parsed<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, FormatError> {
    serde_json::from_str(text).map_err(|error| {
        let what = error.to_string();
        let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
        let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
        let before = line.bytes().take(error.column().saturating_sub(1)).filter(|byte| !(0x80..0xC0).contains(byte));
        let what = format!("This is not the JSON of an election: {}.", short(what));
        FormatError { line: error.line().max(1), column: before.count() + 1, what }
    })
}

/// Parses a value that must be a string.
pub(super) fn string(source: Source<'_>, value: &RawValue) -> Result<String, FormatError> {
    serde_json::from_str(value.get()).map_err(|_| source.error(value.get(), "This is no text. Put it in quotes."))
}
