//! Tables (RFC 4180): a row for each distinct ballot, with how many there are of it and a column for each choice.
//!
//! The first cell tells what the numbers are: `ballots (ranking)`. A rank or a score, or 1 for what is marked; blank
//! is not marked. What else is known comes below, in rows that begin with `# urna`. Labels that a spreadsheet would
//! take for a formula have an apostrophe before them, and a byte order mark says to Excel that the text is UTF-8.

use csv::{QuoteStyle, ReaderBuilder, StringRecord, Writer, WriterBuilder};

use super::{
    Election, FormatError, Reading, Unwritable,
    builder::{Builder, Mark},
    columns::{self, Column},
    kind_from, kind_word, remarks,
    source::short,
};
use crate::{
    count::Method,
    marks::{self, Kind},
};

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
/// are; without a column of counts each row is a ballot.
pub(super) fn read(text: &str, method: Option<Method>, reading: Reading) -> Result<Election, FormatError> {
    let separator = separator(text);
    let mut reader =
        ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut builder = Builder::new(text, Kind::Ranking, reading);
    let mut records = Vec::new();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| broken(&builder, &error))? {
        let row = Row { text, separator, record: &record };
        let is_told = row.start(0) == 0 && text.lines().next().is_some_and(|line| told_separator(line).is_some());
        if record.get(0).is_some_and(|cell| cell.starts_with('#') && cell.trim() != "#") {
            remark(&mut builder, &row)?;
        } else if !is_told {
            records.push(record.clone());
        }
    }
    let Some((header, records)) = records.split_first() else { return builder.finish() };
    let row = |record| Row { text, separator, record };
    let columns = columns_of(&mut builder, &row(header), records, method)?;
    for record in records {
        // A blank row of a table that counts is none; of one that does not, it is a blank ballot.
        if columns.contains(&Column::Count) && record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        ballot(&mut builder, &row(record), &columns)?;
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
    let Some(kind) = kind else {
        let what = "Nothing tells whether the numbers are ranks or scores. Put a first column “ballots (ranking)”, \
                    “ballots (score)”, “ballots (approval)” or “ballots (pick)” before them, or name a method.";
        return Err(builder.source.error_at(row.start(0), what));
    };
    builder.election.kind = kind;
    let name = |at: usize| short(header.get(at).copied().unwrap_or_default().trim());
    if let Some(second) = (0..columns.len()).filter(|at| columns[*at] == Column::Count).nth(1) {
        let what = format!("“{}” is a second column with numbers of ballots. Take one out.", name(second));
        return Err(builder.source.error_at(row.start(second), what));
    }
    if counted.is_none()
        && kind == Kind::Ranking
        && let Some(at) = columns::suspect(&columns, records)
    {
        let what = format!(
            "The numbers in the column “{}” don’t look like ranks of a choice. Take the column out; or, if it is a choice, \
             put a first column “ballots (ranking)” with 1 in each row before all.",
            name(at)
        );
        return Err(builder.source.error_at(row.start(at), what));
    }
    for (at, column) in columns.iter().enumerate() {
        match column {
            Column::Choice => builder.choice(&bare(header[at]), row.at(at))?,
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

fn ballot(builder: &mut Builder<'_>, row: &Row<'_, '_>, columns: &[Column]) -> Result<(), FormatError> {
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
        match (column, text.parse::<u32>()) {
            (Column::Other, _) => {}
            (Column::Count, _) => match text.parse() {
                Ok(number) => count = number,
                Err(_) => {
                    return wrong(at, format!("“{}” is no number of ballots. Write a whole number.", short(text)));
                }
            },
            (Column::Rank(rank), _) if !text.is_empty() => marks.push((builder.named(text, row.at(at))?, *rank)),
            (Column::Rank(_), _) => {}
            (Column::Choice, number) => {
                choice += 1;
                match number {
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

/// Writes the table.
pub(super) fn write(election: &Election) -> Result<String, Unwritable> {
    let broken = |_| Unwritable("The table could not be written.");
    let first = format!("ballots ({})", kind_word(election.kind));
    let labels: Vec<String> = election.choices.iter().map(|choice| defused(&choice.label)).collect();
    // Spreadsheets of half the world part cells at semicolons.
    let style = if labels.iter().any(|label| is_parted(label)) { QuoteStyle::Always } else { QuoteStyle::Necessary };
    let mut header = WriterBuilder::new().quote_style(style).from_writer("\u{feff}".as_bytes().to_vec());
    header.write_record(std::iter::once(first).chain(labels)).map_err(broken)?;
    let mut writer =
        Writer::from_writer(header.into_inner().map_err(|_| Unwritable("The table could not be written."))?);
    let positions = super::positions(election);
    for (text, count) in &election.profile {
        let mut cells = vec![String::new(); election.choices.len() + 1];
        cells[0] = count.to_string();
        for (key, value) in marks::read(election.kind, text).flatten() {
            if let Some(cell) = positions.get(key).and_then(|position| cells.get_mut(position + 1)) {
                *cell = value.to_string();
            }
        }
        writer.write_record(&cells).map_err(broken)?;
    }
    let mut bytes = writer.into_inner().map_err(|_| Unwritable("The table could not be written."))?;
    for remark in remarks::of(election, &["kind"]) {
        let quoted = if is_parted(&remark) || remark.contains(',') {
            format!("\"{}\"", remark.replace('"', "\"\""))
        } else {
            remark
        };
        bytes.extend_from_slice(quoted.as_bytes());
        bytes.push(b'\n');
    }
    String::from_utf8(bytes).map_err(|_| Unwritable("The table could not be written."))
}

/// Whether a spreadsheet might part a text.
fn is_parted(text: &str) -> bool {
    text.contains(['"', ';', '\t'])
}

/// Whether a spreadsheet would take a text for a formula, but for what stands before it.
fn is_formula(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| matches!(c, '\'' | '"') || c.is_whitespace());
    text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// A label that no spreadsheet takes for a formula, where it parts cells at semicolons or tabs too.
fn defused(label: &str) -> String {
    let cells = label.split_inclusive([';', '\t']);
    cells.map(|cell| if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }).collect()
}

/// The label as it was before it was defused.
fn bare(cell: &str) -> String {
    let cells = cell.split_inclusive([';', '\t']);
    cells.map(|cell| cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)).collect()
}

/// The separator after the first cell that counts; else, of a comma, a semicolon and a tab, that of which the header
/// has most.
fn separator(text: &str) -> u8 {
    let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let header = lines.next().unwrap_or_default();
    if let Some(separator) = told_separator(header) {
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

/// A row and where it stands in the file.
struct Row<'t, 'r> {
    text: &'t str,
    separator: u8,
    record: &'r StringRecord,
}

impl<'t> Row<'t, '_> {
    /// The byte where a cell begins.
    fn start(&self, column: usize) -> usize {
        let start = self.record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
        let row = self.text.get(start..).unwrap_or_default();
        let start = start + (row.len() - row.trim_start_matches(['\r', '\n']).len());
        let mut quoted = false;
        let bytes = self.text.as_bytes().get(start..).unwrap_or_default();
        let separators = bytes.iter().enumerate().filter(|(_, byte)| {
            quoted ^= **byte == b'"';
            **byte == self.separator && !quoted
        });
        let before = column.checked_sub(1).and_then(|n| separators.map(|(at, _)| at + 1).nth(n));
        start + before.unwrap_or(0)
    }

    /// The file from there on.
    fn at(&self, column: usize) -> &'t str {
        self.text.get(self.start(column)..).unwrap_or_default()
    }
}

fn broken(builder: &Builder<'_>, error: &csv::Error) -> FormatError {
    let byte = error.position().map_or(usize::MAX, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
    builder.source.error_at(byte, "This row can’t be read as a table’s. Save the table again as CSV.")
}
