//! The same ballots by every method that can read them.

use super::{Ballots, Contest, Method, count};
use crate::marks::Kind;

/// The most marks that could be on distinct ballots: beyond it nothing is compared.
const MARKS: usize = 2_000_000;

/// What one method makes of the ballots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The method.
    pub method: Method,
    /// Who would be elected, and whether that took a lot; `None` where the count would take too long.
    pub elected: Option<(Vec<usize>, bool)>,
}

/// Whether the ballots are too many and too different to count them by every method.
pub fn is_too_long(contest: &Contest<'_>, ballots: &Ballots) -> bool {
    ballots.iter().count().saturating_mul(contest.choices()) > MARKS
}

/// The ballots by every method that reads them and fills as many seats, in the order of [`Method::ALL`].
pub fn compare(contest: &Contest<'_>, ballots: &Ballots) -> Vec<Compared> {
    // For one seat, plurality and approval are one count of the same marks.
    let is_twin = |method: &Method| {
        let twins = [(Method::Plurality, Kind::Approval), (Method::Approval, Kind::Pick)];
        contest.seats == 1 && twins.contains(&(*method, ballots.kind()))
    };
    let fits = |method: &Method| {
        method.reads(ballots.kind()) && (contest.seats == 1 || method.takes_seats()) && !is_twin(method)
    };
    let too_many = is_too_long(contest, ballots);
    let compared = |method: Method| {
        let skipped = too_many || contest.choices() > method.most_choices();
        let outcome = (!skipped).then(|| count(method, contest, ballots).ok()).flatten();
        Compared { method, elected: outcome.map(|outcome| (outcome.elected.clone(), outcome.used_lot())) }
    };
    Method::ALL.into_iter().filter(fits).map(compared).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(kind: Kind, seats: usize, keys: &[&str]) -> Vec<(Method, bool)> {
        let ballots = Ballots::read(kind, keys, &[(String::new(), 1)]).unwrap();
        let contest = Contest { seats, ..Contest::new(keys, keys) };
        compare(&contest, &ballots).into_iter().map(|compared| (compared.method, compared.elected.is_some())).collect()
    }

    #[test]
    fn each_method_that_reads_the_ballots_is_there() {
        let methods = |seats| compared(Kind::Ranking, seats, &["a", "b"]).into_iter().map(|(method, _)| method);
        assert!(methods(1).any(|method| method == Method::Irv));
        assert!(methods(1).any(|method| method == Method::Plurality));
        assert!(methods(1).all(|method| method != Method::Star));
        assert!(methods(2).all(|method| method != Method::Irv));
        assert_eq!(compared(Kind::Pick, 1, &["a"]), [(Method::Plurality, true)]);
        assert_eq!(compared(Kind::Approval, 1, &["a"]), [(Method::Approval, true)]);
        assert_eq!(compared(Kind::Approval, 2, &["a", "b"]).len(), 2);
    }

    #[test]
    fn what_takes_too_long_is_left_out_and_named() {
        let keys: Vec<String> = (0..201).map(|n| format!("c{n}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let compared = compared(Kind::Ranking, 1, &keys);
        assert!(compared.contains(&(Method::Schulze, false)) && compared.contains(&(Method::Plurality, true)));
    }
}
