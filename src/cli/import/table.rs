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
    let text = decode(bytes)?;
    // For Excel, a line before the header may name the separator.
    let (separator, text, lines_before) = match formats::separator_line(text) {
        Some((separator, rest)) => (separator, rest, 1),
        None => (separator(text), text, 0),
    };
    let mut reader =
        ReaderBuilder::new().delimiter(separator).flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?;
    let columns = Columns::find(header.iter().map(str::to_lowercase).collect(), key_column)?;
    let mut rows = Vec::new();
    let mut mistakes = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = lines_before + line_of(&record, text);
        match columns.row(&record, line) {
            Ok(Some(row)) => rows.push(row),
            Ok(None) => {}
            Err(mistake) => mistakes.push((line, mistake)),
        }
    }
    check(mistakes)?;
    match rows.len() {
        0 | 1 => Err("a poll needs at least two choices: a line with the columns’ names, and a line for each".into()),
        number if number > MOST_CHOICES => Err(format!("it has {number} choices; {MOST_CHOICES} are the most")),
        _ => Ok(Table { rows, unread: columns.unread() }),
    }
}

/// The text of a file, without a byte order mark.
fn decode(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).map_err(|error| {
        let line = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is not UTF-8; save the table as “CSV UTF-8”")
    })
}

/// The columns of a table: the names of all, and the positions of those that are read.
struct Columns {
    names: Vec<String>,
    label: usize,
    description: Option<usize>,
    key: Option<usize>,
    picture: Option<usize>,
    alt: Option<usize>,
}

impl Columns {
    /// Finds the columns that are read among those with these names, which are in lower case.
    fn find(names: Vec<String>, key_column: Option<&str>) -> Result<Self, String> {
        let column = |known: &[&str]| known.iter().find_map(|known| names.iter().position(|name| name == known));
        let label = column(LABEL).ok_or_else(|| {
            format!("the first line names no column label (or title, name); it has: {}", names.join(", "))
        })?;
        let key = match key_column {
            None => column(KEY),
            Some(name) => Some(column(&[&name.trim().to_lowercase()]).ok_or_else(|| {
                format!("there is no column “{name}” for the keys; the first line has: {}", names.join(", "))
            })?),
        };
        let (description, picture, alt) = (column(DESCRIPTION), column(PICTURE), column(ALT));
        Ok(Self { names, label, description, key, picture, alt })
    }

    /// The row of a record; `None` for one without text.
    fn row(&self, record: &StringRecord, line: usize) -> Result<Option<ChoiceRow>, String> {
        let (fields, columns) = (record.len(), self.names.len());
        if fields > columns {
            return Err(format!("It has {fields} fields for {columns} columns. Put text with a separator in quotes."));
        }
        if record.iter().all(str::is_empty) {
            return Ok(None);
        }
        let field = |column: Option<usize>| column.and_then(|i| record.get(i)).unwrap_or_default().to_owned();
        Ok(Some(ChoiceRow {
            line,
            label: field(Some(self.label)),
            description: field(self.description),
            key: field(self.key),
            picture: field(self.picture),
            alt: field(self.alt),
        }))
    }

    /// A sentence about the columns that are not read, if there are any.
    fn unread(&self) -> Option<String> {
        let read = [Some(self.label), self.description, self.key, self.picture, self.alt];
        let unread = self.names.iter().enumerate().filter(|(i, _)| !read.contains(&Some(*i)));
        let unread: Vec<_> = unread.map(|(_, name)| format!("“{name}”")).collect();
        let known = [LABEL, DESCRIPTION, KEY, PICTURE, ALT].map(|names| names.join(" or ")).join(", ");
        (!unread.is_empty()).then(|| format!("not read: {}; the columns that are read: {known}", unread.join(", ")))
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
    // Every second part between quotation marks is quoted text.
    let bare: String = header.split('"').step_by(2).collect();
    let times = |separator: &u8| bare.bytes().filter(|byte| byte == separator).count();
    b"\t;,".iter().copied().max_by_key(times).unwrap_or(b',')
}

/// The line on which a row starts. For the reader, blank lines before a row belong to it.
fn line_of(record: &StringRecord, text: &str) -> usize {
    let Some(position) = record.position() else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let blank = text.get(start..).unwrap_or_default().chars().take_while(|c| matches!(c, '\r' | '\n'));
    usize::try_from(position.line()).unwrap_or(0) + blank.filter(|c| *c == '\n').count()
}
