//! Finds columns whose numbers are probably no marks: ids, ages, counts and districts.

use csv::StringRecord;

use super::columns::Column;
use crate::marks::Kind;

/// The highest score of the usual scales.
const USUAL_HIGHEST: u64 = 10;

/// A number in a row, and its column.
type Number = (u64, usize);

/// The first column whose numbers do not look like marks of this kind. Takes time in proportion to the cells.
pub(super) fn suspect(columns: &[Column], rows: &[StringRecord], kind: Kind) -> Option<usize> {
    let choices: Vec<usize> = (0..columns.len()).filter(|at| columns[*at] == Column::Choice).collect();
    let numbers = |row: &StringRecord| -> Vec<Number> {
        let number = |at: usize| row.get(at).and_then(|cell| cell.trim().parse().ok());
        choices.iter().filter_map(|at| Some((number(*at)?, *at))).collect()
    };
    let rows: Vec<Vec<Number>> = rows.iter().map(numbers).collect();
    match kind {
        _ if choices.len() < 2 || rows.is_empty() => None,
        Kind::Ranking => no_rank(&choices, &rows).or_else(|| tied_alone(&choices, rows)),
        Kind::Score => running(&choices, &rows).or_else(|| large_alone(&rows)),
        Kind::Pick | Kind::Approval => None,
    }
}

/// The first column with a number in every row that is too large for a rank: all of them, or some of them where all
/// numbers differ.
fn no_rank(choices: &[usize], rows: &[Vec<Number>]) -> Option<usize> {
    let mut columns = vec![Vec::new(); choices.last()? + 1];
    for (number, at) in rows.iter().flatten() {
        columns[*at].push(*number);
    }
    let is_above = |number: Option<&u64>| number.is_some_and(|number| *number > choices.len() as u64);
    choices.iter().copied().find(|at| {
        let numbers = &mut columns[*at];
        numbers.sort_unstable();
        let all_differ = numbers.windows(2).all(|pair| pair[0] < pair[1]);
        numbers.len() == rows.len() && (is_above(numbers.first()) || all_differ && is_above(numbers.last()))
    })
}

/// The one column without which every row has the ranks 1, 2, 3 and so on, although not every row has them with it.
fn tied_alone(choices: &[usize], mut rows: Vec<Vec<Number>>) -> Option<usize> {
    rows.iter_mut().for_each(|row| row.sort_unstable());
    let misplaced = |row: &[Number]| row.iter().zip(1..).position(|((rank, _), place)| *rank != place);
    if choices.len() < 3 || rows.len() < 2 || rows.iter().all(|row| misplaced(row).is_none()) {
        return None;
    }
    let mut found: Option<Vec<usize>> = None;
    for row in &rows {
        // A rank that breaks the order, or the one before it, with which it may be tied; otherwise the last.
        let at = misplaced(row).or(row.len().checked_sub(1))?;
        let is_ranked_without = |removed: &usize| {
            let rest: Vec<Number> = [&row[..*removed], &row[removed + 1..]].concat();
            misplaced(&rest).is_none()
        };
        let candidates = [Some(at), at.checked_sub(1)].into_iter().flatten().filter(is_ranked_without);
        let candidates: Vec<usize> = candidates.map(|n| row[n].1).collect();
        found = Some(match found {
            None => candidates,
            Some(found) => found.into_iter().filter(|at| candidates.contains(at)).collect(),
        });
    }
    // Where two choices are tied on every ballot, both columns are found, and neither is suspect.
    found.as_deref().and_then(|found| if let [one] = found { Some(*one) } else { None })
}

/// The first column, where it numbers the rows (at least three) from 0 or 1.
fn running(choices: &[usize], rows: &[Vec<Number>]) -> Option<usize> {
    let first = *choices.first()?;
    let counts_up = |from: u64| rows.iter().zip(from..).all(|(row, n)| row.first() == Some(&(n, first)));
    (rows.len() > 2 && (counts_up(0) || counts_up(1))).then_some(first)
}

/// The only column with a number above [`USUAL_HIGHEST`] in every row.
fn large_alone(rows: &[Vec<Number>]) -> Option<usize> {
    let alone = |row: &Vec<Number>| {
        let mut large = row.iter().filter(|(number, _)| *number > USUAL_HIGHEST).map(|(_, at)| *at);
        large.next().filter(|_| large.next().is_none() && row.len() > 1)
    };
    let first = alone(rows.first()?)?;
    rows.iter().all(|row| alone(row) == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, rows: &[&[&str]]) -> Option<usize> {
        let rows: Vec<StringRecord> = rows.iter().map(|row| StringRecord::from(row.to_vec())).collect();
        suspect(&vec![Column::Choice; rows[0].len()], &rows, kind)
    }

    #[test]
    fn columns_of_other_numbers_are_found_among_ranks() {
        let suspect = |rows: &[&[&str]]| of(Kind::Ranking, rows);
        assert_eq!(suspect(&[&["1001", "1", "2"], &["1002", "2", "1"]]), Some(0));
        assert_eq!(suspect(&[&["1001", "1", "2"]]), Some(0));
        assert_eq!(suspect(&[&["1", "1", "2"], &["2", "2", "1"], &["3", "2", "1"]]), Some(0));
        assert_eq!(suspect(&[&["1", "2", "12"], &["2", "1", "12"]]), Some(2));
        // Wards 1 and 2 beside rankings that leave some out.
        assert_eq!(
            suspect(&[&["1", "1", "2", ""], &["1", "2", "1", ""], &["2", "1", "", "2"], &["1", "", "1", "2"]]),
            Some(0)
        );
        assert_eq!(suspect(&[&["5", "1", "2", ""], &["3", "", "1", "2"]]), Some(0));
        assert_eq!(suspect(&[&["1", "2", "3"], &["3", "2", "1"], &["2", "1", "3"]]), None);
        assert_eq!(suspect(&[&["1", "", "2"], &["", "2", "1"]]), None);
        assert_eq!(suspect(&[&["1", "1", "2"], &["2", "2", "2"]]), None);
        // A tie on every ballot, and one on one of them.
        assert_eq!(suspect(&[&["1", "1", "2"], &["1", "1", "2"]]), None);
        assert_eq!(suspect(&[&["1", "1", "2"], &["1", "2", "3"]]), None);
    }

    #[test]
    fn columns_of_other_numbers_are_found_among_scores() {
        let suspect = |rows: &[&[&str]]| of(Kind::Score, rows);
        assert_eq!(suspect(&[&["101", "5", "0"]]), Some(0));
        assert_eq!(suspect(&[&["5", "0", "34"], &["3", "4", "57"]]), Some(2));
        assert_eq!(suspect(&[&["1", "5", "0"], &["2", "3", "4"], &["3", "5", "5"]]), Some(0));
        assert_eq!(suspect(&[&["5", "1", "0"], &["3", "2", "4"], &["3", "3", "5"]]), None);
        assert_eq!(suspect(&[&["100", "0"], &["90", "40"]]), None);
        assert_eq!(suspect(&[&["5", "0"], &["1", "4"]]), None);
    }
}
