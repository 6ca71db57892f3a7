//! Where the counts of the Tideman collection differ from ours, each by a rule that is shown to make the difference.

use std::collections::{BTreeMap, BTreeSet};

use urna::count::{Ballot, TieAt};

use super::{Compared, as_set, sorted};

/// Disagreements with one reason, in so many files and runs.
pub struct Explained {
    pub expectation: &'static str,
    /// File and run: `A01 ignored`.
    pub runs: &'static [&'static str],
    /// The rule that makes the difference, which `holds` shows to be the case.
    pub why: &'static str,
    pub holds: fn(&Compared<'_>) -> bool,
}

/// All disagreements.
pub fn all() -> impl Iterator<Item = &'static Explained> {
    TRANSFERS.iter().chain(PAIRWISE)
}

/// Those of the methods in which votes go from choice to choice.
const TRANSFERS: &[Explained] = &[
    Explained {
        expectation: "irv",
        runs: &[
            "A03 ignored",
            "A03 last",
            "A05 ignored",
            "A05 last",
            "A07 ignored",
            "A07 last",
            "A10 ignored",
            "A10 last",
            "A12 ignored",
            "A12 last",
            "A13 ignored",
            "A13 last",
            "A23 ignored",
            "A23 last",
            "A26 last",
            "A28 ignored",
            "A28 last",
            "A33 ignored",
            "A33 last",
            "A51 ignored",
            "A51 last",
            "A53 last",
            "A67 ignored",
            "A67 last",
            "A97 last",
        ],
        why: "Who has the fewest votes together is parted there by duels, or goes out together; here by the latest earlier \
              round that differs, then by lot. Who has no votes goes out together here.",
        holds: |compared| eliminations(compared, false),
    },
    Explained {
        expectation: "irv",
        runs: &["A04 ignored", "A04 last", "D12 last", "D22 ignored", "D22 last"],
        why: "Who has more than half of all ballots leaves the count there, and its ballots order the rest; here the \
              rest is in the order of elimination.",
        holds: |compared| !eliminations(compared, false) && eliminations(compared, true),
    },
    Explained {
        expectation: "two_round",
        runs: &[
            "A13 ignored",
            "A13 last",
            "A26 ignored",
            "A26 last",
            "A33 ignored",
            "A33 last",
            "A67 ignored",
            "A67 last",
            "A70 ignored",
            "A70 last",
        ],
        why: "There more than two meet when they share the second place, and a tie in the runoff stays one; here two \
              meet by lot, and more votes in the first round decide, then the lot.",
        holds: |compared| {
            let mut ties = compared.ours.ties.iter().chain(&compared.ours.ties_without_effect);
            let runoff = ties.find(|tie| matches!(tie.at, TieAt::RunoffPlace | TieAt::RunoffWinner));
            let tied: BTreeSet<usize> = runoff.into_iter().flat_map(|tie| tie.order.iter().copied()).collect();
            let others = |groups: &[Vec<usize>]| {
                let others = groups.iter().map(|group| group.iter().filter(|choice| !tied.contains(choice)).copied());
                others.map(BTreeSet::from_iter).filter(|group| !group.is_empty()).collect::<Vec<_>>()
            };
            !tied.is_empty() && others(&compared.ours.ranking) == others(compared.theirs)
        },
    },
    Explained {
        expectation: "stv",
        runs: &[
            "A01 ignored",
            "A01 last",
            "A04 ignored",
            "A04 last",
            "A07 ignored",
            "A07 last",
            "A33 ignored",
            "A33 last",
            "A67 ignored",
            "A67 last",
        ],
        why: "There the value of a ballot hangs on its first choice alone: one whose first choice was eliminated goes on \
              in full after it has helped to elect another, so that votes count twice; and of those with the fewest \
              votes the last on the list goes out.",
        holds: |compared| stv_by_first_choices(compared) == as_set(compared.theirs),
    },
];

/// Those of the pairwise methods.
const PAIRWISE: &[Explained] = &[
    Explained {
        expectation: "copeland",
        runs: &[
            "A07 ignored",
            "A30 ignored",
            "A58 ignored",
            "A67 last",
            "A74 ignored",
            "A81 ignored",
            "A96 ignored",
            "A97 ignored",
            "A98 ignored",
            "A99 ignored",
        ],
        why: "they leave a tie in the first place that we break by sums of margins; the wins are the same",
        holds: first_place_parted,
    },
    Explained {
        expectation: "ranked_pairs_winning",
        runs: CYCLES_OF_EQUALS,
        why: "of equal defeats that close a cycle they drop all, we lock in as many as we can, in the order of the lots",
        holds: |compared| cycles_of_equals_dropped(compared, |won, _| won),
    },
    Explained {
        expectation: "ranked_pairs_margin",
        runs: CYCLES_OF_EQUALS,
        why: "of equal defeats that close a cycle they drop all, we lock in as many as we can, in the order of the lots",
        holds: |compared| cycles_of_equals_dropped(compared, |won, lost| won - lost),
    },
];

const CYCLES_OF_EQUALS: &[&str] = &[
    "A04 ignored",
    "A10 ignored",
    "A12 ignored",
    "A13 ignored",
    "A13 last",
    "A23 ignored",
    "A23 last",
    "A33 ignored",
    "A33 last",
];

/// Whether theirs is the ranking by wins alone, and ours the same but for the first place, which margins part.
fn first_place_parted(compared: &Compared<'_>) -> bool {
    let (ours, theirs) = (compared.ours, compared.theirs);
    let by_wins = ours.ranking.concat();
    let by_wins: Vec<_> =
        by_wins.chunk_by(|one, other| ours.tally[*one] == ours.tally[*other]).map(<[usize]>::to_vec).collect();
    let tied = sorted(theirs).swap_remove(0);
    let parted = ours.ties.iter().all(|tie| tie.order.iter().all(|choice| tied.contains(choice)));
    sorted(&by_wins) == sorted(theirs) && !ours.ties.is_empty() && parted && ours.ranking[0].len() < tied.len()
}

/// Whether theirs is what follows if, of equally strong defeats (in votes against, too), all are dropped that are in
/// a cycle with each other or with stronger ones.
fn cycles_of_equals_dropped(compared: &Compared<'_>, strength: fn(i64, i64) -> i64) -> bool {
    let duels = &compared.ours.matrices[0].rows;
    let all = 0..duels.len();
    let pairs = all.clone().flat_map(|one| all.clone().map(move |other| (one, other)));
    let key = |(one, other): (usize, usize)| (-strength(duels[one][other], duels[other][one]), duels[other][one]);
    let mut defeats: Vec<_> = pairs.filter(|(one, other)| duels[*one][*other] > duels[*other][*one]).collect();
    defeats.sort_by_key(|defeat| key(*defeat));
    let mut locked: Vec<(usize, usize)> = Vec::new();
    for equal in defeats.chunk_by(|one, other| key(*one) == key(*other)) {
        let together = [&locked[..], equal].concat();
        locked.extend(equal.iter().filter(|(one, other)| !reaches(&together, *other, *one)));
    }
    let (mut left, mut ranking): (Vec<usize>, _) = (all.collect(), Vec::new());
    while !left.is_empty() {
        let beaten = |one: &usize| locked.iter().any(|(by, loser)| loser == one && left.contains(by));
        let (below, layer): (Vec<usize>, Vec<usize>) = left.iter().partition(|one| beaten(one));
        ranking.push(layer);
        left = below;
    }
    sorted(&ranking) == sorted(compared.theirs)
}

/// Whether a path of defeats leads from `one` to `other`.
fn reaches(defeats: &[(usize, usize)], one: usize, other: usize) -> bool {
    let (mut seen, mut open) = (BTreeSet::from([one]), vec![one]);
    while let Some(here) = open.pop() {
        let next = defeats.iter().filter(|(by, loser)| *by == here && seen.insert(*loser));
        open.extend(next.map(|(_, loser)| *loser));
    }
    seen.contains(&other)
}

/// The choices of a ballot that share their rank with nobody.
fn alone(ballot: &Ballot<'_>) -> Vec<usize> {
    ballot.ranks().filter(|rank| rank.len() == 1).map(|rank| rank[0].choice as usize).collect()
}

/// Whether their ranking is one of eliminations from its end, each of some with the fewest votes; and, with
/// `leaving`, of those who leave at its head with more than half of all ballots. Counted ballot by ballot.
fn eliminations(compared: &Compared<'_>, leaving: bool) -> bool {
    let ballots: Vec<(u64, Vec<usize>)> =
        compared.ballots.iter().map(|ballot| (ballot.count, alone(&ballot))).collect();
    let mut left = compared.theirs;
    while left.len() > 1 {
        let is_in = as_set(left);
        let mut votes: BTreeMap<usize, u64> = is_in.iter().map(|choice| (*choice, 0)).collect();
        for (count, ranks) in &ballots {
            if let Some(choice) = ranks.iter().find(|choice| is_in.contains(choice)) {
                *votes.get_mut(choice).unwrap() += count;
            }
        }
        let (most, fewest) = (*votes.values().max().unwrap(), *votes.values().min().unwrap());
        let (group, has) = if leaving && 2 * most > compared.ballots.total() {
            (&left[0], most)
        } else {
            (&left[left.len() - 1], fewest)
        };
        if group.iter().any(|choice| votes[choice] != has) {
            return false;
        }
        left = if *group == left[0] { &left[1..] } else { &left[..left.len() - 1] };
    }
    true
}

/// Who is elected if a ballot goes on in full where its first choice was eliminated, with that choice's part of a
/// surplus where it was elected, whoever else it has helped; nobody stops to transfer one surplus at a time.
fn stv_by_first_choices(compared: &Compared<'_>) -> BTreeSet<usize> {
    const WHOLE: u128 = 1_000_000_000;
    let seats = compared.contest.seats;
    let ballots: Vec<(u128, Vec<usize>)> =
        compared.ballots.iter().map(|ballot| (u128::from(ballot.count), alone(&ballot))).collect();
    let quota = (u128::from(compared.ballots.total()) / (seats as u128 + 1) + 1) * WHOLE;
    let mut elected: BTreeMap<usize, (u128, u128)> = BTreeMap::new();
    let mut eliminated: Vec<usize> = Vec::new();
    while elected.len() < seats && elected.len() + eliminated.len() < compared.contest.choices() {
        let is_in = |choice: &usize| !elected.contains_key(choice) && !eliminated.contains(choice);
        let mut votes: BTreeMap<usize, u128> =
            (0..compared.contest.choices()).filter(is_in).map(|choice| (choice, 0)).collect();
        for (count, ranks) in &ballots {
            if let Some(choice) = ranks.iter().find(|choice| is_in(choice)) {
                let (part, of) = elected.get(&ranks[0]).copied().unwrap_or((1, 1));
                *votes.get_mut(choice).unwrap() += count * WHOLE * part / of;
            }
        }
        let reached: Vec<_> = votes.iter().filter(|(_, votes)| **votes >= quota).collect();
        if reached.is_empty() {
            let last = votes.iter().min_by_key(|(choice, votes)| (**votes, usize::MAX - **choice)).unwrap();
            eliminated.push(*last.0);
        } else {
            elected.extend(reached.into_iter().map(|(choice, votes)| (*choice, (votes - quota, *votes))));
        }
    }
    let missing = seats.saturating_sub(elected.len());
    elected.into_keys().chain(eliminated.into_iter().rev().take(missing)).collect()
}
