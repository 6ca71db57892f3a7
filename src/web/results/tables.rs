//! Tables that are the outcome of some methods: duels and paths, and how often each score was given.

use serde::Serialize;

use crate::{
    count::{Outcome, Unit},
    models::poll::Definition,
    text::grouped,
    web::show::{
        ballot::score_written,
        decision::{ROWS, in_order},
    },
    words::events,
};

/// The most choices of a table of each against each.
const PAIRED: usize = 60;

/// The most columns of scores: beyond it several share one.
const COLUMNS: usize = 11;

/// A table of each choice against each other.
#[derive(Serialize)]
pub struct MatrixView<'a> {
    title: &'static str,
    labels: Vec<&'a str>,
    rows: Vec<Vec<Duel>>,
}

/// A number against another.
#[derive(Serialize)]
struct Duel {
    number: String,
    /// `wins`, `draws`, or nothing; `self` on the diagonal.
    verdict: &'static str,
}

/// The tables of an outcome, their choices as they are ranked; none where they are too many to read.
pub fn matrices<'a>(definition: &'a Definition, outcome: &'a Outcome) -> Vec<MatrixView<'a>> {
    let order = in_order(outcome);
    if order.len() > PAIRED {
        return Vec::new();
    }
    let matrix = |matrix: &'a crate::count::Matrix| {
        let number =
            |row: usize, column: usize| matrix.rows.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0);
        let duel = |row: usize, column: usize| {
            let (ours, theirs) = (number(row, column), number(column, row));
            let sign = if ours < 0 { "−" } else { "" };
            let verdict = match ours.cmp(&theirs) {
                _ if row == column => "self",
                std::cmp::Ordering::Greater => "wins",
                std::cmp::Ordering::Equal => "draws",
                std::cmp::Ordering::Less => "",
            };
            Duel { number: format!("{sign}{}", grouped(ours.unsigned_abs())), verdict }
        };
        let row = |row: &usize| order.iter().map(|column| duel(*row, *column)).collect();
        MatrixView {
            title: events::table(matrix.kind),
            labels: order.iter().map(|choice| definition.choices[*choice].label.as_str()).collect(),
            rows: order.iter().map(row).collect(),
        }
    };
    outcome.matrices.iter().map(matrix).collect()
}

/// How many choices keep the tables of an outcome off its page, where they do.
pub fn too_many_to_pair(outcome: &Outcome) -> Option<usize> {
    Some(outcome.tally.len()).filter(|choices| *choices > PAIRED && !outcome.matrices.is_empty())
}

/// How often each choice got each score.
#[derive(Serialize)]
pub struct DistributionView<'a> {
    /// The scores, or ranges of them: `3`, `10–19`.
    scores: Vec<String>,
    rows: Vec<DistributionRow<'a>>,
    /// Whether some ballots leave choices without a score.
    unscored: bool,
    /// Whether scores are grades.
    grades: bool,
}

#[derive(Serialize)]
struct DistributionRow<'a> {
    label: &'a str,
    numbers: Vec<String>,
    unscored: String,
    /// The bar, the highest scores first.
    parts: Vec<Part>,
}

/// A part of a bar, in thousandths.
#[derive(Serialize)]
struct Part {
    start: u64,
    width: u64,
    /// From 0, the palest, to 5.
    shade: usize,
}

impl<'a> DistributionView<'a> {
    /// The scores of an outcome, its choices as they are ranked.
    pub fn new(definition: &'a Definition, outcome: &'a Outcome) -> Option<Self> {
        let distribution = outcome.distribution.as_ref()?;
        let most = distribution.scores.iter().map(Vec::len).max()?;
        let step = most.div_ceil(COLUMNS).max(1);
        let columns = most.div_ceil(step);
        let name = |column: usize| {
            let (from, to) = (column * step, (column * step + step).min(most) - 1);
            let written = |score: usize| score_written(&definition.poll, u32::try_from(score).unwrap_or(u32::MAX));
            if from == to { written(from) } else { format!("{from}–{to}") }
        };
        let row = |choice: usize| {
            let scores = &distribution.scores[choice];
            let numbers: Vec<u64> = scores.chunks(step).map(|chunk| chunk.iter().sum()).collect();
            let unscored = distribution.unscored[choice];
            let whole = u128::from(numbers.iter().sum::<u64>() + unscored).max(1);
            let (mut sum, mut start, mut parts) = (0_u128, 0, Vec::new());
            for (column, number) in numbers.iter().enumerate().rev() {
                sum += u128::from(*number);
                let end = u64::try_from(sum * 1000 / whole).unwrap_or(1000);
                let shade = column * 5 / columns.saturating_sub(1).max(1);
                parts.push(Part { start, width: end - start, shade });
                start = end;
            }
            parts.retain(|part| part.width > 0);
            DistributionRow {
                label: &definition.choices[choice].label,
                numbers: numbers.into_iter().map(grouped).collect(),
                unscored: grouped(unscored),
                parts,
            }
        };
        Some(Self {
            scores: (0..columns).map(name).collect(),
            rows: in_order(outcome).into_iter().take(ROWS).map(row).collect(),
            unscored: distribution.unscored.iter().any(|unscored| *unscored > 0),
            grades: outcome.unit == Unit::Grade,
        })
    }
}
