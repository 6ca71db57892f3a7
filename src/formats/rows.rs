//! Rows as people type them: a header of names and a row of scores for each ballot, or a row of a ranking for each.
//!
//! `5,4,0`, or `3: 5,4,0` and `3 × 5,4,0` for three of them, with `-`, `&`, `~` or nothing for left blank;
//! `3:April>Bruce=Clara` for rankings, whose choices are those that are named. `#` begins a comment.

use super::{
    Election, FormatError,
    builder::{Builder, Mark},
    remarks,
    source::short,
};
use crate::{count::Method, marks::Kind};

/// What stands for a choice that was left blank.
const BLANK: [&str; 4] = ["", "-", "&", "~"];

/// Reads rows. Where `method` is approval or plurality, their numbers are 1 for marked and 0 for not.
pub(super) fn read(text: &str, method: Option<Method>) -> Result<Election, FormatError> {
    let mut builder = Builder::new(text, Kind::Ranking);
    remarks::take_all(&mut builder)?;
    let rows = builder.source.lines().map(|line| line.split_once('#').map_or(line, |(row, _)| row).trim());
    let mut rows = rows.filter(|row| !row.is_empty()).peekable();
    let Some(header) = rows.next_if(|row| row.contains(',') && !row.contains('>')) else {
        builder.election.kind = Kind::Ranking;
        rows.try_for_each(|row| ranking(&mut builder, row))?;
        return builder.finish();
    };
    let method = method.or(builder.election.method).map(Method::kind);
    let marked = matches!(method, Some(Kind::Pick | Kind::Approval));
    builder.election.kind = if marked { Kind::Approval } else { Kind::Score };
    let names = header.split_once(':').filter(|(count, _)| count.trim().eq_ignore_ascii_case("count"));
    for name in names.map_or(header, |(_, names)| names).split(',') {
        builder.choice(name.trim(), name)?;
    }
    rows.try_for_each(|row| scores(&mut builder, row))?;
    let mut election = builder.finish()?;
    if method == Some(Kind::Pick) && election.profile.iter().all(|(marks, _)| !marks.contains(',')) {
        election.kind = Kind::Pick;
    }
    Ok(election)
}

/// A row and how many ballots it stands for.
fn counted<'t>(builder: &Builder<'_>, row: &'t str) -> Result<(u64, &'t str), FormatError> {
    match row.split_once([':', '×']) {
        Some((count, rest)) if count.trim().bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok((builder.source.count(count.trim())?, rest.trim()))
        }
        _ => Ok((1, row)),
    }
}

fn scores(builder: &mut Builder<'_>, row: &str) -> Result<(), FormatError> {
    let source = builder.source;
    let (count, cells) = counted(builder, row)?;
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
    builder.ballot(&mut marks, count, row)
}

fn ranking(builder: &mut Builder<'_>, row: &str) -> Result<(), FormatError> {
    let (count, names) = counted(builder, row)?;
    let mut marks: Vec<Mark> = Vec::new();
    for (rank, part) in (1..).zip(names.split('>')).filter(|(_, part)| !part.trim().is_empty()) {
        for name in part.split('=').map(str::trim) {
            let choice = match builder.find(name) {
                Some(choice) => choice,
                None => {
                    builder.choice(name, name)?;
                    builder.choices() - 1
                }
            };
            marks.push((choice, rank));
        }
    }
    builder.ballot(&mut marks, count, row)
}
