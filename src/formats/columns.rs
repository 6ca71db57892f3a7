//! What the columns of a table are: choices, the number of ballots, ranks with names in their cells, or nothing that is
//! counted. A column that is none of these must not become a choice without a word.

use csv::StringRecord;

/// Headers of columns that say how many ballots a row stands for.
const COUNTS: &[&str] = &[
    "ballots",
    "ballot count",
    "count",
    "counts",
    "frequency",
    "number",
    "number of ballots",
    "number of votes",
    "quantity",
    "times",
    "voters",
    "votes",
    "weight",
];

/// Headers of columns that say something else of a ballot.
const OTHERS: &[&str] = &[
    "ballot",
    "ballot id",
    "ballot number",
    "cast at",
    "created",
    "created at",
    "cvr",
    "date",
    "date submitted",
    "datetime",
    "email",
    "e-mail",
    "email address",
    "guid",
    "id",
    "index",
    "ip",
    "ip address",
    "line",
    "no",
    "no.",
    "nr",
    "nr.",
    "#",
    "polling place",
    "precinct",
    "precinct id",
    "respondent",
    "respondent id",
    "response",
    "response id",
    "row",
    "submission id",
    "submitted",
    "submitted at",
    "time",
    "timestamp",
    "token",
    "user",
    "user id",
    "username",
    "uuid",
    "voter",
    "voter id",
    "voter name",
];

/// Words for ranks, in their order.
const ORDINALS: &[&str] =
    &["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

/// What stands for “this ballot says nothing of this choice”, written small. Elekto stores it as the number.
const NO_OPINION: &[&str] = &["no opinion", "no_opinion", "noopinion", "100000000"];

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// A choice, with a rank or a score in each cell.
    Choice,
    /// The number of ballots.
    Count,
    /// A rank, from 1, with the name of a choice in each cell.
    Rank(u32),
    /// What is not counted.
    Other,
}

/// The columns by their headers alone: the second sheet of many forms has a column a rank.
pub(super) fn of(header: &[&str]) -> Vec<Column> {
    let mut columns: Vec<Column> = header.iter().map(|name| named(name)).collect();
    let ranks: Vec<Option<u32>> = header.iter().map(|name| rank(name)).collect();
    let in_order = ranks.iter().flatten().copied().eq((1..).take(ranks.iter().flatten().count()));
    let all = columns.iter().zip(&ranks).all(|(column, rank)| *column != Column::Choice || rank.is_some());
    if in_order && all && ranks.iter().flatten().count() > 1 {
        for (column, rank) in columns.iter_mut().zip(ranks) {
            *column = rank.map_or(*column, Column::Rank);
        }
    }
    columns
}

fn named(name: &str) -> Column {
    let name = name.trim().to_lowercase().replace('_', " ");
    match name.as_str() {
        name if COUNTS.contains(&name) => Column::Count,
        name if OTHERS.contains(&name) => Column::Other,
        _ => Column::Choice,
    }
}

/// The rank that a header tells: `1st`, `Rank 2`, `Third choice`, `Preference 4`.
fn rank(name: &str) -> Option<u32> {
    let name = name.to_lowercase();
    let mut rank = None;
    for word in name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
        let number = ORDINALS.iter().zip(1..).find(|(ordinal, _)| **ordinal == word).map(|(_, number)| number);
        match (number.or_else(|| digits.parse().ok()), word) {
            (Some(number), _) if rank.is_none() => rank = Some(number),
            (None, "rank" | "choice" | "preference" | "place" | "vote" | "ranked" | "my" | "your") => {}
            _ => return None,
        }
    }
    rank
}

/// Whether a cell says that the ballot says nothing of the choice.
pub(super) fn is_no_opinion(cell: &str) -> bool {
    NO_OPINION.contains(&cell.trim().to_lowercase().as_str())
}

/// The first column that looks like no choice of a ranking, by its numbers: each row has another, and they are no ranks
/// among the other columns; or every row would have ranks from 1 without it and has not with it.
pub(super) fn suspect(columns: &[Column], rows: &[StringRecord]) -> Option<usize> {
    let choices: Vec<usize> = (0..columns.len()).filter(|at| columns[*at] == Column::Choice).collect();
    if choices.len() < 3 || rows.len() < 2 {
        return None;
    }
    let number = |row: &StringRecord, at: usize| row.get(at).and_then(|cell| cell.trim().parse::<u64>().ok());
    choices.iter().copied().find(|at| {
        let mut own: Vec<u64> = rows.iter().filter_map(|row| number(row, *at)).collect();
        own.sort_unstable();
        let all_differ = own.len() == rows.len() && own.windows(2).all(|pair| pair[0] < pair[1]);
        let is_no_rank = own.last().is_some_and(|last| *last > choices.len() as u64);
        let is_ranked = |row: &StringRecord, but: Option<usize>| {
            let mut ranks: Vec<u64> =
                choices.iter().filter(|other| Some(**other) != but).filter_map(|other| number(row, *other)).collect();
            ranks.sort_unstable();
            ranks.into_iter().eq(1..choices.len() as u64 + u64::from(but.is_none()))
        };
        (all_differ && is_no_rank)
            || rows.iter().all(|row| is_ranked(row, Some(*at))) && !rows.iter().all(|row| is_ranked(row, None))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_what_columns_are() {
        use Column::{Choice, Count, Other, Rank};
        assert_eq!(of(&["Voter", "Ada", "Ben"]), [Other, Choice, Choice]);
        assert_eq!(of(&["Ada", "Ben", "Votes"]), [Choice, Choice, Count]);
        assert_eq!(of(&["Voter_ID", "1st", "2nd", "3rd"]), [Other, Rank(1), Rank(2), Rank(3)]);
        assert_eq!(of(&["First choice", "Second choice"]), [Rank(1), Rank(2)]);
        assert_eq!(of(&["Rank 1", "Rank 2", "Count"]), [Rank(1), Rank(2), Count]);
        // Choices that have numbers for names are choices.
        assert_eq!(of(&["2", "3"]), [Choice, Choice]);
        assert_eq!(of(&["Ada", "1st"]), [Choice, Choice]);
    }

    #[test]
    fn columns_of_other_numbers_are_suspected() {
        let suspect = |rows: &[&[&str]]| {
            let rows: Vec<StringRecord> = rows.iter().map(|row| StringRecord::from(row.to_vec())).collect();
            suspect(&vec![Column::Choice; rows[0].len()], &rows)
        };
        assert_eq!(suspect(&[&["1001", "1", "2"], &["1002", "2", "1"]]), Some(0));
        assert_eq!(suspect(&[&["1", "1", "2"], &["2", "2", "1"], &["3", "2", "1"]]), Some(0));
        assert_eq!(suspect(&[&["1", "2", "12"], &["2", "1", "12"]]), Some(2));
        assert_eq!(suspect(&[&["1", "2", "3"], &["3", "2", "1"], &["2", "1", "3"]]), None);
        assert_eq!(suspect(&[&["1", "", "2"], &["", "2", "1"]]), None);
        assert_eq!(suspect(&[&["1", "1", "2"], &["2", "2", "2"]]), None);
    }
}
