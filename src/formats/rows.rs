//! Rows as people type them: a header of names and a row of scores for each ballot, or a row of a ranking for each.
//!
//! A row of scores is `5,4,0`, or `3: 5,4,0` and `3 × 5,4,0` for three ballots, with `-`, `&`, `~` or nothing for a choice
//! that was left blank. A row of a ranking is `3:April>Bruce=Clara`; its choices are the names in it, and `3x`, `3 ×` and
//! `3` also give a number of ballots. `#` and a space begin a comment. Any text has lines, so whatever is not clearly such
//! a row is refused.

use super::{
    Election, FormatError, READABLE_FORMATS, ReadOptions,
    builder::{Builder, Mark},
    remarks,
    row_counts::{Names, counted},
    source::{Source, short},
};
use crate::{count::Method, marks::Kind};

/// The cells of a choice that was left blank.
const BLANK: [&str; 4] = ["", "-", "&", "~"];

/// Reads rows. With `method` approval or plurality, 1 means marked and 0 not marked.
pub(super) fn read(text: &str, method: Option<Method>, options: ReadOptions) -> Result<Election, FormatError> {
    let mut builder = Builder::new(text, Kind::Ranking, options);
    remarks::read_all(&mut builder)?;
    let rows: Vec<&str> =
        builder.source.lines().map(|line| uncommented(builder.source, line)).collect::<Result<_, _>>()?;
    if let Some(row) = rows.iter().find(|row| is_abif(row)) {
        let what = "This is ABIF, which is not read. Save the ballots in another format, such as rows without ratings: \
                    “3: Ada > Ben”, each name written out.";
        return Err(builder.source.error(row, what));
    }
    let mut rows = rows.into_iter().filter(|row| !row.is_empty()).peekable();
    let Some(header) = rows.next_if(|row| row.contains(',') && !row.contains('>')) else {
        builder.election.kind = Kind::Ranking;
        let rows: Vec<&str> = rows.collect();
        let names = Names::of(&rows);
        rows.into_iter().try_for_each(|row| ranking(&mut builder, row, &names))?;
        return builder.finish();
    };
    if rows.peek().is_none() {
        return Err(no_ballot(&builder, header));
    }
    let method = method.or(builder.election.method).map(Method::kind);
    let marked = matches!(method, Some(Kind::Pick | Kind::Approval));
    builder.election.kind = if marked { Kind::Approval } else { Kind::Score };
    let names = header.split_once(':').filter(|(count, _)| count.trim().eq_ignore_ascii_case("count"));
    // The file may be something else: any text can have a comma in its first line.
    let unsure = |mut error: FormatError| {
        error.what = format!("{} {READABLE_FORMATS}", error.what);
        error
    };
    for name in names.map_or(header, |(_, names)| names).split(',') {
        builder.choice(name.trim(), name).map_err(unsure)?;
    }
    if let Some(first) = rows.next() {
        scores(&mut builder, first).map_err(unsure)?;
    }
    rows.try_for_each(|row| scores(&mut builder, row))?;
    let mut election = builder.finish()?;
    if method == Some(Kind::Pick) && election.profile.iter().all(|(marks, _)| !marks.contains(',')) {
        election.kind = Kind::Pick;
    }
    Ok(election)
}

/// A line without its comment. A name may have a `#` in it, such as C#.
fn uncommented<'t>(source: Source<'t>, line: &'t str) -> Result<&'t str, FormatError> {
    let is_comment = |rest: &str| rest[1..].chars().next().is_none_or(char::is_whitespace);
    // At the beginning of a line that does not look like a ballot, a `#` needs no space.
    if line.starts_with('#') && (is_comment(line) || !line.contains(['>', ','])) {
        return Ok("");
    }
    let mut signs =
        line.char_indices().filter(|(at, c)| *c == '#' && !line[..*at].ends_with(|c: char| !c.is_whitespace()));
    if let Some((at, _)) = signs.next() {
        if is_comment(&line[at..]) {
            return Ok(line[..at].trim());
        }
        let what = format!(
            "“{}” may be a name or a comment. Write a space behind the # of a comment; a name can’t begin with one here: \
             change it, or save the ballots as a table.",
            short(&line[at..])
        );
        return Err(source.error(&line[at..], what));
    }
    Ok(line)
}

/// Whether a row can only be one of the Aggregated Ballot Information Format: a name for a candidate’s token,
/// `=ada:[Ada Lovelace]`, metadata in braces, or a rating behind a token, `3:ada/5>ben/0`.
fn is_abif(row: &str) -> bool {
    let is_rated = |name: &str| {
        let rated = name.trim().rsplit_once('/');
        rated.is_some_and(|(token, rating)| {
            let is_token = token.starts_with('[') || !token.contains(|c: char| !c.is_alphanumeric() && c != '_');
            is_token && !token.starts_with(|c: char| c.is_ascii_digit()) && rating.parse::<u32>().is_ok()
        })
    };
    let token = row.strip_prefix('=').and_then(|row| row.split_once(':'));
    let counted = row.split_once(':').filter(|(count, _)| count.trim().parse::<u64>().is_ok());
    token.is_some_and(|(_, name)| name.trim_start().starts_with('['))
        || row.starts_with('{') && row.ends_with('}') && row.contains('"')
        || counted.is_some_and(|(_, names)| names.split(['>', '=', ',']).any(is_rated))
        || row.contains('>') && row.split(['>', '=']).all(is_rated)
}

/// The error for a row that is no ballot.
fn no_ballot(builder: &Builder<'_>, part: &str) -> FormatError {
    builder.source.error(part, format!("“{}” is no ballot. {READABLE_FORMATS}", short(part)))
}

/// Reads a row of scores.
fn scores(builder: &mut Builder<'_>, row: &str) -> Result<(), FormatError> {
    let source = builder.source;
    let (count, cells) = counted(row).map_or(Ok((1, row)), |(number, cells)| Ok((source.count(number)?, cells)))?;
    let mut marks: Vec<Mark> = Vec::new();
    let mut number = 0;
    for (choice, cell) in cells.split(',').enumerate() {
        let value = cell.trim();
        number = choice + 1;
        if number > builder.choices() {
            return Err(
                source.error(cell, format!("This row has more numbers than the {choice} choices. Take some out."))
            );
        }
        match value.parse::<u32>() {
            _ if BLANK.contains(&value) => {}
            Ok(0) if builder.election.kind == Kind::Approval => {}
            Ok(value) => marks.push((choice, value)),
            Err(_) => {
                let what = format!("“{}” is no score. Write a whole number, or - for left blank.", short(value));
                return Err(source.error(cell.trim_start(), what));
            }
        }
    }
    if number < builder.choices() {
        let what = format!("This row has {number} numbers for {} choices. Write - for left blank.", builder.choices());
        return Err(source.error(row, what));
    }
    builder.ballot(marks, count, row)
}

/// Reads a row of a ranking.
fn ranking(builder: &mut Builder<'_>, row: &str, known: &Names<'_>) -> Result<(), FormatError> {
    let source = builder.source;
    let is_alone = counted(row).is_none() && !row.contains('>');
    if is_alone && !row.split('=').all(|name| known.is_known(name.trim())) {
        return Err(no_ballot(builder, row));
    }
    let number = known.count(row).map_err(|what| source.error(row, what))?;
    let (count, counts, names) = match number {
        Some((number, names)) => (source.count(number)?, true, names),
        None => (1, false, row),
    };
    if is_prose(names) || names.starts_with('>') && !counts {
        return Err(no_ballot(builder, row));
    }
    let mut marks: Vec<Mark> = Vec::new();
    for (rank, part) in (1..).zip(names.split('>')).filter(|(_, part)| !part.trim().is_empty()) {
        for name in part.split('=').map(str::trim) {
            marks.push((builder.find_or_add(name, name)?, rank));
        }
    }
    builder.ballot(marks, count, row)
}

/// Whether a row is rather XML, a mail or a program than a ranking.
fn is_prose(row: &str) -> bool {
    let opens = |part: &str| part.matches('(').count() != part.matches(')').count();
    row.contains(['<', '{', '}', '"', ';', '\t', '\0'])
        || ["->", "=>", ">=", "==", "&&", "||"].iter().any(|sign| row.contains(sign))
        || row.ends_with(':')
        || row.split(['>', '=']).any(opens)
}
