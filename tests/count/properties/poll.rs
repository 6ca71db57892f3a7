//! Polls at random: a few choices, any kind of ballot, every open rule.

use proptest::{prelude::*, sample::select};
use urna::{
    count::{
        Ballots, Contest, CountError, Elimination, Lots, Method, Outcome, Overvotes, Profile, Quota, Rules, Skipped,
        Unranked, Until, count,
    },
    marks::Kind,
};

/// The marks of one ballot: choices with their ranks or scores.
pub type Marked = Vec<(usize, u32)>;

/// A poll and its ballots, equal ones in one row or in several.
#[derive(Debug, Clone)]
pub struct Poll {
    pub choices: usize,
    pub seats: usize,
    pub kind: Kind,
    pub rules: Rules,
    /// The choices in the order in which they were drawn.
    pub lots: Vec<usize>,
    pub rows: Vec<(Marked, u64)>,
}

impl Poll {
    /// What a method makes of it; `None` where it reads no such ballots or fills no such seats.
    pub fn count(&self, method: Method) -> Option<Outcome> {
        let keys: Vec<String> = (0..self.choices).map(key).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let contest = Contest {
            seats: self.seats,
            rules: self.rules.clone(),
            lots: Lots::of(&self.lots),
            ..Contest::new(&keys, &keys)
        };
        let profile: Profile = self.rows.iter().map(|(marked, n)| (self.written(marked), *n)).collect();
        let ballots = Ballots::read(self.kind, &keys, &profile).unwrap();
        match count(method, &contest, &ballots) {
            Ok(outcome) => Some(outcome),
            Err(CountError::Kind { .. } | CountError::Seats { .. }) => None,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// What every method that can count it makes of it.
    pub fn counts(&self) -> impl Iterator<Item = (Method, Outcome)> {
        Method::ALL.into_iter().filter_map(|method| Some((method, self.count(method)?)))
    }

    /// How many ballots are marked.
    pub fn valid(&self) -> u64 {
        self.rows.iter().filter(|(marked, _)| !marked.is_empty()).map(|(_, n)| n).sum()
    }

    /// One ballot after the other.
    pub fn ballots(&self) -> impl Iterator<Item = &Marked> {
        self.rows.iter().flat_map(|(marked, n)| std::iter::repeat_n(marked, *n as usize))
    }

    fn written(&self, marked: &Marked) -> String {
        let of = |rank: u32| {
            let tied = marked.iter().filter(move |(_, value)| *value == rank);
            tied.map(|(choice, _)| key(*choice)).collect::<Vec<_>>().join("=")
        };
        let last = marked.iter().map(|(_, value)| *value).max().unwrap_or(0);
        let mark = |(choice, value): &(usize, u32)| match self.kind {
            Kind::Score => format!("{}:{value}", key(*choice)),
            _ => key(*choice),
        };
        match self.kind {
            Kind::Ranking => (1..=last).map(of).collect::<Vec<_>>().join(">"),
            _ => marked.iter().map(mark).collect::<Vec<_>>().join(","),
        }
    }
}

fn key(choice: usize) -> String {
    format!("choice-{choice}")
}

/// Any poll of up to five choices.
pub fn any_poll() -> impl Strategy<Value = Poll> {
    poll_of(5)
}

/// Any poll of up to so many choices.
pub fn poll_of(most: usize) -> impl Strategy<Value = Poll> {
    let kinds = select(vec![Kind::Pick, Kind::Approval, Kind::Ranking, Kind::Ranking, Kind::Score]);
    (1..=most, prop_oneof![Just(1), 1..=3_usize], kinds, rules()).prop_flat_map(|(choices, seats, kind, rules)| {
        // Few ballots, so that ties of all kinds come often.
        let rows = prop::collection::vec((marked(kind, choices), prop_oneof![Just(1), 1..=5_u64]), 0..=9);
        (order(choices), rows).prop_map(move |(lots, rows)| Poll {
            choices,
            seats,
            kind,
            rules: rules.clone(),
            lots,
            rows,
        })
    })
}

/// A poll for one seat in which every ballot ranks all choices and none are tied head to head; often with a cycle.
pub fn strict_poll() -> impl Strategy<Value = Poll> {
    (2..=4_usize).prop_flat_map(|choices| {
        let turned = prop::collection::vec(0..=9_u64, choices);
        let others = prop::collection::vec((order(choices), 1..=4_u64), 0..=4);
        (order(choices), order(choices), turned, others).prop_map(move |(lots, order, turned, others)| {
            let turn = |(by, n): (usize, u64)| ([&order[by..], &order[..by]].concat(), n);
            let rows = turned.into_iter().enumerate().map(turn).chain(others);
            let mut rows: Vec<(Marked, u64)> =
                rows.map(|(order, n)| (order.into_iter().zip(1..).collect(), n)).collect();
            // An odd number of ballots leaves no draw.
            rows[0].1 += 1 - rows.iter().map(|(_, n)| n).sum::<u64>() % 2;
            Poll { choices, seats: 1, kind: Kind::Ranking, rules: Rules::default(), lots, rows }
        })
    })
}

/// Every order of so many choices.
pub fn orders(choices: usize) -> Vec<Vec<usize>> {
    (0..choices).fold(vec![Vec::new()], |shorter, choice| {
        let longer = |order: &Vec<usize>| {
            let at = 0..=order.len();
            at.map(|at| [&order[..at], &[choice], &order[at..]].concat()).collect::<Vec<_>>()
        };
        shorter.iter().flat_map(longer).collect()
    })
}

/// So many choices in any order.
pub fn order(choices: usize) -> impl Strategy<Value = Vec<usize>> {
    Just((0..choices).collect::<Vec<_>>()).prop_shuffle()
}

/// A ballot: shared and skipped ranks, choices without a mark, and now and then no mark at all.
fn marked(kind: Kind, choices: usize) -> BoxedStrategy<Marked> {
    match kind {
        Kind::Pick => prop::collection::vec(0..choices, 0..=1).prop_map(|pick| marks(pick, 1)).boxed(),
        Kind::Approval => prop::sample::subsequence((0..choices).collect::<Vec<_>>(), 0..=choices)
            .prop_map(|approved| marks(approved, 1))
            .boxed(),
        Kind::Ranking => values(choices, 1..=choices as u32 + 1),
        Kind::Score => values(choices, 0..=5),
    }
}

fn marks(choices: Vec<usize>, value: u32) -> Marked {
    choices.into_iter().map(|choice| (choice, value)).collect()
}

/// A value for some of the choices.
fn values(choices: usize, values: std::ops::RangeInclusive<u32>) -> BoxedStrategy<Marked> {
    let value = prop::option::weighted(0.7, values);
    prop::collection::vec(value, choices)
        .prop_map(|values| {
            values.into_iter().enumerate().filter_map(|(choice, value)| Some((choice, value?))).collect()
        })
        .boxed()
}

fn rules() -> impl Strategy<Value = Rules> {
    (
        select(Overvotes::ALL.to_vec()),
        select(Skipped::ALL.to_vec()),
        select(vec![Unranked::Last, Unranked::Ignored]),
        select(vec![Quota::Droop, Quota::Hare]),
        select(Elimination::ALL.to_vec()),
        select(Until::ALL.to_vec()),
        prop::option::weighted(0.2, Just(0)),
    )
        .prop_map(|(overvotes, skipped, unranked, quota, elimination, until, write_ins)| Rules {
            overvotes,
            skipped,
            unranked,
            quota,
            elimination,
            until,
            write_ins,
        })
}
