//! Slow counts, ballot by ballot and by the definitions: the fast counts must agree with them.

use urna::{count::Unranked, marks::Kind};

use super::poll::{Marked, Poll};

/// How many ballots mark each choice.
pub fn marks(poll: &Poll) -> Vec<u64> {
    each(poll, |marked, choice| u64::from(value(marked, choice).is_some()))
}

/// The sum of each choice's scores.
pub fn scores(poll: &Poll) -> Vec<u64> {
    each(poll, |marked, choice| value(marked, choice).map_or(0, u64::from))
}

/// The grade in the middle of each choice's, the lower of two; no grade is the lowest, but on blank ballots.
pub fn median_grades(poll: &Poll) -> Vec<u64> {
    let median = |choice: usize| {
        let marked = poll.ballots().filter(|marked| !marked.is_empty());
        let mut grades: Vec<u32> = marked.map(|marked| value(marked, choice).unwrap_or(0)).collect();
        grades.sort_unstable();
        grades.get(grades.len().saturating_sub(1) / 2).copied().map_or(0, u64::from)
    };
    (0..poll.choices).map(median).collect()
}

/// Of ballots that rank all, a point for each choice that is ranked below.
pub fn borda(poll: &Poll) -> Vec<u64> {
    each(poll, |marked, choice| {
        let rank = value(marked, choice);
        marked.iter().filter(|(_, other)| Some(*other) > rank).count() as u64
    })
}

/// How many ballots prefer each choice to each other.
pub fn duels(poll: &Poll) -> Vec<Vec<i64>> {
    let mut duels = vec![vec![0; poll.choices]; poll.choices];
    for marked in poll.ballots() {
        for (one, row) in duels.iter_mut().enumerate() {
            for (other, votes) in row.iter_mut().enumerate() {
                *votes += i64::from(prefers(poll, marked, one, other));
            }
        }
    }
    duels
}

/// Duels won, in halves.
pub fn half_wins(duels: &[Vec<i64>]) -> Vec<u64> {
    let points = |one: usize, other: usize| match duels[one][other].cmp(&duels[other][one]) {
        _ if one == other => 0,
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => 1,
        std::cmp::Ordering::Greater => 2,
    };
    (0..duels.len()).map(|one| (0..duels.len()).map(|other| points(one, other)).sum()).collect()
}

/// Who beats every other.
pub fn condorcet_winner(duels: &[Vec<i64>]) -> Option<usize> {
    (0..duels.len()).find(|one| (0..duels.len()).all(|other| other == *one || duels[*one][other] > duels[other][*one]))
}

/// The strongest of all paths from each choice to each other, every one of them tried.
pub fn strongest_paths(duels: &[Vec<i64>], margins: bool) -> Vec<Vec<i64>> {
    let strength = |one: usize, other: usize| match duels[one][other] - duels[other][one] {
        margin if margin <= 0 => 0,
        margin if margins => margin,
        _ => duels[one][other],
    };
    let all = 0..duels.len();
    let strongest = |one, other| if one == other { 0 } else { strongest_from(&[one], other, duels.len(), &strength) };
    all.clone().map(|one| all.clone().map(|other| strongest(one, other)).collect()).collect()
}

fn strongest_from(path: &[usize], end: usize, choices: usize, strength: &dyn Fn(usize, usize) -> i64) -> i64 {
    let here = path[path.len() - 1];
    let onward = (0..choices).filter(|next| !path.contains(next)).map(|next| {
        let rest =
            if next == end { i64::MAX } else { strongest_from(&[path, &[next]].concat(), end, choices, strength) };
        strength(here, next).min(rest)
    });
    onward.max().unwrap_or(0)
}

/// The unbeaten again and again.
pub fn unbeaten(paths: &[Vec<i64>]) -> Vec<Vec<usize>> {
    let (mut rest, mut ranking): (Vec<usize>, _) = ((0..paths.len()).collect(), Vec::new());
    while !rest.is_empty() {
        let beaten = |one: usize| rest.iter().any(|by| paths[*by][one] > paths[one][*by]);
        let (below, layer): (Vec<usize>, Vec<usize>) = rest.iter().partition(|one| beaten(**one));
        ranking.push(layer);
        rest = below;
    }
    ranking
}

/// The winner by instant runoff of ballots without shared ranks; `None` where the last are tied.
pub fn instant_runoff(poll: &Poll) -> Option<usize> {
    let mut left: Vec<usize> = (0..poll.choices).collect();
    while left.len() > 1 {
        let first = |marked: &Marked| {
            marked.iter().filter(|(choice, _)| left.contains(choice)).min_by_key(|(_, rank)| *rank).map(|(one, _)| *one)
        };
        let firsts: Vec<usize> = poll.ballots().filter_map(first).collect();
        let votes = |one: &usize| firsts.iter().filter(|first| *first == one).count();
        let last = *left.iter().min_by_key(|one| votes(one))?;
        if left.iter().filter(|one| votes(one) == votes(&last)).count() > 1 {
            return None;
        }
        left.retain(|one| *one != last);
    }
    left.first().copied()
}

/// The winner by Baldwin's rule of ballots that rank all; `None` where several have the fewest points.
pub fn baldwin(poll: &Poll) -> Option<usize> {
    let mut left: Vec<usize> = (0..poll.choices).collect();
    while left.len() > 1 {
        let points = each(poll, |marked, choice| {
            let below =
                marked.iter().filter(|(other, rank)| left.contains(other) && Some(*rank) > value(marked, choice));
            below.count() as u64
        });
        let last = *left.iter().min_by_key(|one| points[**one])?;
        if left.iter().filter(|one| points[**one] == points[last]).count() > 1 {
            return None;
        }
        left.retain(|one| *one != last);
    }
    left.first().copied()
}

fn each(poll: &Poll, points: impl Fn(&Marked, usize) -> u64) -> Vec<u64> {
    (0..poll.choices).map(|choice| poll.ballots().map(|marked| points(marked, choice)).sum()).collect()
}

fn value(marked: &Marked, choice: usize) -> Option<u32> {
    marked.iter().find(|(one, _)| *one == choice).map(|(_, value)| *value)
}

fn prefers(poll: &Poll, marked: &Marked, one: usize, other: usize) -> bool {
    match (value(marked, one), value(marked, other)) {
        (Some(a), Some(b)) if poll.kind == Kind::Score => a > b,
        (Some(a), Some(b)) => a < b,
        (Some(_), None) => poll.rules.unranked == Unranked::Last,
        (None, _) => false,
    }
}
