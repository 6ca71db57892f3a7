//! Tables (RFC 4180): a row for each distinct ballot, with how many there are of it and a column for each choice.
//!
//! The first cell tells what the numbers are: `ballots (ranking)`. A rank or a score, or 1 for what is marked; blank
//! is not marked. What else is known comes below, in rows that begin with `# urna`. Labels that a spreadsheet would
//! take for a formula have an apostrophe before them.

use csv::{QuoteStyle, ReaderBuilder, StringRecord, Writer, WriterBuilder};

use super::{
    Election, FormatError, Unwritable,
    builder::{Builder, Mark},
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

/// The kind of marks that the first cell tells.
fn header_kind(cell: &str) -> Option<Kind> {
    let cell = cell.trim().to_lowercase();
    kind_from(cell.strip_prefix("ballots")?.trim_start().strip_prefix('(')?.strip_suffix(')')?.trim())
}

/// Reads a table. Without a first column that counts, each row is a ballot, and `method` tells what the numbers are.
pub(super) fn read(text: &str, method: Option<Method>) -> Result<Election, FormatError> {
    let separator = separator(text);
    let mut reader =
        ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut builder = Builder::new(text, Kind::Ranking);
    let mut columns = None;
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| broken(&builder, &error))? {
        let row = Row { text, separator, record: &record };
        if record.get(0).is_some_and(|cell| cell.starts_with('#')) {
            remark(&mut builder, &row)?;
        } else if record.iter().all(|cell| cell.trim().is_empty()) && columns.is_none_or(|(_, counted)| counted) {
            continue;
        } else if let Some((first, counted)) = columns {
            ballot(&mut builder, &row, first, counted)?;
        } else {
            columns = Some(header(&mut builder, &row, method)?);
        }
    }
    builder.finish()
}

/// Reads the names of the columns: the first one with a choice, and whether one before it counts.
fn header(builder: &mut Builder<'_>, row: &Row<'_, '_>, method: Option<Method>) -> Result<(usize, bool), FormatError> {
    let counted = row.record.get(0).and_then(header_kind);
    let Some(kind) = counted.or(method.map(Method::kind)) else {
        let what = "Nothing tells whether the numbers are ranks or scores. Put a first column “ballots (ranking)”, \
                    “ballots (score)”, “ballots (approval)” or “ballots (pick)” before them, or name a method.";
        return Err(builder.source.error_at(row.start(0), what));
    };
    builder.election.kind = kind;
    let first = usize::from(counted.is_some());
    // Spreadsheets write empty cells after the last.
    let filled = row.record.iter().collect::<Vec<_>>().iter().rposition(|cell| !cell.trim().is_empty());
    for column in first..filled.map_or(0, |last| last + 1) {
        builder.choice(bare(row.record.get(column).unwrap_or_default()), row.at(column))?;
    }
    Ok((first, counted.is_some()))
}

fn ballot(builder: &mut Builder<'_>, row: &Row<'_, '_>, first: usize, counted: bool) -> Result<(), FormatError> {
    let source = builder.source;
    let wrong = |column: usize, what: String| Err(source.error_at(row.start(column), what));
    let cell = |column: usize| row.record.get(column).unwrap_or_default().trim();
    let choices = builder.choices();
    if (first + choices..row.record.len()).any(|column| !cell(column).is_empty()) {
        return wrong(first + choices, format!("This row has more cells than the {choices} choices. Take some out."));
    }
    let count = match (counted, cell(0).parse()) {
        (false, _) => 1,
        (true, Ok(count)) => count,
        (true, Err(_)) => {
            return wrong(0, format!("“{}” is no number of ballots. Write a whole number.", short(cell(0))));
        }
    };
    let mut marks: Vec<Mark> = Vec::new();
    for choice in 0..choices {
        let text = cell(first + choice);
        match text.parse::<u32>() {
            _ if text.is_empty() => {}
            Ok(0) if matches!(builder.election.kind, Kind::Pick | Kind::Approval) => {}
            Ok(0) if builder.election.kind == Kind::Ranking => {
                return wrong(first + choice, "0 is no rank. The best is 1.".into());
            }
            Ok(value) => marks.push((choice, value)),
            Err(_) => {
                return wrong(
                    first + choice,
                    format!("“{}” is no whole number from 0 up. Write one, or leave it blank.", short(text)),
                );
            }
        }
    }
    builder.ballot(&mut marks, count, row.at(0))
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
    let mut header = WriterBuilder::new().quote_style(style).from_writer(Vec::new());
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

/// Whether a spreadsheet would take a text for a formula, but for apostrophes before it.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

/// A label that no spreadsheet takes for a formula.
fn defused(label: &str) -> String {
    if is_formula(label) { format!("'{label}") } else { label.to_owned() }
}

/// The label as it was before it was defused.
fn bare(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|label| is_formula(label)).unwrap_or(cell)
}

/// The separator after the first cell that counts; else, of a comma, a semicolon and a tab, that of which the header
/// has most.
fn separator(text: &str) -> u8 {
    let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let header = lines.next().unwrap_or_default();
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
