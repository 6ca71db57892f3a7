//! Writes tables that spreadsheets show unchanged.

use csv::{QuoteStyle, Writer, WriterBuilder};

use crate::{
    formats::{Election, Unwritable, kind_word, positions, remarks},
    marks,
};

/// Writes the table.
pub(in crate::formats) fn write(election: &Election) -> Result<String, Unwritable> {
    let broken = |_| Unwritable("The table could not be written.");
    let first = format!("ballots ({})", kind_word(election.kind));
    let labels: Vec<String> = election.choices.iter().map(|choice| escaped(&choice.label)).collect();
    // In many countries spreadsheets split cells at semicolons.
    let style = if labels.iter().any(|label| may_split(label)) { QuoteStyle::Always } else { QuoteStyle::Necessary };
    let mut header = WriterBuilder::new().quote_style(style).from_writer("\u{feff}".as_bytes().to_vec());
    header.write_record(std::iter::once(first).chain(labels)).map_err(broken)?;
    let mut writer =
        Writer::from_writer(header.into_inner().map_err(|_| Unwritable("The table could not be written."))?);
    let positions = positions(election);
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
        let quoted = if may_split(&remark) || remark.contains(',') {
            format!("\"{}\"", remark.replace('"', "\"\""))
        } else {
            remark
        };
        bytes.extend_from_slice(quoted.as_bytes());
        bytes.push(b'\n');
    }
    String::from_utf8(bytes).map_err(|_| Unwritable("The table could not be written."))
}

/// A table for people: the first row has the headings. A spreadsheet shows each cell unchanged.
///
/// # Errors
/// [`Unwritable`] where a row has more or fewer cells than the first.
pub fn table(rows: &[Vec<String>]) -> Result<String, Unwritable> {
    let broken = || Unwritable("The table could not be written.");
    let splits = rows.iter().flatten().any(|cell| may_split(cell));
    let style = if splits { QuoteStyle::Always } else { QuoteStyle::Necessary };
    let mut writer = WriterBuilder::new().quote_style(style).from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows {
        writer.write_record(row.iter().map(|cell| escaped(cell))).map_err(|_| broken())?;
    }
    let bytes = writer.into_inner().map_err(|_| broken())?;
    String::from_utf8(bytes).map_err(|_| broken())
}

/// Whether a spreadsheet may split a text into cells.
fn may_split(text: &str) -> bool {
    text.contains(['"', ';', '\t'])
}

/// Whether a spreadsheet would evaluate a text as a formula, also behind apostrophes, quotation marks and spaces.
fn is_formula(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| matches!(c, '\'' | '"') || c.is_whitespace());
    text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// A label with an apostrophe before each part that a spreadsheet would evaluate, also where it splits cells at semicolons
/// or tabs.
fn escaped(label: &str) -> String {
    let cells = label.split_inclusive([';', '\t']);
    cells.map(|cell| if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }).collect()
}

/// The label that was [`escaped`].
pub(super) fn unescaped(cell: &str) -> String {
    let cells = cell.split_inclusive([';', '\t']);
    cells.map(|cell| cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)).collect()
}
