//! Instant runoff (IRV, the alternative vote): each ballot counts for its highest choice that is still in; the last
//! is eliminated, round by round, until one has more than half of the votes that still count.
//!
//! Source: Ware (1871), as in Robert's Rules of Order, "preferential voting". Rules that others leave open: choices
//! without a vote go at once, for nothing moves with them, and share a place. Tied for the last place, the one with
//! fewer votes in the latest earlier round in which they differ is eliminated, else the later lot. A blank ballot
//! counts for nobody from the start. Shared and skipped ranks are as [`Rules`](super::Rules) say; divided votes are exact fractions.
//!
//! The ranking is the winner and then the eliminated, the last one first: eliminations go on behind the scenes when
//! the winner is found. Two whom a lot parted and who went out one after the other share a place.

use super::{
    Ballots, Contest, Fate, Method, Number, Outcome, Round, Tie, TieRule, Unit,
    piles::Piles,
    transfers::{Decisive, Seniority, standings},
};

/// Counts `ballots`.
pub fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let rankings = ballots.as_rankings();
    let mut piles = Piles::new(contest, &rankings);
    let mut outcome = Outcome { unit: Unit::FirstChoices, ..contest.outcome(Method::Irv, ballots) };
    outcome.tally = piles.standing().into_iter().map(|(_, votes)| votes).collect();
    let mut seniority = Seniority::new(contest.choices());
    // Groups in the order of elimination, and who was tied with the last one but for a lot.
    let (mut out, mut parted): (Vec<Vec<usize>>, Vec<usize>) = (Vec::new(), Vec::new());
    loop {
        let votes = piles.standing();
        seniority.note(&votes, Decisive::Latest);
        let number = outcome.rounds.len() + 1;
        let counting: Number = votes.iter().map(|(_, votes)| votes.clone()).sum();
        let most = votes.iter().max_by(|a, b| a.1.cmp(&b.1)).filter(|(_, most)| !most.is_zero());
        let Some((winner, most)) = most else {
            out.push(votes.iter().map(|(choice, _)| *choice).collect());
            break;
        };
        let decided = !outcome.elected.is_empty();
        let mut round = Round { title: format!("Round {number}"), ..Round::default() };
        round.exhausted = Some(piles.exhausted());
        if !decided && most.clone() + most.clone() > counting {
            outcome.elected = vec![*winner];
            outcome.reason = format!("in round {number} with {most} of the {counting} ballots that still count");
            let label = contest.labels[*winner];
            round.said.push(format!("{label} has {most} of the {counting} votes that still count, more than half."));
            round.standings =
                standings(&votes, |choice| if choice == *winner { Fate::Elected } else { Fate::Continues });
            outcome.rounds.push(round);
            if votes.len() > 1 {
                continue;
            }
            join(&mut out, &[*winner], &parted);
            break;
        }
        if votes.len() == 1 {
            join(&mut out, &[*winner], &parted);
            break;
        }
        let (losers, tie) = last(contest, &votes, &seniority, number);
        join(&mut out, &losers, &parted);
        parted = match &tie {
            Some(Tie { rule: TieRule::Lot, order, .. }) => order.clone(),
            _ => Vec::new(),
        };
        let flows = piles.eliminate(&losers);
        if !decided {
            round.said.push(said(contest, &losers, tie.as_ref()));
            round.standings =
                standings(&votes, |choice| if losers.contains(&choice) { Fate::Eliminated } else { Fate::Continues });
            round.flows = flows;
            outcome.rounds.push(round);
            outcome.ties.extend(tie);
        }
    }
    out.reverse();
    out.iter_mut().for_each(|group| group.sort_unstable());
    outcome.ranking = out;
    outcome
}

/// All who have no vote, or else the one with the fewest, with the tie that it lost.
fn last(
    contest: &Contest<'_>,
    votes: &[(usize, Number)],
    seniority: &Seniority,
    round: usize,
) -> (Vec<usize>, Option<Tie>) {
    let fewest = votes.iter().map(|(_, votes)| votes).min();
    let tied = votes.iter().filter(|(_, votes)| Some(votes) == fewest).map(|(choice, _)| *choice).collect::<Vec<_>>();
    if fewest.is_some_and(Number::is_zero) {
        return (tied, None);
    }
    let place = format!("for elimination in round {round}");
    let (order, tie) = seniority.settle(&tied, tied.len() - 1, &contest.lots, &place);
    (order.last().copied().into_iter().collect(), tie)
}

/// Adds who goes out: to those before, if only a lot parted them.
fn join(out: &mut Vec<Vec<usize>>, losers: &[usize], parted: &[usize]) {
    match out.last_mut() {
        Some(group) if losers.iter().all(|loser| parted.contains(loser)) => group.extend(losers),
        _ => out.push(losers.to_vec()),
    }
}

/// Who is eliminated and why, in a sentence.
fn said(contest: &Contest<'_>, losers: &[usize], tie: Option<&Tie>) -> String {
    let names = contest.named(losers);
    match (losers, tie) {
        ([_], None) => format!("{names} has the fewest votes and is eliminated."),
        (_, None) => format!("{names} have no votes and are eliminated."),
        (_, Some(tie)) => {
            let tied = contest.named(&tie.order);
            let rule = if tie.rule == TieRule::Lot { "by lot" } else { "with fewer votes in an earlier round" };
            format!("{tied} are tied with the fewest votes; {names} is eliminated {rule}.")
        }
    }
}
