//! Rows as people type them: a header of names and a row of scores for each ballot, or a row of a ranking for each.
//!
//! `5,4,0`, or `3: 5,4,0` and `3 × 5,4,0` for three of them, with `-`, `&`, `~` or nothing for left blank;
//! `3:April>Bruce=Clara` for rankings, whose choices are those that are named; `3x`, `3 ×` and `3` before one count too.
//! `#` begins a comment. Any text has lines: what is not surely such rows is refused.

use std::collections::HashSet;

use super::{
    Election, FormatError, READ, Reading,
    builder::{Builder, Mark},
    remarks,
    source::short,
};
use crate::{count::Method, marks::Kind};

/// What stands for a choice that was left blank.
const BLANK: [&str; 4] = ["", "-", "&", "~"];

/// Reads rows. Where `method` is approval or plurality, their numbers are 1 for marked and 0 for not.
pub(super) fn read(text: &str, method: Option<Method>, reading: Reading) -> Result<Election, FormatError> {
    let mut builder = Builder::new(text, Kind::Ranking, reading);
    remarks::take_all(&mut builder)?;
    if let Some(row) =
        builder.source.lines().find(|row| is_abif(row.split_once('#').map_or(*row, |(row, _)| row).trim()))
    {
        let what = "This is ABIF, which is not read. Save the ballots in another format, such as rows without ratings: \
                    “3: Ada > Ben”, each name written out.";
        return Err(builder.source.error(row, what));
    }
    let rows = builder.source.lines().map(|line| line.split_once('#').map_or(line, |(row, _)| row).trim());
    let mut rows = rows.filter(|row| !row.is_empty()).peekable();
    let Some(header) = rows.next_if(|row| row.contains(',') && !row.contains('>')) else {
        builder.election.kind = Kind::Ranking;
        let rows: Vec<&str> = rows.collect();
        // One name alone is a ballot where it is counted, or known from other rows.
        let mut known = HashSet::new();
        for row in &rows {
            let (_, counts, names) = counted(&builder, row)?;
            if counts || names.contains('>') {
                known.extend(names.split(['>', '=']).map(str::trim));
            }
        }
        rows.into_iter().try_for_each(|row| ranking(&mut builder, row, &known))?;
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

/// Whether a row is one that the Aggregated Ballot Information Format alone has: a name for a candidate’s token,
/// `=ada:[Ada Lovelace]`, metadata in braces, or a rating behind each name, `3:ada/5>ben/0`.
fn is_abif(row: &str) -> bool {
    let is_rated = |name: &str| name.trim().rsplit_once('/').is_some_and(|(_, rating)| rating.parse::<u32>().is_ok());
    let mut names = row.split(['>', '=', ',']);
    let token = row.strip_prefix('=').and_then(|row| row.split_once(':'));
    token.is_some_and(|(_, name)| name.trim_start().starts_with('['))
        || row.starts_with('{') && row.ends_with('}') && row.contains('"')
        || row.contains(['>', ',']) && row.contains(':') && names.all(is_rated)
}

/// An error at what is no row of an election.
fn unknown(builder: &Builder<'_>, part: &str) -> FormatError {
    builder.source.error(part, format!("“{}” is no ballot. {READ}", short(part)))
}

/// How many ballots a row stands for, whether it says so, and the rest of it.
fn counted<'t>(builder: &Builder<'_>, row: &'t str) -> Result<(u64, bool, &'t str), FormatError> {
    let digits = row.bytes().take_while(u8::is_ascii_digit).count();
    let (number, after) = row.split_at(digits);
    let sign = after.trim_start();
    let rest = match sign.chars().next() {
        _ if digits == 0 => None,
        Some(':' | '×' | '*') => sign.get(sign.chars().next().map_or(0, char::len_utf8)..),
        // A name may begin with an x.
        Some('x' | 'X') => sign.get(1..).filter(|rest| rest.starts_with(char::is_whitespace)),
        _ => None,
    };
    // A number before a ranking counts, with or without a sign.
    let bare = || (after.starts_with(char::is_whitespace) && row.contains('>')).then_some(sign);
    match rest.or_else(|| if digits > 0 { bare() } else { None }) {
        Some(rest) => Ok((builder.source.count(number)?, true, rest.trim())),
        None => Ok((1, false, row)),
    }
}

fn scores(builder: &mut Builder<'_>, row: &str) -> Result<(), FormatError> {
    let source = builder.source;
    let (count, _, cells) = counted(builder, row)?;
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

fn ranking(builder: &mut Builder<'_>, row: &str, known: &HashSet<&str>) -> Result<(), FormatError> {
    let (count, counts, names) = counted(builder, row)?;
    // What XML, a mail or a program has before and between such signs.
    if names.contains(['<', '{', '}', '"', ';', '\t', '\0']) || names.starts_with('>') && !counts {
        return Err(unknown(builder, row));
    }
    if !counts && !names.contains('>') && !names.split('=').all(|name| known.contains(name.trim())) {
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
