//! Outcomes in words: the sentence that a newspaper could print, and the report with every step, the same on every
//! machine.

use super::{Contest, Distribution, Fate, Matrix, Number, Outcome, Round, Tie, TieRule, ballots_written, named};
use crate::text::grouped;

/// What stands above a result.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heading<'h> {
    /// What was asked, or empty.
    pub title: &'h str,
    /// What the lots were drawn from, where they were.
    pub seed: Option<&'h str>,
}

impl Outcome {
    /// Who is elected and why, in one sentence.
    pub fn sentence(&self, labels: &[&str]) -> String {
        let who = named(labels, &self.elected);
        let verb = match self.elected.len() {
            0 if self.ballots == self.blank => return "Nobody is elected: no ballot is marked.".into(),
            0 => return "Nobody is elected.".into(),
            1 if self.seats == 1 => "wins",
            1 => "is elected",
            _ => "are elected",
        };
        let space = if self.reason.is_empty() { "" } else { " " };
        let lot = match self.lot() {
            None => String::new(),
            Some(TieRule::Listed) => ", after a tie that the order in the file settled, as nobody drew lots".into(),
            Some(lot) => format!(", after a tie that was settled by {lot}"),
        };
        format!("{who} {verb}{space}{}{lot}.", self.reason)
    }

    /// The report: the sentence, the ranking, each round, table and tie.
    pub fn report(&self, heading: &Heading<'_>, contest: &Contest<'_>) -> String {
        let mut parts = Vec::new();
        if !heading.title.is_empty() {
            parts.push(format!("{}\n{}", heading.title, "=".repeat(heading.title.chars().count())));
        }
        parts.push(self.counted());
        parts.push(self.sentence(contest.labels));
        parts.push(under("Ranking", &self.ranked(contest)));
        let tally = contest.labels.iter().zip(&self.tally);
        let tally: Vec<_> = tally.map(|(label, number)| vec![(*label).to_owned(), number.to_string()]).collect();
        parts.push(under(&format!("Tally ({})", self.unit.as_str()), &table(&tally, 1)));
        parts.extend(self.rounds.iter().map(|round| told_round(round, contest)));
        parts.extend(self.matrices.iter().map(|matrix| told_matrix(matrix, contest)));
        parts.extend(self.distribution.as_ref().map(|distribution| told_distribution(distribution, contest)));
        if !(self.ties.is_empty() && self.idle.is_empty()) {
            parts.push(under("Ties", &self.told_ties(heading, contest)));
        }
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n") + "\n"
    }

    fn counted(&self) -> String {
        let seats = if self.seats == 1 { "1 seat".into() } else { format!("{} seats", self.seats) };
        let blank = if self.blank == 0 { "none".into() } else { grouped(self.blank) };
        format!("{}, {seats}\n{}, {blank} of them blank", self.method.label(), ballots_written(self.ballots))
    }

    fn ranked(&self, contest: &Contest<'_>) -> Vec<String> {
        let mut place = 1;
        let lines = self.ranking.iter().map(|group| {
            let first = place;
            place += group.len();
            let tied = if group.len() > 1 { " (tied)" } else { "" };
            format!("{first}. {}{tied}", contest.named(group))
        });
        lines.collect()
    }

    fn told_ties(&self, heading: &Heading<'_>, contest: &Contest<'_>) -> Vec<String> {
        let labels =
            |order: &[usize]| order.iter().map(|choice| contest.labels[*choice]).collect::<Vec<_>>().join(", ");
        let settled = |tie: &Tie| format!("The tie {} was settled by {}: {}.", tie.place, tie.rule, labels(&tie.order));
        let mut lines: Vec<String> = self.ties.iter().map(settled).collect();
        lines.extend(self.idle.iter().map(settled));
        if !self.idle.is_empty() {
            lines.push("Every other order of the lots elects the same.".into());
        }
        if let Some(lot) = self.lot().or(self.idle.first().map(|tie| tie.rule)) {
            let all: Vec<usize> = (0..contest.choices()).collect();
            lines.extend(lots(heading, lot, contest, &labels(&contest.lots.sorted(&all))));
        }
        lines
    }
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

fn told_round(round: &Round, contest: &Contest<'_>) -> String {
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
    lines.extend(round.said.iter().cloned());
    under(&round.title, &lines)
}

/// Columns go by the numbers of their rows, so that a line stays short.
fn told_matrix(matrix: &Matrix, contest: &Contest<'_>) -> String {
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
    under(&matrix.title, &table(&rows, 1))
}

fn told_distribution(distribution: &Distribution, contest: &Contest<'_>) -> String {
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
    use super::super::{Ballots, Lots, Method, count};
    use super::*;
    use crate::marks::Kind;

    const LABELS: [&str; 3] = ["Gummi", "Pita", "Cléo"];

    fn counted(method: Method, kind: Kind, profile: &[(&str, u64)], seats: usize) -> Outcome {
        let keys = ["g", "p", "c"];
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let contest = Contest { seats, lots: Lots::of(&[0, 1, 2]), ..Contest::new(&keys, &LABELS) };
        count(method, &contest, &Ballots::read(kind, &keys, &profile).unwrap()).unwrap()
    }

    #[test]
    fn sentences_are_fit_to_print() {
        let said = |profile: &[(&str, u64)], seats| {
            counted(Method::Approval, Kind::Approval, profile, seats).sentence(&LABELS)
        };
        assert_eq!(said(&[("g", 2), ("p", 1)], 1), "Gummi wins with the approval of 2 of 3 ballots.");
        assert_eq!(said(&[("", 2)], 1), "Nobody is elected: no ballot is marked.");
        assert_eq!(said(&[("c,g", 2), ("p", 1)], 2), "Gummi and Cléo are elected with the most approvals.");
        assert!(said(&[("g", 2), ("p", 2)], 1).ends_with(", after a tie that was settled by lot."));
    }

    #[test]
    fn a_report_shows_every_step() {
        let keys = ["g", "p", "c"];
        let outcome = counted(Method::Plurality, Kind::Pick, &[("g", 1200), ("p", 1200), ("", 1)], 1);
        let heading = Heading { title: "Donut?", seed: Some("5eed") };
        let report = outcome.report(&heading, &Contest::new(&keys, &LABELS));
        let expected = "\
Donut?
======

Pick one (plurality), 1 seat
2,401 ballots, 1 of them blank

Gummi wins with 1,200 of 2,401 ballots, after a tie that was settled by lot.

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
        assert_eq!(report, expected);
    }
}
