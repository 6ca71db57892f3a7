//! The report of an outcome, with every step, the same on every machine.

use super::{
    events, methods,
    numbers::{ballots, named},
    outcome::unit,
    story::Story,
    ties,
};
use crate::{
    count::{Contest, Distribution, Fate, Matrix, Number, Outcome, Round, Tie, TieRule},
    text::grouped,
};

/// What stands above a result.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heading<'h> {
    /// What was asked, or empty.
    pub title: &'h str,
    /// What the lots were drawn from, where they were.
    pub seed: Option<&'h str>,
}

/// The report: the sentence, the ranking, each round, table and tie.
pub fn report(outcome: &Outcome, heading: &Heading<'_>, contest: &Contest<'_>) -> String {
    let mut parts = Vec::new();
    if !heading.title.is_empty() {
        parts.push(format!("{}\n{}", heading.title, "=".repeat(heading.title.chars().count())));
    }
    parts.push(counted(outcome));
    parts.push(Story::new(outcome, contest.labels, true).sentence());
    parts.push(under("Ranking", &ranking(outcome, contest)));
    let tally = contest.labels.iter().zip(&outcome.tally);
    let tally: Vec<_> = tally.map(|(label, number)| vec![(*label).to_owned(), number.to_string()]).collect();
    parts.push(under(&format!("Tally ({})", unit(outcome.unit)), &table(&tally, 1)));
    parts.extend(outcome.rounds.iter().map(|one| round(one, contest)));
    parts.extend(outcome.matrices.iter().map(|one| matrix(one, contest)));
    parts.extend(outcome.distribution.as_ref().map(|one| distribution(one, contest)));
    if !(outcome.ties.is_empty() && outcome.ties_without_effect.is_empty()) {
        parts.push(under("Ties", &all_ties(outcome, heading, contest)));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

fn counted(outcome: &Outcome) -> String {
    let seats = if outcome.seats == 1 { "1 seat".into() } else { format!("{} seats", outcome.seats) };
    let blank = if outcome.blank == 0 { "none".into() } else { grouped(outcome.blank) };
    let method = methods::label(outcome.method, outcome.seats);
    format!("{method}, {seats}\n{}, {blank} of them blank", ballots(outcome.ballots))
}

fn ranking(outcome: &Outcome, contest: &Contest<'_>) -> Vec<String> {
    let mut place = 1;
    let lines = outcome.ranking.iter().map(|group| {
        let first = place;
        place += group.len();
        let tied = if group.len() > 1 { " (tied)" } else { "" };
        format!("{first}. {}{tied}", named(contest.labels, group))
    });
    lines.collect()
}

fn all_ties(outcome: &Outcome, heading: &Heading<'_>, contest: &Contest<'_>) -> Vec<String> {
    let without_effect = &outcome.ties_without_effect;
    let labels = |order: &[usize]| order.iter().map(|choice| contest.labels[*choice]).collect::<Vec<_>>().join(", ");
    let settled = |Tie { at, order, rule }: &Tie| {
        format!("The tie {} was settled by {}: {}.", ties::place(*at), ties::rule(*rule), labels(order))
    };
    let mut lines: Vec<String> = outcome.ties.iter().map(settled).collect();
    lines.extend(without_effect.iter().map(settled));
    if !without_effect.is_empty() {
        lines.push("Every other order of the lots elects the same.".into());
    }
    if let Some(lot) = outcome.lot().or(without_effect.first().map(|tie| tie.rule)) {
        let all: Vec<usize> = (0..contest.choices()).collect();
        lines.extend(lots(heading, lot, contest, &labels(&contest.lots.sorted(&all))));
    }
    lines
}

/// The order of the lots, and how anybody draws them again, or for the first time.
fn lots(heading: &Heading, lot: TieRule, contest: &Contest<'_>, order: &str) -> Vec<String> {
    let numbers = contest.lots.numbers();
    let first = numbers.and_then(|numbers| numbers.first().copied()).unwrap_or(1);
    let places = numbers.map_or(String::new(), |numbers| {
        let place = |(label, number): (&&str, &usize)| format!("{label} {number}");
        let places: Vec<String> = contest.labels.iter().zip(numbers).map(place).collect();
        format!(", where those that are left out have theirs too: {}", places.join(", "))
    });
    let seed = heading.seed.filter(|_| lot == TieRule::Lot);
    match seed {
        None if lot == TieRule::Listed => vec![
            format!("Nobody drew lots for this file, so the order of its choices decides: {order}."),
            "To draw them: `urna count --seed TEXT` draws from any text, `--lots 3,1,2` gives an order.".into(),
        ],
        None => vec![format!("The lot order: {order}.")],
        Some(seed) => vec![
            format!("The lot order (drawn from the seed “{seed}”): {order}."),
            format!(
                "To draw it again: a choice’s lot is the SHA-256 of the seed, a colon and the choice’s place on the ballot{places}."
            ),
            "The smaller lot, read as text, has the better of a tie. The first choice’s lot is".into(),
            format!("  printf '%s' '{}:{first}' | sha256sum", seed.replace('\'', r"'\''")),
        ],
    }
}

fn round(round: &Round, contest: &Contest<'_>) -> String {
    let fate = |fate| match fate {
        Fate::Continues => "",
        Fate::Elected => "elected",
        Fate::Eliminated => "eliminated",
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for standing in &round.standings {
        let label = contest.labels[standing.choice].to_owned();
        rows.push(vec![label, fate(standing.fate).into(), standing.votes.to_string()]);
    }
    let mut row = |name: &str, number: &Option<Number>| {
        rows.extend(number.as_ref().map(|number| vec![format!("({name})"), String::new(), number.to_string()]));
    };
    row("exhausted", &round.exhausted);
    row("cut off by rounding", &round.lost);
    row("quota", &round.quota);
    let mut lines = table(&rows, 2);
    for flow in &round.flows {
        let to = flow.to.map_or("exhausted", |to| contest.labels[to]);
        lines.push(format!("{} → {to}: {}", contest.labels[flow.from], flow.votes));
    }
    lines.extend(round.events.iter().map(|event| events::sentence(event, contest.labels)));
    under(&events::title(round.stage), &lines)
}

/// Columns go by the numbers of their rows, so that a line stays short.
fn matrix(matrix: &Matrix, contest: &Contest<'_>) -> String {
    let mut head = vec![String::new()];
    head.extend((1..=contest.choices()).map(|number| number.to_string()));
    let mut rows = vec![head];
    for (row, numbers) in matrix.rows.iter().enumerate() {
        let cell = |column: usize, number: i64| match (row == column, number) {
            (true, _) => "·".to_owned(),
            (_, 0..) => grouped(number.unsigned_abs()),
            _ => format!("−{}", grouped(number.unsigned_abs())),
        };
        let mut cells = vec![format!("{} {}", row + 1, contest.labels[row])];
        cells.extend(numbers.iter().enumerate().map(|(column, number)| cell(column, *number)));
        rows.push(cells);
    }
    under(events::table(matrix.kind), &table(&rows, 1))
}

fn distribution(distribution: &Distribution, contest: &Contest<'_>) -> String {
    let scores = distribution.scores.iter().map(Vec::len).max().unwrap_or(0);
    let mut head = vec![String::new()];
    head.extend((0..scores).map(|score| score.to_string()));
    head.push("none".into());
    let mut rows = vec![head];
    for ((label, numbers), unscored) in contest.labels.iter().zip(&distribution.scores).zip(&distribution.unscored) {
        let mut cells = vec![(*label).to_owned()];
        cells.extend(numbers.iter().chain([unscored]).map(|number| grouped(*number)));
        rows.push(cells);
    }
    under("Ballots by score", &table(&rows, 1))
}

/// Lines under a heading.
fn under(heading: &str, lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| format!("\n  {line}")).collect();
    format!("{heading}{}", lines.concat())
}

/// Rows with their columns aligned: the first `left` of them to the left, the others to the right.
fn table(rows: &[Vec<String>], left: usize) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().filter(|(_, (_, width))| **width > 0);
        let cells = cells.map(|(column, (cell, width))| match column < left {
            true => format!("{cell:<width$}"),
            false => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        count::{Ballots, Lots, Method, count},
        marks::Kind,
    };

    const LABELS: [&str; 3] = ["Gummi", "Pita", "Cléo"];

    #[test]
    fn a_report_shows_every_step() {
        let keys = ["g", "p", "c"];
        let profile = [("g", 1200), ("p", 1200), ("", 1)].map(|(marks, n)| (marks.to_owned(), n));
        let contest = Contest { lots: Lots::of(&[0, 1, 2]), ..Contest::new(&keys, &LABELS) };
        let ballots = Ballots::read(Kind::Pick, &keys, &profile).unwrap();
        let outcome = count(Method::Plurality, &contest, &ballots).unwrap();
        let heading = Heading { title: "Donut?", seed: Some("5eed") };
        let text = report(&outcome, &heading, &Contest::new(&keys, &LABELS));
        let expected = "\
Donut?
======

Pick one (plurality), 1 seat
2,401 ballots, 1 of them blank

Gummi wins with 1,200 of 2,401 votes (50.0%), after a tie with Pita that was settled by lot.

Ranking
  1. Gummi and Pita (tied)
  3. Cléo

Tally (votes)
  Gummi  1,200
  Pita   1,200
  Cléo       0

The count
  Gummi  elected  1,200
  Pita            1,200
  Cléo                0

Ties
  The tie for the first place was settled by lot: Gummi, Pita.
  The lot order (drawn from the seed “5eed”): Gummi, Pita, Cléo.
  To draw it again: a choice’s lot is the SHA-256 of the seed, a colon and the choice’s place on the ballot.
  The smaller lot, read as text, has the better of a tie. The first choice’s lot is
    printf '%s' '5eed:1' | sha256sum
";
        assert_eq!(text, expected);
    }
}
