//! The separator, the quotation marks and the places of the cells of a table.

use csv::StringRecord;

use super::{declared_separator, is_header};
use crate::formats::{FormatError, remarks, source::Source};

/// The separator: the declared one, else the one after a first cell such as `ballots (ranking)`, else the one of comma,
/// semicolon and tab that occurs most often in the header.
pub(super) fn separator(text: &str) -> u8 {
    let is_comment =
        |line: &str| line.starts_with('#') && (remarks::parts(line).is_some() || !line.contains([',', ';', '\t']));
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !is_comment(line));
    let header = lines.next().unwrap_or_default();
    if let Some(separator) = declared_separator(header) {
        return separator;
    }
    if is_header(header)
        && let Some(after) = header.bytes().find(|byte| matches!(byte, b',' | b';' | b'\t'))
    {
        return after;
    }
    let mut quoted = false;
    let mut times = [(0, b'\t'), (0, b';'), (0, b',')];
    for byte in header.bytes() {
        quoted ^= byte == b'"';
        if let Some((times, _)) = times.iter_mut().find(|(_, separator)| *separator == byte && !quoted) {
            *times += 1;
        }
    }
    times.iter().max().map_or(b',', |(times, separator)| if *times == 0 { b',' } else { *separator })
}

/// Refuses a quotation mark that is not closed, or that is closed before the end of its cell. Otherwise all rows up to the
/// next quotation mark would be read as one cell.
pub(super) fn check_quotes(source: Source<'_>, separator: u8) -> Result<(), FormatError> {
    let bytes = source.0.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        if bytes[start] == b'"' {
            let Some(end) = closed(bytes, start) else {
                let what = "The quotation mark that begins this cell is not closed. Close it, or take it out.";
                return Err(source.error_at(start, what));
            };
            let after = bytes[end..].iter().find(|byte| **byte != b' ');
            if after.is_some_and(|byte| !is_end(*byte, separator)) {
                let what = "Something stands behind the quotation mark that closes this cell. Put all of the cell between \
                            quotation marks, and write two for one inside it.";
                return Err(source.error_at(start, what));
            }
        }
        start = cell_end(bytes, start, separator) + 1;
    }
    Ok(())
}

fn is_end(byte: u8, separator: u8) -> bool {
    byte == separator || matches!(byte, b'\r' | b'\n')
}

/// The end of a quoted cell: after the first quotation mark that is not doubled.
fn closed(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += bytes[at..].iter().position(|byte| *byte == b'"')? + 1;
        if bytes.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

/// The end of the cell that begins at `start`. A quotation mark in the middle of a cell is a part of the text.
fn cell_end(bytes: &[u8], start: usize, separator: u8) -> usize {
    let is_quoted = bytes.get(start) == Some(&b'"');
    let from = if is_quoted { closed(bytes, start).unwrap_or(bytes.len()) } else { start };
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| !is_end(**byte, separator)).count()
}

/// A row and the places of its cells in the file.
pub(super) struct Row<'t, 'r> {
    text: &'t str,
    pub(super) record: &'r StringRecord,
    starts: Vec<usize>,
}

impl<'t, 'r> Row<'t, 'r> {
    pub(super) fn new(text: &'t str, separator: u8, record: &'r StringRecord) -> Self {
        let start = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
        let row = text.get(start..).unwrap_or_default();
        let start = start + (row.len() - row.trim_start_matches(['\r', '\n']).len());
        let next = |start: &usize| Some(cell_end(text.as_bytes(), *start, separator) + 1);
        Self { text, record, starts: std::iter::successors(Some(start), next).take(record.len()).collect() }
    }

    /// The byte where a cell begins.
    pub(super) fn start(&self, column: usize) -> usize {
        self.starts.get(column).copied().unwrap_or(usize::MAX)
    }

    /// The file from the beginning of a cell on.
    pub(super) fn at(&self, column: usize) -> &'t str {
        self.text.get(self.start(column)..).unwrap_or_default()
    }
}
