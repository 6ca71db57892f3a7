//! Properties that every count has, checked on every profile of a few ballots over three choices, by every method that
//! reads it, with every rule. Of profiles that differ only in the names of the choices, one is counted.

use std::collections::{BTreeMap, BTreeSet};

use urna::{
    count::{
        Ballots, Contest, Fate, Lots, Method, Number, Outcome, Overvotes, Profile, Quota, Rules, Skipped, Unranked,
        count,
    },
    marks::Kind,
    words::{events, outcome::reason},
};

const KEYS: [&str; 3] = ["a", "b", "c"];

/// Orders of the choices; the first two part every tie in opposite ways.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2]];

/// The rank, the score or the mark of each choice.
type Marked = [Option<u32>; 3];

/// What was broken by which method, with the first count in which it was.
type Broken = BTreeMap<(Method, &'static str), String>;

#[test]
fn four_picks_or_approvals() {
    let approvals = all(|value| value == 1);
    let picks: Vec<Marked> = approvals.iter().copied().filter(|marked| marked.iter().flatten().count() < 2).collect();
    hold(Kind::Pick, &picks, 4, &[Rules::default()]);
    hold(Kind::Approval, &approvals, 4, &[Rules::default()]);
}

#[test]
fn two_ballots_of_scores() {
    hold(Kind::Score, &all(|value| value < 3), 2, &[Rules::default()]);
}

#[test]
fn four_rankings_that_share_and_skip_no_rank() {
    let strict: Vec<Marked> = all(|value| value > 0).into_iter().filter(|marked| is_strict(*marked)).collect();
    let rules = Unranked::ALL.iter().zip(Quota::ALL);
    let rules = rules.map(|(unranked, quota)| Rules { unranked: *unranked, quota: *quota, ..Rules::default() });
    hold(Kind::Ranking, &strict, 4, &rules.collect::<Vec<_>>());
}

#[test]
fn two_rankings_that_may() {
    hold(Kind::Ranking, &all(|value| value > 0), 2, &rules());
}

/// All ways to mark three choices with some of the values 0 to 3, or not.
fn all(may: impl Fn(u32) -> bool) -> Vec<Marked> {
    let values: Vec<Option<u32>> = [None].into_iter().chain((0..4).filter(|value| may(*value)).map(Some)).collect();
    let two = values.iter().flat_map(|a| values.iter().map(move |b| (*a, *b)));
    two.flat_map(|(a, b)| values.iter().map(move |c| [a, b, *c])).collect()
}

fn is_strict(marked: Marked) -> bool {
    let mut ranks: Vec<u32> = marked.into_iter().flatten().collect();
    ranks.sort_unstable();
    ranks.iter().copied().eq(1..=ranks.len() as u32)
}

/// All rules but the quota.
fn rules() -> Vec<Rules> {
    let overvotes = Overvotes::ALL.iter().flat_map(|overvotes| Skipped::ALL.iter().map(move |it| (*overvotes, *it)));
    let all = overvotes.flat_map(|(overvotes, skipped)| {
        Unranked::ALL.iter().map(move |it| Rules { overvotes, skipped, unranked: *it, ..Rules::default() })
    });
    all.collect()
}

/// Counts all profiles of so many of these ballots, one blank one among them, and looks at every outcome.
fn hold(kind: Kind, ballots: &[Marked], number: usize, rules: &[Rules]) {
    let mut broken = Broken::new();
    let mut counted = 0;
    for profile in profiles(ballots, number) {
        for method in Method::ALL.into_iter().filter(|method| method.reads(kind)) {
            for seats in 1..=if method.takes_seats() { 2 } else { 1 } {
                for rules in rules.iter().filter(|rules| matters(rules, method)) {
                    Poll { kind, method, seats, rules, profile: &profile }.check(&mut broken);
                    counted += 1;
                }
            }
        }
    }
    println!("{counted} counts of {kind:?}");
    let all: Vec<_> = broken.iter().map(|((method, what), example)| format!("{method:?}: {what}: {example}")).collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// Whether these rules are another way to count by a method: those that it does not read are at their defaults.
fn matters(rules: &Rules, method: Method) -> bool {
    let default = Rules::default();
    match method {
        Method::Stv | Method::StvMeek => rules.unranked == default.unranked || rules.quota != default.quota,
        Method::Plurality | Method::TwoRound | Method::Irv => rules.unranked == default.unranked,
        _ => (rules.overvotes, rules.skipped) == (default.overvotes, default.skipped),
    }
}

/// All collections of so many of these ballots, one for those that differ in the names of the choices alone.
fn profiles(ballots: &[Marked], number: usize) -> Vec<Vec<Marked>> {
    let mut all: Vec<Vec<Marked>> = vec![Vec::new()];
    for _ in 0..number {
        all = all
            .into_iter()
            .flat_map(|before| {
                let from = before.last().copied();
                let next = ballots.iter().filter(move |next| from.is_none_or(|from| from <= **next));
                next.map(|next| [&before[..], &[*next]].concat()).collect::<Vec<_>>()
            })
            .collect();
    }
    all.retain(|profile| ORDERS.iter().all(|names| renamed(profile, names) >= *profile));
    all
}

/// The ballots with other names for the choices, in their order.
fn renamed(profile: &[Marked], names: &[usize; 3]) -> Vec<Marked> {
    let mut renamed: Vec<Marked> = profile.iter().map(|marked| names.map(|name| marked[name])).collect();
    renamed.sort_unstable();
    renamed
}

struct Poll<'p> {
    kind: Kind,
    method: Method,
    seats: usize,
    rules: &'p Rules,
    profile: &'p [Marked],
}

impl Poll<'_> {
    fn read(&self, profile: &[(String, u64)]) -> Ballots {
        Ballots::read(self.kind, &KEYS, profile).unwrap()
    }

    fn count(&self, ballots: &Ballots, lots: &[usize; 3]) -> Outcome {
        let contest = Contest {
            seats: self.seats,
            rules: self.rules.clone(),
            lots: Lots::of(lots),
            ..Contest::new(&KEYS, &KEYS)
        };
        count(self.method, &contest, ballots).unwrap()
    }

    fn check(&self, broken: &mut Broken) {
        let rows: Profile = self.profile.iter().map(|marked| (written(self.kind, marked), 1)).collect();
        let ballots = self.read(&rows);
        let outcome = self.count(&ballots, &ORDERS[0]);
        let mut fails = self.broken_by(&outcome);

        let mut merged: BTreeMap<String, u64> = BTreeMap::new();
        for (text, number) in rows.iter().rev() {
            *merged.entry(text.clone()).or_default() += number;
        }
        let mut merged: Profile = merged.into_iter().collect();
        merged.reverse();
        if self.count(&self.read(&merged), &ORDERS[0]) != outcome {
            fails.push("the order of ballots counts");
        }
        let names = ORDERS[2];
        let cycled: Profile =
            renamed(self.profile, &names).iter().map(|marked| (written(self.kind, marked), 1)).collect();
        let lots = [0, 1, 2].map(|choice| names.iter().position(|name| *name == choice).unwrap());
        let other = self.count(&self.read(&cycled), &lots);
        let named = |choices: &[usize]| choices.iter().map(|choice| names[*choice]).collect::<Vec<_>>();
        let sorted = |groups: Vec<Vec<usize>>| groups.into_iter().map(BTreeSet::from_iter).collect::<Vec<_>>();
        if named(&other.elected) != outcome.elected && outcome.ranking.iter().all(|group| group.len() == 1) {
            fails.push("the order of choices counts in who is elected");
        }
        if sorted(other.ranking.iter().map(|group| named(group)).collect()) != sorted(outcome.ranking.clone()) {
            fails.push("the order of choices counts in the ranking");
        }
        let ties = |outcome: &Outcome| outcome.ties.iter().map(|tie| (tie.at, tie.rule)).collect::<Vec<_>>();
        if ties(&other) != ties(&outcome) {
            fails.push("the order of choices counts in the ties");
        }

        let set = |outcome: &Outcome| outcome.elected.iter().copied().collect::<BTreeSet<_>>();
        let other = ORDERS[1..].iter().any(|lots| set(&self.count(&ballots, lots)) != set(&outcome));
        if other && !outcome.used_lot() {
            fails.push("a lot is not reported");
        }
        if outcome.used_lot() && !other {
            fails.push("a lot is reported that changes nothing");
        }
        for fail in fails {
            broken.entry((self.method, fail)).or_insert_with(|| {
                format!(
                    "{} seats, {:?}, {rows:?}: {:?} {:?} {:?}",
                    self.seats, self.rules, outcome.elected, outcome.ranking, outcome.ties
                )
            });
        }
    }

    /// What the outcome alone shows to be wrong.
    fn broken_by(&self, outcome: &Outcome) -> Vec<&'static str> {
        let valid = outcome.ballots - outcome.blank;
        let mut fails = Vec::new();
        let mut all = outcome.ranking.concat();
        all.sort_unstable();
        if all != [0, 1, 2] || outcome.ranking.iter().any(|group| group.is_empty() || !group.is_sorted()) {
            fails.push("the ranking is not of all choices");
        }
        let somebody = valid > 0 && outcome.rounds.iter().all(|round| round.exhausted != Some(Number::from(valid)));
        let votes = outcome.tally.iter().any(|number| !number.is_zero());
        let seats = if somebody && (votes || self.method != Method::Plurality) { self.seats.min(3) } else { 0 };
        if outcome.elected.len() != seats {
            fails.push("not as many are elected as there are seats");
        }
        // Who is elected is at the head of the ranking; a group that the seats divide was parted by lot.
        let mut left = outcome.elected.as_slice();
        for group in &outcome.ranking {
            let (here, rest) = left.split_at(group.len().min(left.len()));
            if here.iter().any(|choice| !group.contains(choice)) {
                fails.push("the elected are not the first of the ranking");
                break;
            }
            let lots = outcome.ties.iter().filter(|tie| tie.rule.is_lot());
            let parted = |choice: &usize| lots.clone().any(|tie| tie.order.contains(choice));
            if !here.is_empty() && here.len() < group.len() && !group.iter().all(parted) {
                fails.push("a group that the seats divide was not parted by lot");
            }
            left = rest;
        }
        for round in &outcome.rounds {
            let votes: Number = round.standings.iter().map(|standing| standing.votes.clone()).sum();
            let apart: Number = [&round.exhausted, &round.lost].into_iter().flatten().cloned().sum();
            if round.exhausted.is_some() && votes + apart != Number::from(valid) {
                fails.push("votes are added or lost");
            }
            let sentences = round.events.iter().map(|event| events::sentence(event, &KEYS));
            if sentences
                .into_iter()
                .any(|text| !text.ends_with('.') || text.contains(" 1 votes") || text.contains("  "))
            {
                fails.push("a sentence is not fit to print");
            }
        }
        let last = outcome.rounds.iter().rev().find(|round| !round.standings.is_empty());
        let elected = |choice: &usize| {
            let fates = outcome.rounds.iter().flat_map(|round| &round.standings);
            fates.filter(|standing| standing.choice == *choice).any(|standing| standing.fate == Fate::Elected)
        };
        let wrongly = (0..3).any(|choice| elected(&choice) != outcome.elected.contains(&choice));
        if wrongly || last.is_none() && !outcome.elected.is_empty() {
            fails.push("the rounds do not show who is elected");
        }
        if outcome.ties.iter().any(|tie| tie.order.iter().collect::<BTreeSet<_>>().len() != tie.order.len().max(2)) {
            fails.push("a tie is not of two or more");
        }
        let reason = reason(outcome, &KEYS);
        if outcome.elected.is_empty() != reason.is_empty() || reason.contains(" 1 points") {
            fails.push("the reason is not fit to print");
        }
        fails
    }
}

fn written(kind: Kind, marked: &Marked) -> String {
    let of = |rank: u32| {
        let tied = KEYS.iter().zip(marked).filter(move |(_, value)| **value == Some(rank));
        tied.map(|(key, _)| *key).collect::<Vec<_>>().join("=")
    };
    let mark = |(key, value): (&&str, &Option<u32>)| match kind {
        Kind::Score => value.map(|value| format!("{key}:{value}")),
        _ => value.map(|_| (*key).to_owned()),
    };
    match kind {
        Kind::Ranking => {
            (1..=marked.iter().flatten().copied().max().unwrap_or(0)).map(of).collect::<Vec<_>>().join(">")
        }
        _ => KEYS.iter().zip(marked).filter_map(mark).collect::<Vec<_>>().join(","),
    }
}
