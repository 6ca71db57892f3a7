//! Reads tables of choices: CSV files (RFC 4180) as spreadsheets write them. Pure.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::formats::{self, MOST_CHOICES};

/// The most mistakes that are listed at once.
const MOST_MISTAKES: usize = 10;

/// The names of each column that is read.
const LABEL: &[&str] = &["label", "title", "name"];
const DESCRIPTION: &[&str] = &["description", "about"];
const KEY: &[&str] = &["key", "id"];
const PICTURE: &[&str] = &["picture"];
const ALT: &[&str] = &["alt"];

/// A table that was read.
#[derive(Debug)]
pub struct Table {
    /// In the order of the file.
    pub rows: Vec<ChoiceRow>,
    /// A sentence about columns that are not read, if there are any.
    pub unread: Option<String>,
}

/// A row; what has no column is empty.
#[derive(Debug, PartialEq, Eq)]
pub struct ChoiceRow {
    /// The line on which it starts in the file, from 1.
    pub line: usize,
    /// The label of the choice.
    pub label: String,
    /// More about the choice.
    pub description: String,
    /// The key of the choice.
    pub key: String,
    /// The file name of its picture.
    pub picture: String,
    /// What the picture shows.
    pub alt: String,
}

/// Reads a table whose first line has the names of the columns.
///
/// # Errors
/// What is wrong with the file, with the lines.
pub fn read(bytes: &[u8], key_column: Option<&str>) -> Result<Table, String> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).map_err(|error| {
        let line = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is not UTF-8; save the table as “CSV UTF-8”")
    })?;
    // For Excel, a line before the header may name the separator.
    let (declared_separator, text, lines_before) = match formats::separator_line(text) {
        Some((separator, rest)) => (Some(separator), rest, 1),
        None => (None, text, 0),
    };
    let separator = declared_separator.unwrap_or_else(|| separator(text));
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
            rows.push(ChoiceRow { line, label, description, key, picture, alt });
        }
    }
    check(mistakes)?;
    match rows.len() {
        0 | 1 => Err("a poll needs at least two choices: a line with the columns’ names, and a line for each".into()),
        number if number > MOST_CHOICES => Err(format!("it has {number} choices; {MOST_CHOICES} are the most")),
        _ => Ok(Table { rows, unread: (!unread.is_empty()).then(|| unread_columns(&unread)) }),
    }
}

/// Fails where there are mistakes.
///
/// # Errors
/// The mistakes, each with its line, in the order of the file.
pub fn check(mut mistakes: Vec<(usize, String)>) -> Result<(), String> {
    mistakes.sort_by_key(|(line, _)| *line);
    let more = mistakes.len().saturating_sub(MOST_MISTAKES);
    let listed: Vec<_> =
        mistakes.iter().take(MOST_MISTAKES).map(|(line, mistake)| format!("line {line}: {mistake}")).collect();
    match more {
        _ if listed.is_empty() => Ok(()),
        0 => Err(listed.join(" ")),
        _ => Err(format!("{} And {more} mistakes more.", listed.join(" "))),
    }
}

/// A mistake for each row whose `identity` an earlier row has already. `text` is what the message quotes of a row.
pub fn repeated<T>(
    rows: &[(usize, T)],
    identity: impl Fn(&T) -> Option<String>,
    text: impl Fn(&T) -> &String,
) -> Vec<(usize, String)> {
    let mut first: HashMap<String, (usize, &String)> = HashMap::new();
    let mut mistakes = Vec::new();
    for (line, row) in rows {
        let Some(identity) = identity(row) else { continue };
        let text = text(row);
        let (earlier, other) = *first.entry(identity).or_insert((*line, text));
        if earlier != *line {
            let mistake = match other == text {
                true => format!("“{text}” is on line {earlier} too. Take one out."),
                false => format!("“{text}” looks like “{other}” on line {earlier}. Change one of them."),
            };
            mistakes.push((*line, mistake));
        }
    }
    mistakes
}

/// The separator that occurs most often in the header: a comma, a semicolon or a tab.
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

/// The line on which a row starts. For the reader, blank lines before a row belong to it.
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
