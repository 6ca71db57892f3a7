//! Whether another method would change who is elected: the same ballots by every method that reads them.

use serde::Serialize;

use crate::{
    count::{Ballots, Compared, compare},
    marks::Kind,
    scoreboard::Board,
    words::{
        comparison::{NAMED, NO_ORDER, sentence, sorted},
        methods::label,
        numbers::named_up_to,
    },
};

/// The answer, and the methods that give another result.
#[derive(Serialize)]
pub struct ComparisonView {
    /// Whether several are elected, so that there is no one winner.
    several: bool,
    rows: Vec<Row>,
    sentence: String,
}

/// A method that gives another result.
#[derive(Serialize)]
struct Row {
    method: &'static str,
    elected: String,
    by_lot: bool,
}

impl ComparisonView {
    /// What other methods make of a board's ballots, where its poll shows that and there is another.
    pub fn new(board: &Board) -> Option<Self> {
        let (definition, counted) = (&board.definition, &board.counted);
        let marking = definition.poll.settings.marking();
        if !marking.comparison || counted.outcome.elected.is_empty() {
            return None;
        }
        let seats = counted.outcome.seats;
        let several = seats > 1;
        if matches!(marking.form().kind, Kind::Pick | Kind::Approval) {
            return Some(Self { several, rows: Vec::new(), sentence: NO_ORDER.into() });
        }
        let compared = counted.comparison.get_or_init(|| {
            let names = definition.names();
            let contest = definition.contest(&names, board.state);
            let ballots = Ballots::read(marking.form().kind, contest.keys, &counted.profile);
            ballots.map(|ballots| compare(&contest, &ballots)).unwrap_or_default()
        });
        let (own, labels) = (sorted(&counted.outcome.elected), definition.labels());
        let row = |Compared { method, elected }: &Compared| {
            let (elected, by_lot) = elected.as_ref().filter(|(elected, _)| sorted(elected) != own)?;
            let elected = if elected.is_empty() { "nobody".into() } else { named_up_to(&labels, elected, NAMED) };
            Some(Row { method: label(*method, seats), elected, by_lot: *by_lot })
        };
        (compared.len() > 1).then(|| Self {
            several,
            rows: compared.iter().filter_map(row).collect(),
            sentence: sentence(compared, marking.method, &own),
        })
    }
}
