//! The columns of a table: choices, the number of ballots, ranks with names in their cells, or other data, such as a
//! timestamp. Other data must never be read as a choice without a note.

use csv::StringRecord;

use super::column_words::{
    BLANK_RANKS, COUNTS, MAYBE_COUNTS, MAYBE_OTHERS, NO_OPINION, ORDINALS, OTHERS, UNKNOWN_RANKS,
};

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// A choice, with a rank or a score in each cell.
    Choice,
    /// The number of ballots.
    Count,
    /// A rank, from 1, with the name of a choice in each cell.
    Rank(u32),
    /// Data that is not counted.
    Other,
}

/// The columns by their headers. If all that could be choices are named as ranks in order, they are columns of ranks.
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
    let name = regular(name);
    let is_in = |words: &[&str]| words.contains(&name.as_str());
    if is_in(COUNTS) || is_in(MAYBE_COUNTS) {
        Column::Count
    } else if is_in(OTHERS) || is_in(MAYBE_OTHERS) {
        Column::Other
    } else {
        Column::Choice
    }
}

fn regular(name: &str) -> String {
    name.trim().to_lowercase().replace('_', " ")
}

/// The first column that may be a choice or other data, both by its header and by its cells. A table with a column for
/// each rank has no choices in its header.
pub(super) fn unclear(header: &[&str], columns: &[Column], rows: &[StringRecord]) -> Option<usize> {
    if columns.iter().any(|column| matches!(column, Column::Rank(_))) {
        return None;
    }
    let is_mark = |cell: &str| cell.trim().is_empty() || is_no_opinion(cell) || cell.trim().parse::<u32>().is_ok();
    (0..header.len()).find(|at| match columns[*at] {
        Column::Count => MAYBE_COUNTS.contains(&regular(header[*at]).as_str()),
        Column::Other => {
            MAYBE_OTHERS.contains(&regular(header[*at]).as_str())
                && rows.iter().all(|row| row.get(*at).is_none_or(is_mark))
        }
        Column::Choice | Column::Rank(_) => false,
    })
}

/// Whether the header and all rows have only numbers, so that the first row may be no header.
pub(super) fn is_of_numbers(header: &[&str], rows: &[StringRecord]) -> bool {
    let is_number = |cell: &str| cell.trim().is_empty() || cell.trim().parse::<u64>().is_ok();
    header.iter().all(|cell| is_number(cell)) && rows.iter().all(|row| row.iter().all(is_number))
}

/// The rank in a header: `1st`, `Rank 2`, `Third choice`, `Preference 4`.
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

/// Whether a cell says that the ballot has no opinion on the choice.
pub(super) fn is_no_opinion(cell: &str) -> bool {
    NO_OPINION.contains(&cell.trim().to_lowercase().as_str())
}

/// Whether a cell of a rank says in words that it was left blank.
pub(super) fn is_blank_rank(cell: &str) -> bool {
    BLANK_RANKS.contains(&cell.trim().to_lowercase().as_str())
}

/// Whether a cell of a rank says that something unknown was marked there.
pub(super) fn is_unknown_rank(cell: &str) -> bool {
    UNKNOWN_RANKS.contains(&cell.trim().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_decide_what_columns_are() {
        use Column::{Choice, Count, Other, Rank};
        assert_eq!(of(&["Voter", "Ada", "Ben"]), [Other, Choice, Choice]);
        assert_eq!(of(&["Ada", "Ben", "Votes"]), [Choice, Choice, Count]);
        assert_eq!(of(&["Voter_ID", "1st", "2nd", "3rd"]), [Other, Rank(1), Rank(2), Rank(3)]);
        assert_eq!(of(&["First choice", "Second choice"]), [Rank(1), Rank(2)]);
        assert_eq!(of(&["Rank 1", "Rank 2", "Count"]), [Rank(1), Rank(2), Count]);
        assert_eq!(of(&["Ada", "# of Votes"]), [Choice, Count]);
        // Choices that have numbers for names are choices.
        assert_eq!(of(&["2", "3"]), [Choice, Choice]);
        assert_eq!(of(&["Ada", "1st"]), [Choice, Choice]);
    }

    #[test]
    fn a_header_that_may_name_a_choice_is_unclear_above_marks() {
        let unclear = |header: &[&str], rows: &[&[&str]]| {
            let rows: Vec<StringRecord> = rows.iter().map(|row| StringRecord::from(row.to_vec())).collect();
            unclear(header, &of(header), &rows)
        };
        assert_eq!(unclear(&["Yes", "No"], &[&["0", "1"]]), Some(1));
        assert_eq!(unclear(&["Yes", "No"], &[&["0", ""], &["1", "No opinion"]]), Some(1));
        assert_eq!(unclear(&["Arial", "Times"], &[&["1", "2"]]), Some(1));
        assert_eq!(unclear(&["Date", "Ada"], &[&["2026-11-26", "1"]]), None);
        assert_eq!(unclear(&["Voter", "Ada", "Votes"], &[&["1", "1", "2"]]), None);
        assert_eq!(unclear(&["No", "1st", "2nd"], &[&["1", "Ada", "Ben"]]), None);
    }
}
