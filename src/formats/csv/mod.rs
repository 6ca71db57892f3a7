//! Tables (RFC 4180): a row for each distinct ballot, with how many there are of it and a column for each choice.
//!
//! The first cell tells what the numbers are: `ballots (ranking)`. A rank or a score, or 1 for what is marked; blank
//! is not marked. What else is known comes below, in rows that begin with `# urna`. Labels that a spreadsheet would
//! take for a formula have an apostrophe before them, and a byte order mark says to Excel that the text is UTF-8.

mod cells;
mod columns;
mod suspects;
mod write;

pub(super) use write::write;

use csv::{ReaderBuilder, StringRecord};

use self::{cells::Row, columns::Column};
use super::{
    Election, FormatError, Reading,
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

/// The separator in a line by which Excel is told it, `sep=;`.
pub(super) fn told_separator(line: &str) -> Option<u8> {
    let line = line.trim_matches(['"', ' ', '\r', '\n']);
    let is_told = line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sep="));
    line.as_bytes().get(4).copied().filter(|_| is_told && line.len() == 5)
}

/// The kind of marks that the first cell tells.
fn header_kind(cell: &str) -> Option<Kind> {
    let cell = cell.trim().to_lowercase();
    kind_from(cell.strip_prefix("ballots")?.trim_start().strip_prefix('(')?.strip_suffix(')')?.trim())
}

/// Reads a table. Where no first cell counts, the headers tell which columns have choices, and `method` what the numbers
/// are; without a column of counts each row is a ballot. A row of one cell that begins with `#` is a comment.
pub(super) fn read(text: &str, method: Option<Method>, reading: Reading) -> Result<Election, FormatError> {
    let separator = cells::separator(text);
    let mut builder = Builder::new(text, Kind::Ranking, reading);
    cells::check_quotes(builder.source, separator)?;
    let mut reader =
        ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = Vec::new();
    let mut comments = Vec::new();
    let mut record = StringRecord::new();
    let told = text.lines().next().is_some_and(|line| told_separator(line).is_some());
    while reader.read_record(&mut record).map_err(|error| broken(&builder, &error))? {
        let first = record.get(0).unwrap_or_default();
        let is_told = told && record.position().is_some_and(|position| position.byte() == 0);
        if remarks::parts(first).is_some() {
            remark(&mut builder, &Row::new(text, separator, &record))?;
        } else if first.starts_with('#') && record.len() == 1 {
            comments.push(short(first));
        } else if !is_told {
            records.push(record.clone());
        }
    }
    if let Some(first) = comments.first() {
        let number = comments.len();
        builder.election.notes.push(format!("Lines passed over that begin with #: {number}, the first is “{first}”."));
    }
    let Some((header, records)) = records.split_first() else { return builder.finish() };
    let columns = columns_of(&mut builder, &Row::new(text, separator, header), records, method)?;
    let mut blank_ranks = None;
    for record in records {
        // A blank row of a table that counts is none; of one that does not, it is a blank ballot.
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

/// Reads the names of the columns, and says in a note what is not counted.
fn columns_of(
    builder: &mut Builder<'_>,
    row: &Row<'_, '_>,
    records: &[StringRecord],
    method: Option<Method>,
) -> Result<Vec<Column>, FormatError> {
    // Spreadsheets write empty cells after the last.
    let filled = row.record.iter().collect::<Vec<_>>().iter().rposition(|cell| !cell.trim().is_empty());
    let header: Vec<&str> = row.record.iter().take(filled.map_or(0, |last| last + 1)).collect();
    let counted = header.first().and_then(|cell| header_kind(cell));
    let columns = match counted {
        Some(_) => (0..header.len()).map(|at| if at == 0 { Column::Count } else { Column::Choice }).collect(),
        None => columns::of(&header),
    };
    let has_ranks = columns.iter().any(|column| matches!(column, Column::Rank(_)));
    let kind = counted.or(has_ranks.then_some(Kind::Ranking)).or(method.map(Method::kind));
    let source = builder.source;
    let wrong = |at: usize, what: String| Err(source.error_at(row.start(at), what));
    let Some(kind) = kind else {
        let what = "Nothing tells whether the numbers are ranks or scores. Put a first column “ballots (ranking)”, \
                    “ballots (score)”, “ballots (approval)” or “ballots (pick)” before them, or name a method.";
        return wrong(0, what.into());
    };
    builder.election.kind = kind;
    let name = |at: usize| short(header.get(at).copied().unwrap_or_default().trim());
    if let Some(second) = (0..columns.len()).filter(|at| columns[*at] == Column::Count).nth(1) {
        return wrong(second, format!("“{}” is a second column with numbers of ballots. Take one out.", name(second)));
    }
    if counted.is_none() {
        let as_choice = format!("put a first column “ballots ({})” with 1 in each row before all", kind_word(kind));
        if columns::is_of_numbers(&header, records) {
            let what = format!(
                "The first row has only numbers. Put the choices’ names above; if these are names, {as_choice}."
            );
            return wrong(0, what);
        }
        if let Some(at) = columns::unclear(&header, &columns, records) {
            let cure = match columns[at] {
                Column::Count => "If it tells how many ballots a row stands for, name it “ballots”",
                _ => "If it is none, take the column out",
            };
            return wrong(
                at,
                format!("“{}” may be a choice or not. {cure}; if it is a choice, {as_choice}.", name(at)),
            );
        }
        if let Some(at) = suspects::suspect(&columns, records, kind) {
            let marks = if kind == Kind::Ranking { "ranks" } else { "scores" };
            let what = format!(
                "The numbers in the column “{}” don’t look like {marks} of a choice. Take the column out; or, if it is a \
                 choice, {as_choice}.",
                name(at)
            );
            return wrong(at, what);
        }
    }
    for (at, column) in columns.iter().enumerate() {
        match column {
            Column::Choice => builder.choice(&write::bare(header[at]), row.at(at))?,
            Column::Count if counted.is_none() => {
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

/// Reads a ballot. `blank_ranks` is the first cell that says in words that a rank was left blank.
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
    let mut choice = 0;
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
            Column::Rank(rank) if !text.is_empty() => marks.push((builder.named(text, row.at(at))?, *rank)),
            Column::Rank(_) | Column::Other => {}
            Column::Choice => {
                choice += 1;
                match text.parse::<u32>() {
                    _ if text.is_empty() => {}
                    _ if columns::is_no_opinion(text) => builder.no_opinion(),
                    Ok(0) if matches!(builder.election.kind, Kind::Pick | Kind::Approval) => {}
                    Ok(0) if builder.election.kind == Kind::Ranking => {
                        return wrong(at, "0 is no rank. The best is 1.".into());
                    }
                    Ok(value) => marks.push((choice - 1, value)),
                    Err(_) => {
                        let label = &builder.election.choices[choice - 1].label;
                        return wrong(
                            at,
                            format!(
                                "“{}” in the column “{}” is no whole number from 0 up. Write one, or leave it blank; a \
                                 column that is no choice must be taken out.",
                                short(text),
                                short(label)
                            ),
                        );
                    }
                }
            }
        }
    }
    builder.ballot(marks, count, row.at(0))
}

/// Takes a row that begins with `#`. A spreadsheet may have cut a title at its commas.
fn remark<'t>(builder: &mut Builder<'t>, row: &Row<'t, '_>) -> Result<(), FormatError> {
    let Some((key, value)) = row.record.get(0).and_then(remarks::parts) else { return Ok(()) };
    let taken = match key {
        "title" => Some(builder.title(value, row.at(0))?),
        "lots" => {
            // The digits stand in the file as they are.
            let line = row.at(0).lines().next().unwrap_or_default();
            let value = line.split_once(':').map_or("", |(_, value)| value);
            builder.lots = Some(value.trim().trim_matches([',', ';', '\t', '"']));
            Some(())
        }
        "kind" => None,
        _ => remarks::set(&mut builder.election, key, value),
    };
    taken.ok_or_else(|| {
        let what = format!("“{}” is nothing that “{}” can be. Mend it or take the row out.", short(value), short(key));
        builder.source.error_at(row.start(0), what)
    })
}

fn broken(builder: &Builder<'_>, error: &csv::Error) -> FormatError {
    let byte = error.position().map_or(usize::MAX, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
    builder.source.error_at(byte, "This row can’t be read as a table’s. Save the table again as CSV.")
}
