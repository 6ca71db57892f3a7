//! Each step of a count: what its rounds are called, and a sentence for what was decided in them.

use super::{
    numbers::{defeat, named, written},
    ties,
};
use crate::{
    count::{Event, MatrixKind, Stage, Strength, Tie, TieRule},
    text::{grouped, isolated},
};

/// What a round is called.
pub fn title(stage: Stage) -> String {
    let of_seat = |what: &str, seat: Option<usize>| match seat {
        None => what.to_owned(),
        Some(seat) => format!("{what}, seat {seat}"),
    };
    match stage {
        Stage::Tally => "The count".into(),
        Stage::MedianGrades => "Median grades".into(),
        Stage::DuelsWon => "Head-to-head wins".into(),
        Stage::WorstDefeats(_) => "Worst defeats".into(),
        Stage::StrongestPaths => "Strongest paths".into(),
        Stage::StrongestDefeats => "Defeats, the strongest first".into(),
        Stage::Round(number) => format!("Round {number}"),
        Stage::Runoff => "Runoff".into(),
        Stage::Scoring { seat } => of_seat("Scoring round", seat),
        Stage::AutomaticRunoff { seat } => of_seat("Automatic runoff", seat),
    }
}

/// What the numbers of a round are, to head a column.
pub fn heading(stage: Stage) -> &'static str {
    match stage {
        Stage::AutomaticRunoff { .. } => "Votes",
        Stage::DuelsWon => "Wins",
        Stage::Scoring { .. } => "Points",
        Stage::MedianGrades => "Median grade",
        Stage::WorstDefeats(Strength::WinningVotes) => "Votes against it",
        Stage::WorstDefeats(Strength::Margins) => "Margin against it",
        _ => "Number",
    }
}

/// What the numbers of a table are.
pub fn table(kind: MatrixKind) -> &'static str {
    match kind {
        MatrixKind::Preferences => "Head to head: votes that rank the row above the column",
        MatrixKind::StrongestPaths => "The strongest path from the row to the column",
    }
}

/// What was decided, in a sentence.
pub fn sentence(event: &Event, labels: &[&str]) -> String {
    let many = |choices: &[usize]| named(labels, choices);
    let one = |choice: &usize| isolated(labels[*choice]);
    let is_are = |choices: &[usize]| if choices.len() == 1 { "is" } else { "are" };
    let has_have = |choices: &[usize]| if choices.len() == 1 { "has" } else { "have" };
    match event {
        Event::NoVotes => "No ballot counts for any choice.".into(),
        Event::Majority { choice, votes, of } => {
            let of = written(of, "vote");
            format!("{} has {votes} of the {of} left in the count, more than half.", one(choice))
        }
        Event::FirstRoundMajority { choice, votes, of } => {
            format!("{} has {votes} of the {}, more than half.", one(choice), written(of, "vote"))
        }
        Event::NoFirstRoundMajority { of, finalists, rule } => {
            let by = by(", by ", *rule, " among those with as many votes");
            format!("Nobody has more than half of the {}; {} meet{by}.", written(of, "vote"), many(finalists))
        }
        Event::RunoffWon { choice, votes, of, rule } => {
            let by = by(", as many as the other, and wins by ", *rule, "");
            format!("{} has {votes} of the {}{by}.", one(choice), written(of, "vote"))
        }
        Event::LastTwoTied { tie, votes } => {
            let (winner, rule) = (many(&tie.order[..1]), ties::rule(tie.rule));
            format!("{} have {} each; {winner} wins by {rule}.", many(&tie.order), written(votes, "vote"))
        }
        Event::Eliminated { choices, tie } => eliminated(labels, choices, tie.as_ref()),
        Event::FewestPoints { choice, tie: None } => {
            format!("{} has the fewest points and is eliminated.", one(choice))
        }
        Event::FewestPoints { choice, tie: Some(tie) } => {
            let (tied, rule) = (many(&tie.order), ties::rule(tie.rule));
            format!("{tied} are tied with the fewest points; {} is eliminated by {rule}.", one(choice))
        }
        Event::EliminatedTogether { choices } => {
            format!("{} have fewer votes together than anybody above them and are eliminated at once.", many(choices))
        }
        Event::WriteInsEliminated { choice } => {
            format!("{} stands for those who are no candidates, and is eliminated first.", one(choice))
        }
        Event::ReachedQuota { choices } => {
            format!("{} {} reached the quota and {} elected.", many(choices), has_have(choices), is_are(choices))
        }
        Event::LastLeft { choices, seats } => {
            let open = if *seats == 1 { "seat".into() } else { format!("{seats} seats") };
            format!("{} {} elected: nobody else is left for the open {open}.", many(choices), is_are(choices))
        }
        Event::SurplusTransferred { choice, surplus, rule } => {
            let first = by(" before an equal one, by ", *rule, "");
            format!("{}’s surplus of {surplus} is transferred{first}.", one(choice))
        }
        Event::Keeps { choice, part } => format!("{} keeps {part} of each vote that reaches it.", one(choice)),
        Event::CondorcetWinner(None) => "No choice beats every other head to head.".into(),
        Event::CondorcetWinner(Some(choice)) => format!("{} beats every other choice head to head.", one(choice)),
        Event::WorstDefeat { choice, by, .. } if by.is_empty() => format!("{} is never beaten.", one(choice)),
        Event::WorstDefeat { choice, by, size } => {
            let each = if by.len() == 1 { "" } else { " each" };
            format!("{}: the worst defeat is by {}, with {}{each}.", one(choice), many(by), defeat(*size))
        }
        Event::Unbeaten { choices, among_rest } => {
            let among = if *among_rest { " among the rest" } else { "" };
            format!("{} {} unbeaten{among}.", many(choices), is_are(choices))
        }
        Event::PathOutweighs { choice, loses_to, there, back } => {
            let compared = match there == back {
                true => format!("is as strong as the path back, with {}", defeat(*there)),
                false => format!("has {}, the path back {}", defeat(*there), defeat(*back)),
            };
            let (choice, other) = (one(choice), one(loses_to));
            format!("{choice} loses to {other} head to head, but its path there {compared}.")
        }
        Event::EqualDefeats(Tie { order, rule, .. }) => {
            let (tied, rule) = (many(order), ties::rule(*rule));
            format!("{tied} are in a cycle of equally strong defeats, which are taken in this order, by {rule}.")
        }
        Event::Defeat { winner, loser, won, lost, is_locked } => {
            let (higher, lower) = (one(winner), one(loser));
            let verdict = match is_locked {
                true => "locked in".into(),
                false => format!("skipped, as {lower} is above {higher} already"),
            };
            format!("{higher} over {lower}, {} to {}: {verdict}.", grouped(*won), grouped(*lost))
        }
        Event::TieBroken(Tie { at, order, rule }) => {
            let (tied, place, rule) = (many(order), ties::place(*at), ties::rule(*rule));
            format!("{tied} are tied {place}; the tie is broken by {rule}, in this order.")
        }
        Event::Finalists(both) => format!("{} go on to the runoff.", many(both)),
        Event::AutomaticRunoffWon(choice) => format!("{} wins the runoff.", one(choice)),
        Event::NextGrades(order) => format!(
            "{} have the same grade; they are in this order by {}.",
            many(order),
            ties::rule(TieRule::NextGrades)
        ),
    }
}

/// The rule that broke a tie between two pieces of a sentence; nothing where there was none.
fn by(before: &str, rule: Option<TieRule>, after: &str) -> String {
    rule.map(|rule| format!("{before}{}{after}", ties::rule(rule))).unwrap_or_default()
}

/// Who is eliminated and why.
fn eliminated(labels: &[&str], choices: &[usize], tie: Option<&Tie>) -> String {
    let names = named(labels, choices);
    let Some(tie) = tie else {
        return match choices {
            [_] => format!("{names} has the fewest votes and is eliminated."),
            _ => format!("{names} have no votes and are eliminated."),
        };
    };
    let tied = named(labels, &tie.order);
    let by = match ties::round(tie.rule) {
        Some(round) => format!("with fewer votes in {round}"),
        None => format!("by {}", ties::rule(tie.rule)),
    };
    match choices {
        [_] => format!("{tied} are tied with the fewest votes; {names} is eliminated {by}."),
        _ => format!("{tied} have no votes; {names} are eliminated at once, {by}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::{DefeatSize, Number, TieAt};

    fn text_of(event: Event) -> String {
        sentence(&event, &["a", "b", "c", "d"])
    }

    fn tie(order: &[usize], rule: TieRule) -> Tie {
        Tie { at: TieAt::Elimination(2), order: order.to_vec(), rule }
    }

    #[test]
    fn eliminations_say_why() {
        let eliminated = |choices: &[usize], tie| text_of(Event::Eliminated { choices: choices.to_vec(), tie });
        assert_eq!(eliminated(&[1], None), "b has the fewest votes and is eliminated.");
        assert_eq!(eliminated(&[2, 3], None), "c and d have no votes and are eliminated.");
        assert_eq!(
            eliminated(&[1], Some(tie(&[2, 1], TieRule::Round(1)))),
            "c and b are tied with the fewest votes; b is eliminated with fewer votes in round 1."
        );
        assert_eq!(
            eliminated(&[1, 2], Some(tie(&[3, 2, 1], TieRule::Lot))),
            "d, c and b have no votes; b and c are eliminated at once, by lot."
        );
        assert_eq!(
            text_of(Event::EliminatedTogether { choices: vec![3, 2] }),
            "d and c have fewer votes together than anybody above them and are eliminated at once."
        );
        assert_eq!(
            text_of(Event::WriteInsEliminated { choice: 0 }),
            "a stands for those who are no candidates, and is eliminated first."
        );
    }

    #[test]
    fn singular_and_plural_differ() {
        let reached = |choices: &[usize]| text_of(Event::ReachedQuota { choices: choices.to_vec() });
        assert_eq!(reached(&[0]), "a has reached the quota and is elected.");
        assert_eq!(reached(&[0, 1]), "a and b have reached the quota and are elected.");
        let fewest = |tie| text_of(Event::FewestPoints { choice: 1, tie });
        assert_eq!(fewest(None), "b has the fewest points and is eliminated.");
        assert_eq!(
            fewest(Some(tie(&[0, 1], TieRule::Lot))),
            "a and b are tied with the fewest points; b is eliminated by lot."
        );
        let left = |choices: &[usize], seats| text_of(Event::LastLeft { choices: choices.to_vec(), seats });
        assert_eq!(left(&[0], 1), "a is elected: nobody else is left for the open seat.");
        assert_eq!(left(&[0, 1], 3), "a and b are elected: nobody else is left for the open 3 seats.");
        let unbeaten =
            |choices: &[usize], among_rest| text_of(Event::Unbeaten { choices: choices.to_vec(), among_rest });
        assert_eq!(unbeaten(&[0], false), "a is unbeaten.");
        assert_eq!(unbeaten(&[0, 1], true), "a and b are unbeaten among the rest.");
    }

    #[test]
    fn votes_are_numbers_with_their_noun() {
        let votes = |votes: u64| Number::from(votes);
        let last_two = |each, rule| text_of(Event::LastTwoTied { tie: tie(&[1, 0], rule), votes: votes(each) });
        assert_eq!(last_two(1, TieRule::Lot), "b and a have 1 vote each; b wins by lot.");
        assert_eq!(last_two(3, TieRule::Round(2)), "b and a have 3 votes each; b wins by more votes in round 2.");
        assert_eq!(
            text_of(Event::Majority { choice: 0, votes: votes(7), of: votes(12) }),
            "a has 7 of the 12 votes left in the count, more than half."
        );
        let finalists = vec![0, 1];
        assert_eq!(
            text_of(Event::NoFirstRoundMajority { of: votes(9), finalists, rule: Some(TieRule::Lot) }),
            "Nobody has more than half of the 9 votes; a and b meet, by lot among those with as many votes."
        );
        assert_eq!(
            text_of(Event::SurplusTransferred { choice: 0, surplus: votes(2), rule: Some(TieRule::BeforeRound(3)) }),
            "a’s surplus of 2 is transferred before an equal one, by more votes in a count on the way to round 3."
        );
        let part = Number::fixed(666_666_667_u64, 9);
        assert_eq!(text_of(Event::Keeps { choice: 0, part }), "a keeps 0.666666667 of each vote that reaches it.");
    }

    #[test]
    fn duels_and_paths_have_their_strength() {
        let (there, back) = (DefeatSize::Votes(13), DefeatSize::Votes(12));
        let path = |back| text_of(Event::PathOutweighs { choice: 3, loses_to: 2, there, back });
        assert_eq!(path(back), "d loses to c head to head, but its path there has 13 votes, the path back 12 votes.");
        assert_eq!(
            path(there),
            "d loses to c head to head, but its path there is as strong as the path back, with 13 votes."
        );
        let worst =
            |by: &[usize]| text_of(Event::WorstDefeat { choice: 0, by: by.to_vec(), size: DefeatSize::Margin(20) });
        assert_eq!(worst(&[]), "a is never beaten.");
        assert_eq!(worst(&[1, 2]), "a: the worst defeat is by b and c, with a margin of 20 each.");
        assert_eq!(
            text_of(Event::Defeat { winner: 2, loser: 0, won: 5, lost: 4, is_locked: false }),
            "c over a, 5 to 4: skipped, as a is above c already."
        );
        assert_eq!(
            text_of(Event::EqualDefeats(tie(&[2, 1, 0], TieRule::Lot))),
            "c, b and a are in a cycle of equally strong defeats, which are taken in this order, by lot."
        );
        assert_eq!(
            text_of(Event::TieBroken(tie(&[1, 0], TieRule::HighestScores))),
            "b and a are tied for elimination in round 2; the tie is broken by more ballots with the highest score, in \
             this order."
        );
    }
}
