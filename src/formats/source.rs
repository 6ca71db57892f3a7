//! The text of a file, and places in it. Readers work on slices of the text; an error finds the line and column of its
//! slice.

use std::{borrow::Cow, fmt};

use super::READABLE_FORMATS;

/// The first bytes of files that are no text, and what such files are.
const OTHER_FILES: [(&[u8], &str); 6] = [
    (b"%PDF", "a PDF. Save the ballots as text"),
    (b"PK\x03\x04", "a spreadsheet’s own file or a ZIP archive. Save the table as CSV"),
    (b"\xD0\xCF\x11\xE0", "a file of an old Excel. Save the table as CSV"),
    (b"\x1F\x8B", "a compressed file. Unpack it first"),
    (b"\xFF\xFE", "UTF-16. Save the file as UTF-8 (“CSV UTF-8” in Excel)"),
    (b"\xFE\xFF", "UTF-16. Save the file as UTF-8 (“CSV UTF-8” in Excel)"),
];

/// What can't be read, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong, in one or two sentences.
    pub what: String,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.what)
    }
}

impl std::error::Error for FormatError {}

/// The text of a file, from which slices are taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'t>(pub &'t str);

impl<'t> Source<'t> {
    /// An error at a slice of the text; at its end for any other text.
    pub fn error(self, part: &str, what: impl Into<String>) -> FormatError {
        let start = part.as_ptr().addr().wrapping_sub(self.0.as_ptr().addr());
        self.error_at(start, what)
    }

    /// An error at a byte of the text.
    pub fn error_at(self, byte: usize, what: impl Into<String>) -> FormatError {
        let before = self.0.get(..byte).unwrap_or(self.0);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        FormatError {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            what: what.into(),
        }
    }

    /// The lines that are not blank, trimmed.
    pub fn lines(self) -> impl Iterator<Item = &'t str> {
        self.0.lines().map(str::trim).filter(|line| !line.is_empty())
    }

    /// Parses a slice as a number of ballots.
    pub fn count(self, part: &str) -> Result<u64, FormatError> {
        part.parse()
            .map_err(|_| self.error(part, format!("“{}” is no number of ballots. Write a whole number.", short(part))))
    }

    /// Parses a slice as the number of a choice, from 1, and returns the choice's position.
    pub fn position(self, part: &str, choices: usize) -> Result<usize, FormatError> {
        let number = part.parse::<usize>().ok().filter(|number| (1..=choices).contains(number));
        number.map(|number| number - 1).ok_or_else(|| {
            let what = format!("“{}” is no choice’s number. The choices are 1 to {choices}.", short(part));
            self.error(part, what)
        })
    }
}

/// The text of a file, without a byte order mark and with the line ends of an old Mac (`\r`) replaced.
///
/// # Errors
/// What the file is, where it is no text.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, FormatError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Some((_, what)) = OTHER_FILES.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(Source("").error_at(0, format!("This is {what}. {READABLE_FORMATS}")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let readable = bytes.get(..error.valid_up_to()).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let readable = readable.unwrap_or_default();
        Source(readable)
            .error_at(readable.len(), format!("This is not UTF-8. Save the file as UTF-8. {READABLE_FORMATS}"))
    })?;
    let start: String = text.trim_start().chars().take(9).collect::<String>().to_lowercase();
    if ["<?xml", "<!doctype", "<html", "<svg"].iter().any(|tag| start.starts_with(tag)) {
        return Err(Source(text).error_at(0, format!("This is XML or HTML, which is not read. {READABLE_FORMATS}")));
    }
    let has_lone = text.as_bytes().windows(2).any(|pair| pair[0] == b'\r' && pair[1] != b'\n');
    Ok(if has_lone { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) })
}

/// The beginning of a text, short enough to be quoted in a message.
pub(super) fn short(text: &str) -> String {
    let mut start: String = text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_characters() {
        let source = Source("ab\nçd ef\n");
        assert_eq!(source.error(&source.0[7..], "x").to_string(), "2:4: x");
        assert_eq!(source.error(source.0, "x").to_string(), "1:1: x");
        assert_eq!(source.error("elsewhere", "x").to_string(), "3:1: x");
    }

    #[test]
    fn an_encoding_error_has_a_place() {
        assert_eq!(text(b"\xEF\xBB\xBFa").unwrap(), "a");
        assert_eq!(text(b"a\rb\r\nc").unwrap(), "a\nb\nc");
        let error = text(b"a\nb\xE9").unwrap_err();
        assert_eq!((error.line, error.column), (2, 2));
    }
}
