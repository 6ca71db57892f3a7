//! Tables (RFC 4180): a row for each distinct ballot, with the number of such ballots and a column for each choice.
//!
//! The first cell says what the numbers are, such as `ballots (ranking)`: a rank, a score, or 1 for a marked choice; a
//! blank cell means not marked. Rows that begin with `# urna` are remarks. A label that a spreadsheet would evaluate as a
//! formula has an apostrophe before it, and a byte order mark tells Excel that the text is UTF-8.

mod cells;
mod column_words;
mod columns;
mod suspects;
mod write;

pub use write::table;
pub(super) use write::write;

use csv::{ReaderBuilder, StringRecord};

use self::{cells::Row, columns::Column};
use super::{
    Election, FormatError, ReadOptions,
    builder::{Builder, Mark},
    kind_from, kind_word, remarks,
    source::short,
};
use crate::{count::Method, marks::Kind};

/// Whether a line is the header of such a table.
pub(super) fn is_header(line: &str) -> bool {
    let cell = line.split([',', ';', '\t']).next().unwrap_or_default();
    header_kind(cell.trim_matches(['"', ' '])).is_some()
}

/// The separator in a line that declares it for Excel, such as `sep=;`.
pub(super) fn declared_separator(line: &str) -> Option<u8> {
    let line = line.trim_matches(['"', ' ', '\r', '\n']);
    let declares = line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sep="));
    line.as_bytes().get(4).copied().filter(|_| declares && line.len() == 5)
}

/// The kind of marks in the first cell of a header.
fn header_kind(cell: &str) -> Option<Kind> {
    let cell = cell.trim().to_lowercase();
    kind_from(cell.strip_prefix("ballots")?.trim_start().strip_prefix('(')?.strip_suffix(')')?.trim())
}

/// Reads a table. Without a first cell such as `ballots (ranking)`, the header decides which columns are choices, and
/// `method` what the numbers are; without a column of counts, each row is one ballot. A row of one cell that begins with
/// `#` is a comment.
pub(super) fn read(text: &str, method: Option<Method>, options: ReadOptions) -> Result<Election, FormatError> {
    let separator = cells::separator(text);
    let mut builder = Builder::new(text, Kind::Ranking, options);
    cells::check_quotes(builder.source, separator)?;
    let records = records(&mut builder, separator)?;
    let Some((header, records)) = records.split_first() else { return builder.finish() };
    let columns = columns_of(&mut builder, &Row::new(text, separator, header), records, method)?;
    let mut blank_ranks = None;
    for record in records {
        // With a column of counts, a blank row is no ballot; without one, it is a blank ballot.
        if columns.contains(&Column::Count) && record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        ballot(&mut builder, &Row::new(text, separator, record), &columns, &mut blank_ranks)?;
    }
    if let Some(cell) = blank_ranks {
        builder.election.notes.push(format!("“{cell}” is read as a rank that was left blank."));
    }
    builder.finish()
}

/// The rows of the table. Remarks are read, and comments are noted.
fn records(builder: &mut Builder<'_>, separator: u8) -> Result<Vec<StringRecord>, FormatError> {
    let text = builder.source.0;
    let mut reader =
        ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = Vec::new();
    let mut comments = Vec::new();
    let mut record = StringRecord::new();
    let has_declaration = text.lines().next().is_some_and(|line| declared_separator(line).is_some());
    while reader.read_record(&mut record).map_err(|error| broken(builder, &error))? {
        let first = record.get(0).unwrap_or_default();
        let is_declaration = has_declaration && record.position().is_some_and(|position| position.byte() == 0);
        if remarks::parts(first).is_some() {
            remark(builder, &Row::new(text, separator, &record))?;
        } else if first.starts_with('#') && record.len() == 1 {
            comments.push(short(first));
        } else if !is_declaration {
            records.push(record.clone());
        }
    }
    if let Some(first) = comments.first() {
        let number = comments.len();
        builder.election.notes.push(format!("Lines passed over that begin with #: {number}, the first is “{first}”."));
    }
    Ok(records)
}

/// Reads the header: sets the kind, adds the choices, and notes the columns that are no choices.
fn columns_of(
    builder: &mut Builder<'_>,
    row: &Row<'_, '_>,
    records: &[StringRecord],
    method: Option<Method>,
) -> Result<Vec<Column>, FormatError> {
    // Spreadsheets write empty cells after the last.
    let filled = row.record.iter().collect::<Vec<_>>().iter().rposition(|cell| !cell.trim().is_empty());
    let header: Vec<&str> = row.record.iter().take(filled.map_or(0, |last| last + 1)).collect();
    let declared = header.first().and_then(|cell| header_kind(cell));
    let columns = match declared {
        Some(_) => (0..header.len()).map(|at| if at == 0 { Column::Count } else { Column::Choice }).collect(),
        None => columns::of(&header),
    };
    let has_ranks = columns.iter().any(|column| matches!(column, Column::Rank(_)));
    let kind = declared.or(has_ranks.then_some(Kind::Ranking)).or(method.map(Method::kind));
    let source = builder.source;
    let Some(kind) = kind else {
        let what = "Nothing tells whether the numbers are ranks or scores. Put a first column “ballots (ranking)”, \
                    “ballots (score)”, “ballots (approval)” or “ballots (pick)” before them, or name a method.";
        return Err(source.error_at(row.start(0), what));
    };
    builder.election.kind = kind;
    let name = |at: usize| short(header.get(at).copied().unwrap_or_default().trim());
    if let Some(second) = (0..columns.len()).filter(|at| columns[*at] == Column::Count).nth(1) {
        let what = format!("“{}” is a second column with numbers of ballots. Take one out.", name(second));
        return Err(source.error_at(row.start(second), what));
    }
    if declared.is_none() {
        check_columns(&header, &columns, records, kind).map_err(|(at, what)| source.error_at(row.start(at), what))?;
    }
    for (at, column) in columns.iter().enumerate() {
        match column {
            Column::Choice => builder.choice(&write::unescaped(header[at]), row.at(at))?,
            Column::Count if declared.is_none() => {
                builder.election.notes.push(format!("The column “{}” is read as numbers of ballots.", name(at)));
            }
            Column::Other => {
                builder.election.notes.push(format!("The column “{}” is no choice and is passed over.", name(at)));
            }
            Column::Count | Column::Rank(_) => {}
        }
    }
    Ok(columns)
}

/// Refuses a table in which a column may be a choice or not.
///
/// # Errors
/// The column, and a message.
fn check_columns(
    header: &[&str],
    columns: &[Column],
    records: &[StringRecord],
    kind: Kind,
) -> Result<(), (usize, String)> {
    let name = |at: usize| short(header.get(at).copied().unwrap_or_default().trim());
    let as_choice = format!("put a first column “ballots ({})” with 1 in each row before all", kind_word(kind));
    if columns::is_of_numbers(header, records) {
        let what =
            format!("The first row has only numbers. Put the choices’ names above; if these are names, {as_choice}.");
        return Err((0, what));
    }
    if let Some(at) = columns::unclear(header, columns, records) {
        let cure = match columns[at] {
            Column::Count => "If it tells how many ballots a row stands for, name it “ballots”",
            _ => "If it is none, take the column out",
        };
        return Err((at, format!("“{}” may be a choice or not. {cure}; if it is a choice, {as_choice}.", name(at))));
    }
    if let Some(at) = suspects::suspect(columns, records, kind) {
        let marks = if kind == Kind::Ranking { "ranks" } else { "scores" };
        let what = format!(
            "The numbers in the column “{}” don’t look like {marks} of a choice. Take the column out; or, if it is a \
             choice, {as_choice}.",
            name(at)
        );
        return Err((at, what));
    }
    Ok(())
}

/// Reads a ballot. `blank_ranks` is set to the first cell that says in words that a rank was left blank.
fn ballot(
    builder: &mut Builder<'_>,
    row: &Row<'_, '_>,
    columns: &[Column],
    blank_ranks: &mut Option<String>,
) -> Result<(), FormatError> {
    let source = builder.source;
    let wrong = |column: usize, what: String| Err(source.error_at(row.start(column), what));
    let cell = |column: usize| row.record.get(column).unwrap_or_default().trim();
    if let Some(more) = (columns.len()..row.record.len()).find(|column| !cell(*column).is_empty()) {
        return wrong(more, format!("This row has more cells than the {} columns. Take some out.", columns.len()));
    }
    let mut count = 1;
    let mut marks: Vec<Mark> = Vec::new();
    let mut choices = 0..;
    for (at, column) in columns.iter().enumerate() {
        let text = cell(at);
        match column {
            Column::Count => match text.parse() {
                Ok(number) => count = number,
                Err(_) => {
                    return wrong(at, format!("“{}” is no number of ballots. Write a whole number.", short(text)));
                }
            },
            Column::Rank(_) if columns::is_unknown_rank(text) => {
                let what = format!(
                    "“{}” doesn’t tell what was marked. Leave the cell blank, or name the choice.",
                    short(text)
                );
                return wrong(at, what);
            }
            Column::Rank(_) if columns::is_blank_rank(text) => {
                blank_ranks.get_or_insert_with(|| short(text));
            }
            Column::Rank(rank) if !text.is_empty() => marks.push((builder.find_or_add(text, row.at(at))?, *rank)),
            Column::Rank(_) | Column::Other => {}
            Column::Choice => {
                let Some(choice) = choices.next() else { break };
                let value = mark(builder, choice, text).map_err(|what| source.error_at(row.start(at), what))?;
                marks.extend(value.map(|value| (choice, value)));
            }
        }
    }
    builder.ballot(marks, count, row.at(0))
}

/// The rank or the score in a cell of a choice; `None` where the choice is not marked.
///
/// # Errors
/// A message for what is neither.
fn mark(builder: &mut Builder<'_>, choice: usize, text: &str) -> Result<Option<u32>, String> {
    match text.parse() {
        _ if text.is_empty() => Ok(None),
        _ if columns::is_no_opinion(text) => {
            builder.no_opinion();
            Ok(None)
        }
        Ok(0) if matches!(builder.election.kind, Kind::Pick | Kind::Approval) => Ok(None),
        Ok(0) if builder.election.kind == Kind::Ranking => Err("0 is no rank. The best is 1.".into()),
        Ok(value) => Ok(Some(value)),
        Err(_) => Err(format!(
            "“{}” in the column “{}” is no whole number from 0 up. Write one, or leave it blank; a column that is no \
             choice must be taken out.",
            short(text),
            short(&builder.election.choices[choice].label)
        )),
    }
}

/// Reads a remark. A spreadsheet may have split its text at commas.
fn remark<'t>(builder: &mut Builder<'t>, row: &Row<'t, '_>) -> Result<(), FormatError> {
    let Some((key, value)) = row.record.get(0).and_then(remarks::parts) else { return Ok(()) };
    let known = match key {
        "title" => Some(builder.title(value, row.at(0))?),
        "lots" => {
            // The list may be split into cells, so it is read from the file.
            let line = row.at(0).lines().next().unwrap_or_default();
            let value = line.split_once(':').map_or("", |(_, value)| value);
            builder.lots = Some(value.trim().trim_matches([',', ';', '\t', '"']));
            Some(())
        }
        "kind" => None,
        _ => remarks::set(&mut builder.election, key, value),
    };
    known.ok_or_else(|| {
        let what =
            format!("“{}” is nothing that “{}” can be. Change it or take the row out.", short(value), short(key));
        builder.source.error_at(row.start(0), what)
    })
}

fn broken(builder: &Builder<'_>, error: &csv::Error) -> FormatError {
    let byte = error.position().map_or(usize::MAX, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
    builder.source.error_at(byte, "This row can’t be read as a table’s. Save the table again as CSV.")
}
