//! PrefLib's formats: orders (`soc`, `soi`, `toc`, `toi`) and categories (`cat`).
//!
//! Source: PrefLib, "Format Specification" (2022), <https://preflib.github.io/PrefLib-Jekyll/format>, and the format
//! before it, whose files begin with the number of alternatives. A pick is an order of one choice; approvals are the first
//! of two categories; scores are categories whose names are numbers, and where they are no numbers, the last category
//! scores 0. PrefLib has no empty order, so the number of blank ballots is in a comment.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
};

use super::{
    Election, FormatError, ReadOptions, Unwritable,
    builder::{Builder, Mark},
    positions, remarks,
};
use crate::marks::{self, Kind};

/// The comment with the number of blank ballots.
const BLANK: &str = "# BLANK BALLOTS:";

/// Whether a line is PrefLib's metadata.
pub(super) fn is_metadata(line: &str) -> bool {
    ["# NUMBER ALTERNATIVES", "# ALTERNATIVE NAME", "# DATA TYPE", "# FILE NAME"]
        .iter()
        .any(|name| line.starts_with(name))
}

/// Reads a file with the metadata of the current format or the header of the old one.
pub(super) fn read(text: &str, options: ReadOptions) -> Result<Election, FormatError> {
    let mut builder = Builder::new(text, Kind::Ranking, options);
    remarks::read_all(&mut builder)?;
    let source = builder.source;
    let mut categories: BTreeMap<usize, &str> = BTreeMap::new();
    let mut blank = None;
    for line in source.lines().filter(|line| line.starts_with('#')) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        let numbered = |what: &str| name.strip_prefix(what).map(str::trim);
        if name == "# TITLE" {
            builder.title(value, value)?;
        } else if line.starts_with(BLANK) {
            blank = Some(value);
        } else if let Some(number) = numbered("# ALTERNATIVE NAME") {
            if number.parse() != Ok(builder.choices() + 1) {
                return Err(source.error(number, "The alternatives’ numbers are 1, 2, 3 and so on, in this order."));
            }
            builder.numbered_choice(value, value)?;
        } else if let Some(number) = numbered("# CATEGORY NAME") {
            let number = number.parse().map_err(|_| source.error(number, "A category has a number, from 1."))?;
            categories.insert(number, value);
        }
    }
    let mut rows = source.lines().filter(|line| !line.starts_with('#'));
    let old = builder.choices() == 0;
    if old {
        old_header(&mut builder, &mut rows)?;
    }
    let values = values(&mut builder, &categories);
    for row in rows {
        let (count, order) = row.split_once(if old { ',' } else { ':' }).unwrap_or((row, ""));
        let marks = groups(&builder, order, values.as_deref())?;
        builder.ballot(marks, source.count(count.trim())?, row)?;
    }
    if let Some(blank) = blank {
        builder.ballot(Vec::new(), source.count(blank)?, blank)?;
    }
    builder.finish()
}

/// Reads the header of the old format: the number of alternatives, their names, and the line of totals.
fn old_header<'t>(builder: &mut Builder<'_>, rows: &mut impl Iterator<Item = &'t str>) -> Result<(), FormatError> {
    let source = builder.source;
    let Some(first) = rows.next() else { return Ok(()) };
    let number: usize = first.parse().map_err(|_| {
        source.error(
            first,
            "PrefLib’s metadata is missing. It begins with “# ALTERNATIVE NAME 1: …”, or the number of alternatives.",
        )
    })?;
    for wanted in 1..=number {
        let row = rows
            .next()
            .ok_or_else(|| source.error_at(usize::MAX, format!("The name of alternative {wanted} is missing.")))?;
        let named = row.split_once(',').filter(|(number, _)| number.trim().parse() == Ok(wanted));
        let (_, name) = named.ok_or_else(|| source.error(row, format!("This must be “{wanted}, NAME”.")))?;
        builder.numbered_choice(name.trim().trim_matches('"'), row)?;
    }
    match rows.next() {
        Some(totals) if totals.split(',').count() == 3 => Ok(()),
        Some(row) => {
            Err(source.error(row, "This must be three numbers: voters, the sum of counts, and unique orders."))
        }
        None => Err(source.error_at(usize::MAX, "The line with the number of voters is missing.")),
    }
}

/// The value of each category: its score, or 1 for approved and `None` for not approved. Without categories, nothing.
fn values(builder: &mut Builder<'_>, categories: &BTreeMap<usize, &str>) -> Option<Vec<Option<u32>>> {
    if categories.is_empty() {
        return None;
    }
    let numbers: Option<Vec<u32>> = categories.values().map(|name| name.parse().ok()).collect();
    builder.election.kind = Kind::Score;
    Some(match numbers {
        Some(numbers) => {
            let highest = builder.election.highest.or_else(|| remarks::highest(numbers.iter().copied().max()?));
            builder.election.highest = highest;
            numbers.into_iter().map(Some).collect()
        }
        None if categories.len() == 2 => {
            builder.election.kind = Kind::Approval;
            vec![Some(1), None]
        }
        None => (0..).take(categories.len()).map(Some).collect::<Vec<_>>().into_iter().rev().collect(),
    })
}

/// Reads groups of choices, such as `1,{2,3},4`: the first group is rank 1 or the first category, and so on.
fn groups(builder: &Builder<'_>, order: &str, values: Option<&[Option<u32>]>) -> Result<Vec<Mark>, FormatError> {
    let source = builder.source;
    let mut marks = Vec::new();
    let (mut rest, mut group) = (order.trim(), 0);
    while !rest.is_empty() {
        let (members, after) = match rest.strip_prefix('{') {
            Some(inner) => inner.split_once('}').ok_or_else(|| source.error(rest, "A “}” is missing."))?,
            None => rest.find(',').map_or((rest, ""), |comma| rest.split_at(comma)),
        };
        let value = match values {
            None => Some(u32::try_from(group + 1).unwrap_or(u32::MAX)),
            Some(values) => {
                *values.get(group).ok_or_else(|| source.error(rest, "There are more groups than categories."))?
            }
        };
        for member in members.split(',').map(str::trim).filter(|_| !members.trim().is_empty()) {
            let choice = source.position(member, builder.choices())?;
            marks.extend(value.map(|value| (choice, value)));
        }
        // In an order, an empty group is no rank.
        group += usize::from(values.is_some() || !members.trim().is_empty());
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.is_empty() => "",
            None => return Err(source.error(after, "A comma is missing here.")),
        };
    }
    Ok(marks)
}

/// The data type, which is also the extension of the file: the strictest one that fits these ballots.
pub(super) fn data_type(election: &Election) -> &'static str {
    if matches!(election.kind, Kind::Approval | Kind::Score) {
        return "cat";
    }
    let marked = || election.profile.iter().filter(|(marks, _)| !marks.is_empty());
    let ties = election.kind == Kind::Ranking && marked().any(|(marks, _)| marks.contains('='));
    let complete = marked().all(|(marks, _)| marks::read(election.kind, marks).count() == election.choices.len());
    match (complete, ties) {
        (true, false) => "soc",
        (false, false) => "soi",
        (true, true) => "toc",
        (false, true) => "toi",
    }
}

/// Writes a file.
pub(super) fn write(election: &Election) -> Result<String, Unwritable> {
    if super::has_skipped_ranks(election) {
        return Err(Unwritable("PrefLib’s formats have no skipped ranks. Take CSV, JSON or BLT."));
    }
    let data_type = data_type(election);
    let categories = categories(election);
    let positions = positions(election);
    let groups = |marks: &String| groups_of(election, &positions, marks, categories.len());
    let written: Vec<(u64, String)> = election.profile.iter().map(|(marks, count)| (*count, groups(marks))).collect();
    let (orders, blank): (Vec<_>, Vec<_>) = written.iter().partition(|(_, groups)| !groups.is_empty());
    let sum = |rows: &[&(u64, String)]| rows.iter().map(|(count, _)| count).sum::<u64>();
    let unique = if categories.is_empty() { "ORDERS" } else { "PREFERENCES" };
    let mut text = format!(
        "# FILE NAME: election.{data_type}\n# TITLE: {}\n# DESCRIPTION:\n# DATA TYPE: {data_type}\n\
         # MODIFICATION TYPE: original\n# RELATES TO:\n# RELATED FILES:\n# PUBLICATION DATE:\n# MODIFICATION DATE:\n\
         # NUMBER ALTERNATIVES: {}\n# NUMBER VOTERS: {}\n# NUMBER UNIQUE {unique}: {}\n",
        election.title,
        election.choices.len(),
        sum(&orders),
        orders.len(),
    );
    if !categories.is_empty() {
        let _ = writeln!(text, "# NUMBER CATEGORIES: {}", categories.len());
    }
    for (number, name) in (1..).zip(&categories) {
        let _ = writeln!(text, "# CATEGORY NAME {number}: {name}");
    }
    for (number, choice) in (1..).zip(&election.choices) {
        let _ = writeln!(text, "# ALTERNATIVE NAME {number}: {}", choice.label);
    }
    if !blank.is_empty() {
        let _ = writeln!(text, "{BLANK} {}", sum(&blank));
    }
    let native: &[&str] = if categories.is_empty() { &["title"] } else { &["title", "kind"] };
    for remark in remarks::of(election, native) {
        let _ = writeln!(text, "{remark}");
    }
    for (count, groups) in orders {
        let _ = writeln!(text, "{count}: {groups}");
    }
    Ok(text)
}

/// The names of the categories, the best first; empty for orders.
fn categories(election: &Election) -> Vec<String> {
    match election.kind {
        Kind::Pick | Kind::Ranking => Vec::new(),
        Kind::Approval => vec!["Approved".into(), "Not approved".into()],
        Kind::Score => {
            let highest = election.highest.unwrap_or(0).max(election.highest_given());
            (0..=highest).rev().map(|score| score.to_string()).collect()
        }
    }
}

/// The groups of a ballot; empty for a blank ballot of an order.
fn groups_of(election: &Election, positions: &HashMap<&str, usize>, text: &str, categories: usize) -> String {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let last = categories.saturating_sub(1);
    groups.extend((0..categories).map(|group| (group, Vec::new())));
    let mut is_unmarked: Vec<bool> = vec![true; election.choices.len()];
    for (key, value) in marks::read(election.kind, text).flatten() {
        let Some(position) = positions.get(key) else { continue };
        is_unmarked[*position] = false;
        let group = match election.kind {
            Kind::Score => last.saturating_sub(value as usize),
            Kind::Approval => 0,
            Kind::Pick | Kind::Ranking => value as usize,
        };
        groups.entry(group).or_default().push(position + 1);
    }
    if election.kind == Kind::Approval {
        groups.insert(
            1,
            (1..).zip(is_unmarked).filter(|(_, is_unmarked)| *is_unmarked).map(|(number, _)| number).collect(),
        );
    }
    let written = groups.into_values().map(|mut members| {
        members.sort_unstable();
        match members.as_slice() {
            [one] => one.to_string(),
            _ => format!("{{{}}}", members.iter().map(usize::to_string).collect::<Vec<_>>().join(",")),
        }
    });
    written.collect::<Vec<_>>().join(",")
}
