//! Tables of choices: CSV files (RFC 4180) as spreadsheets write them. Pure.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::formats;

/// The most choices of a poll.
const MOST: usize = 2000;

/// The most mistakes that are told at once.
const TOLD: usize = 10;

/// The columns that are read, each by any of its names.
const LABEL: &[&str] = &["label", "title", "name"];
const DESCRIPTION: &[&str] = &["description", "about"];
const KEY: &[&str] = &["key", "id"];
const PICTURE: &[&str] = &["picture"];
const ALT: &[&str] = &["alt"];

/// A table that was read.
#[derive(Debug)]
pub struct Table {
    /// In the order of the file.
    pub rows: Vec<Row>,
    /// A sentence about columns that are not read, where there are any.
    pub unread: Option<String>,
}

/// A row as it was written; what has no column is empty.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it starts in the file, from 1.
    pub line: usize,
    /// What the voter reads.
    pub label: String,
    /// One line more.
    pub description: String,
    /// The choice's key.
    pub key: String,
    /// The name of a file.
    pub picture: String,
    /// What the picture shows.
    pub alt: String,
}

/// Reads a table with the names of its columns in the first line.
///
/// # Errors
/// What is wrong with the file, by lines.
pub fn read(bytes: &[u8], key_column: Option<&str>) -> Result<Table, String> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).map_err(|error| {
        let line = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is not UTF-8; save the table as “CSV UTF-8”")
    })?;
    // Excel is told the separator in a line before the header.
    let (told_separator, text, lines_before) = match formats::separator_line(text) {
        Some((separator, rest)) => (Some(separator), rest, 1),
        None => (None, text, 0),
    };
    let separator = told_separator.unwrap_or_else(|| separator(text));
    let mut reader =
        ReaderBuilder::new().delimiter(separator).flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?;
    let header: Vec<String> = header.iter().map(str::to_lowercase).collect();
    let column = |names: &[&str]| names.iter().find_map(|name| header.iter().position(|column| column == name));
    let label = column(LABEL).ok_or_else(|| {
        format!("the first line names no column label (or title, name); it has: {}", header.join(", "))
    })?;
    let key = match key_column {
        None => column(KEY),
        Some(name) => Some(column(&[&name.trim().to_lowercase()]).ok_or_else(|| {
            format!("there is no column “{name}” for the keys; the first line has: {}", header.join(", "))
        })?),
    };
    let read = [Some(label), column(DESCRIPTION), key, column(PICTURE), column(ALT)];
    let unread: Vec<_> = (0..header.len()).filter(|i| !read.contains(&Some(*i))).map(|i| header[i].as_str()).collect();
    let mut rows = Vec::new();
    let mut mistakes = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = lines_before + line_of(&record, text);
        if record.len() > header.len() {
            mistakes.push((
                line,
                format!(
                    "It has {} fields for {} columns. Put text with a separator in quotes.",
                    record.len(),
                    header.len()
                ),
            ));
        } else if record.iter().any(|field| !field.is_empty()) {
            let field = |i: Option<usize>| i.and_then(|i| record.get(i)).unwrap_or_default().to_owned();
            let [label, description, key, picture, alt] = read.map(field);
            rows.push(Row { line, label, description, key, picture, alt });
        }
    }
    told(mistakes)?;
    match rows.len() {
        0 | 1 => Err("a poll needs at least two choices: a line with the columns’ names, and a line for each".into()),
        number if number > MOST => Err(format!("it has {number} choices; {MOST} are the most")),
        _ => Ok(Table { rows, unread: (!unread.is_empty()).then(|| unread_columns(&unread)) }),
    }
}

/// Says the mistakes, each with its line, in the order of the file.
///
/// # Errors
/// Where there are any.
pub fn told(mut mistakes: Vec<(usize, String)>) -> Result<(), String> {
    mistakes.sort_by_key(|(line, _)| *line);
    let more = mistakes.len().saturating_sub(TOLD);
    let said: Vec<_> = mistakes.iter().take(TOLD).map(|(line, mistake)| format!("line {line}: {mistake}")).collect();
    match more {
        _ if said.is_empty() => Ok(()),
        0 => Err(said.join(" ")),
        _ => Err(format!("{} And {more} mistakes more.", said.join(" "))),
    }
}

/// The mistakes of rows that an earlier one is like, by their `likeness`.
pub fn repeated<T>(
    rows: &[(usize, T)],
    likeness: impl Fn(&T) -> Option<String>,
    word: impl Fn(&T) -> &String,
) -> Vec<(usize, String)> {
    let mut first: HashMap<String, (usize, &String)> = HashMap::new();
    let mut mistakes = Vec::new();
    for (line, row) in rows {
        let Some(likeness) = likeness(row) else { continue };
        let (earlier, other) = *first.entry(likeness).or_insert((*line, word(row)));
        if earlier != *line {
            let word = word(row);
            mistakes.push((
                *line,
                match other == word {
                    true => format!("“{word}” is on line {earlier} too. Take one out."),
                    false => format!("“{word}” looks like “{other}” on line {earlier}. Mend one of them."),
                },
            ));
        }
    }
    mistakes
}

/// The separator of which the first line has most: a comma, a semicolon or a tab.
fn separator(text: &str) -> u8 {
    let header = text.trim_start().lines().next().unwrap_or_default();
    let mut quoted = false;
    let bare: Vec<u8> = header
        .bytes()
        .filter(|byte| {
            quoted ^= *byte == b'"';
            !quoted
        })
        .collect();
    let times = |separator: &u8| bare.iter().filter(|byte| *byte == separator).count();
    b"\t;,".iter().copied().max_by_key(times).unwrap_or(b',')
}

/// The line on which a row starts; the reader counts blank ones before it to the row.
fn line_of(record: &StringRecord, text: &str) -> usize {
    let Some(position) = record.position() else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let blank = text.get(start..).unwrap_or_default().chars().take_while(|c| matches!(c, '\r' | '\n'));
    usize::try_from(position.line()).unwrap_or(0) + blank.filter(|c| *c == '\n').count()
}

fn unread_columns(unread: &[&str]) -> String {
    let unread: Vec<_> = unread.iter().map(|name| format!("“{name}”")).collect();
    let read = [LABEL, DESCRIPTION, KEY, PICTURE, ALT].map(|names| names.join(" or ")).join(", ");
    format!("not read: {}; the columns that are read: {read}", unread.join(", "))
}
