//! Rows as people type them: a header of names and a row of scores for each ballot, or a row of a ranking for each.
//!
//! `5,4,0`, or `3: 5,4,0` and `3 × 5,4,0` for three of them, with `-`, `&`, `~` or nothing for left blank;
//! `3:April>Bruce=Clara` for rankings, whose choices are those that are named; `3x`, `3 ×` and `3` before one count too.
//! `#` and a space begin a comment. Any text has lines: what is not surely such rows is refused.

use super::{
    Election, FormatError, READ, Reading,
    builder::{Builder, Mark},
    remarks,
    row_counts::{Names, counted},
    source::{Source, short},
};
use crate::{count::Method, marks::Kind};

/// What stands for a choice that was left blank.
const BLANK: [&str; 4] = ["", "-", "&", "~"];

/// Reads rows. Where `method` is approval or plurality, their numbers are 1 for marked and 0 for not.
pub(super) fn read(text: &str, method: Option<Method>, reading: Reading) -> Result<Election, FormatError> {
    let mut builder = Builder::new(text, Kind::Ranking, reading);
    remarks::take_all(&mut builder)?;
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
        return Err(unknown(&builder, header));
    }
    let method = method.or(builder.election.method).map(Method::kind);
    let marked = matches!(method, Some(Kind::Pick | Kind::Approval));
    builder.election.kind = if marked { Kind::Approval } else { Kind::Score };
    let names = header.split_once(':').filter(|(count, _)| count.trim().eq_ignore_ascii_case("count"));
    // Any text may have a comma in its first line.
    let unsure = |mut error: FormatError| {
        error.what = format!("{} {READ}", error.what);
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

/// A line without its comment. A name may have the sign in it, as C# has.
fn uncommented<'t>(source: Source<'t>, line: &'t str) -> Result<&'t str, FormatError> {
    let is_comment = |rest: &str| rest[1..].chars().next().is_none_or(char::is_whitespace);
    // One that begins the line may have no space behind it where nothing looks like a ranking.
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

/// Whether a row is one that the Aggregated Ballot Information Format alone has: a name for a candidate’s token,
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

/// An error at what is no row of an election.
fn unknown(builder: &Builder<'_>, part: &str) -> FormatError {
    builder.source.error(part, format!("“{}” is no ballot. {READ}", short(part)))
}

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

fn ranking(builder: &mut Builder<'_>, row: &str, known: &Names<'_>) -> Result<(), FormatError> {
    let source = builder.source;
    let is_alone = counted(row).is_none() && !row.contains('>');
    if is_alone && !row.split('=').all(|name| known.is_known(name.trim())) {
        return Err(unknown(builder, row));
    }
    let number = known.count(row).map_err(|what| source.error(row, what))?;
    let (count, counts, names) = match number {
        Some((number, names)) => (source.count(number)?, true, names),
        None => (1, false, row),
    };
    if is_prose(names) || names.starts_with('>') && !counts {
        return Err(unknown(builder, row));
    }
    let mut marks: Vec<Mark> = Vec::new();
    for (rank, part) in (1..).zip(names.split('>')).filter(|(_, part)| !part.trim().is_empty()) {
        for name in part.split('=').map(str::trim) {
            marks.push((builder.named(name, name)?, rank));
        }
    }
    builder.ballot(marks, count, row)
}

/// Whether a row has what XML, a mail or a program has before, between and behind the signs of a ranking.
fn is_prose(row: &str) -> bool {
    let opens = |part: &str| part.matches('(').count() != part.matches(')').count();
    row.contains(['<', '{', '}', '"', ';', '\t', '\0'])
        || ["->", "=>", ">=", "==", "&&", "||"].iter().any(|sign| row.contains(sign))
        || row.ends_with(':')
        || row.split(['>', '=']).any(opens)
}
