//! “What if”: the same ballots by every method that reads them, and where the methods part ways.

use serde::Serialize;

use crate::{
    count::{Ballots, Compared, compare},
    marks::Kind,
    scoreboard::Board,
    words::{
        comparison::{NAMED, NO_ORDER, sentence, sorted},
        numbers::named_up_to,
    },
};

/// The methods side by side.
#[derive(Serialize)]
pub struct ComparisonView {
    rows: Vec<Row>,
    /// Whether they agree, in a sentence.
    sentence: String,
}

#[derive(Serialize)]
struct Row {
    method: &'static str,
    /// Who would be elected; `None` where the count would take too long.
    elected: Option<String>,
    by_lot: bool,
    /// Whether it is the poll's own method.
    own: bool,
    /// Whether it elects others than the poll's own.
    differs: bool,
}

impl ComparisonView {
    /// What other methods make of a board's ballots, where its poll shows that and there is another.
    pub fn new(board: &Board) -> Option<Self> {
        let (definition, counted) = (&board.definition, &board.counted);
        let marking = definition.poll.settings.marking();
        if !marking.comparison || counted.outcome.elected.is_empty() {
            return None;
        }
        if matches!(marking.form().kind, Kind::Pick | Kind::Approval) {
            return Some(Self { rows: Vec::new(), sentence: NO_ORDER.into() });
        }
        let compared = counted.comparison.get_or_init(|| {
            let names = definition.names();
            let contest = definition.contest(&names, board.state);
            let ballots = Ballots::read(marking.form().kind, contest.keys, &counted.profile);
            ballots.map(|ballots| compare(&contest, &ballots)).unwrap_or_default()
        });
        let (own, labels) = (sorted(&counted.outcome.elected), definition.labels());
        let row = |Compared { method, elected }: &Compared| Row {
            method: method.label(),
            elected: elected.as_ref().map(|(elected, _)| named_up_to(&labels, elected, NAMED)),
            by_lot: elected.as_ref().is_some_and(|(_, by_lot)| *by_lot),
            own: *method == marking.method,
            differs: elected.as_ref().is_some_and(|(elected, _)| sorted(elected) != own),
        };
        (compared.len() > 1)
            .then(|| Self { rows: compared.iter().map(row).collect(), sentence: sentence(&labels, compared, &own) })
    }
}
