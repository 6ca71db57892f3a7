//! As many ballots as can be counted, and as few choices.

use urna::{
    count::{Ballots, Contest, CountError, MOST_BALLOTS, Method, Number, Outcome, Overvotes, Rules, count},
    marks::Kind,
};

const KEYS: [&str; 3] = ["a", "b", "c"];

fn counted(
    method: Method,
    kind: Kind,
    keys: &[&str],
    rules: Rules,
    profile: &[(&str, u64)],
) -> Result<Outcome, CountError> {
    let profile: Vec<(String, u64)> = profile.iter().map(|(marks, number)| ((*marks).to_owned(), *number)).collect();
    let contest = Contest { rules, highest: u32::from(u16::MAX), ..Contest::new(keys, keys) };
    count(method, &contest, &Ballots::read(kind, keys, &profile).unwrap())
}

#[test]
fn as_many_ballots_are_counted_as_a_table_holds() {
    let (most, third) = (MOST_BALLOTS, MOST_BALLOTS / 3);
    for method in Method::ALL {
        for (kind, one, shared) in [
            (Kind::Ranking, "a>b>c", "a=b>c"),
            (Kind::Score, "a:65535,b:1", "a:7,b:7,c:0"),
            (Kind::Approval, "a", "a,b"),
        ] {
            if !method.reads(kind) {
                continue;
            }
            for overvotes in Overvotes::ALL {
                let rules = || Rules { overvotes: *overvotes, ..Rules::default() };
                let outcome = counted(method, kind, &KEYS, rules(), &[(one, most)]).unwrap();
                assert_eq!((outcome.elected, outcome.ballots), (vec![0], most), "{method:?}");
                let outcome = counted(method, kind, &KEYS, rules(), &[(one, third), (shared, third), ("", third)]);
                let outcome = outcome.unwrap();
                assert_eq!(outcome.elected, [0], "{method:?}");
                for round in outcome.rounds.iter().filter(|round| round.exhausted.is_some()) {
                    let votes: Number = round.standings.iter().map(|standing| standing.votes.clone()).sum();
                    let apart: Number = [&round.exhausted, &round.lost].into_iter().flatten().cloned().sum();
                    assert_eq!(votes + apart, Number::from(2 * third), "{method:?}");
                }
            }
            for more in [[(one, most), ("", 1)], [(one, u64::MAX), ("", u64::MAX)]] {
                let refused = counted(method, kind, &KEYS, Rules::default(), &more);
                assert_eq!(refused.unwrap_err(), CountError::TooMany, "{method:?}");
            }
        }
    }
}

#[test]
fn one_choice_and_one_of_two_are_elected() {
    for method in Method::ALL {
        let (alone, both) = match method.kind() {
            Kind::Score => ("a:1", "a:1,b:0"),
            Kind::Ranking => ("a", "a>b"),
            Kind::Pick | Kind::Approval => ("a", "a"),
        };
        for (keys, marks) in [(&KEYS[..1], alone), (&KEYS[..2], both)] {
            let outcome = counted(method, method.kind(), keys, Rules::default(), &[(marks, 1)]).unwrap();
            assert_eq!((outcome.elected.as_slice(), outcome.ranking.len()), ([0].as_slice(), keys.len()), "{method:?}");
            assert!(outcome.reason.is_some() && outcome.ties.is_empty(), "{method:?}");
            let nobody = counted(method, method.kind(), keys, Rules::default(), &[]).unwrap();
            assert!(nobody.elected.is_empty() && nobody.reason.is_none() && nobody.ties.is_empty(), "{method:?}");
            assert_eq!(nobody.ranking, [(0..keys.len()).collect::<Vec<_>>()], "{method:?}");
        }
    }
}
