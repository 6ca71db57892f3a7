//! “What if”: the same ballots by every method that reads them, and where the methods part ways.

use serde::Serialize;

use crate::{
    count::{Ballots, Compared, Method, compare},
    marks::Kind,
    scoreboard::Board,
    words::numbers::named_up_to,
};

/// How many of the elected are named.
const NAMED: usize = 12;

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
            let sentence = "These ballots put the choices in no order, and no other method can read more out of them.";
            return Some(Self { rows: Vec::new(), sentence: sentence.into() });
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

fn sorted(choices: &[usize]) -> Vec<usize> {
    let mut sorted = choices.to_vec();
    sorted.sort_unstable();
    sorted
}

/// Who agrees with the poll's own method, and who would be elected by which of the others.
fn sentence(labels: &[&str], compared: &[Compared], own: &[usize]) -> String {
    let mut camps: Vec<(Vec<usize>, Vec<Method>)> = vec![(own.to_vec(), Vec::new())];
    for Compared { method, elected } in compared {
        let Some((elected, _)) = elected else { continue };
        let elected = sorted(elected);
        match camps.iter_mut().find(|(camp, _)| *camp == elected) {
            Some((_, methods)) => methods.push(*method),
            None => camps.push((elected, vec![*method])),
        }
    }
    let all: usize = camps.iter().map(|(_, methods)| methods.len()).sum();
    let lots = match compared.iter().filter(|compared| matches!(compared.elected, Some((_, true)))).count() {
        0 => String::new(),
        1 => ", one of them after a lot".into(),
        many => format!(", {many} of them after a lot"),
    };
    let whom = |camp: &[usize]| if camp.is_empty() { "nobody".into() } else { named_up_to(labels, camp, NAMED) };
    let Some(((camp, methods), others)) = camps.split_first() else { return String::new() };
    if others.is_empty() {
        let all = if all == 2 { "Both".to_owned() } else { format!("All {all}") };
        return format!("{all} methods elect {}{lots}.", whom(camp));
    }
    let mut text =
        format!("{} of {all} methods elect{} {}", methods.len(), if methods.len() == 1 { "s" } else { "" }, whom(camp));
    for (camp, methods) in others {
        // Among others in a list, “Minimax, margins” would be two.
        let name = |method: &Method| match method.label().split_once(", ") {
            Some((name, kind)) => format!("{name} ({kind})"),
            None => method.label().to_owned(),
        };
        let names: Vec<String> = methods.iter().map(name).collect();
        let (verb, names) = match names.as_slice() {
            [first @ .., last] if !first.is_empty() => ("elect", format!("{} and {last}", first.join(", "))),
            _ => ("elects", names.concat()),
        };
        text += &format!("; {names} {verb} {}", whom(camp));
    }
    text + &lots[..] + "."
}
