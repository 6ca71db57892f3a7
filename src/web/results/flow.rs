//! The picture of a count with transfers: for each round a strip with a block for each choice, as wide as its votes, and
//! below it ribbons from where votes were to where they went. It has no text but numbers, so that it fits any width.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rounds::{SENTENCES, colours, votes};
use crate::{
    count::{Number, Outcome, Round},
    models::poll::Definition,
    web::show::decision::in_order,
    words::events,
};

/// The most blocks in a strip, and the most strips.
const MOST: usize = 30;

/// The most rounds that are all shown at once.
const SHORT: usize = 5;

/// The width of a strip, in hundredths of a percent.
const WIDTH: u64 = 10_000;
/// Between blocks.
const GAP: u64 = 60;
/// The narrowest block with a number above it.
const NUMBERED: u64 = 350;

/// The picture.
#[derive(Serialize)]
pub struct FlowPicture<'a> {
    legend: Vec<Key<'a>>,
    rounds: Vec<FlowRound>,
    /// Whether there are so many rounds that a reader opens one after the other.
    folded: bool,
    /// Whether earlier rounds are left out.
    partial: bool,
}

/// A choice, by the number and the colour that it has in the picture.
#[derive(Serialize)]
struct Key<'a> {
    number: usize,
    label: &'a str,
    colour: usize,
}

#[derive(Serialize)]
struct FlowRound {
    title: String,
    blocks: Vec<Block>,
    /// What was decided.
    sentences: Vec<String>,
    /// How many sentences are left out.
    more: usize,
    /// To the next round.
    ribbons: Vec<Ribbon>,
}

/// A block; all places and widths are in percent.
#[derive(Serialize)]
struct Block {
    x: String,
    width: String,
    /// The number above it, and where its middle is; `None` where it is too narrow.
    number: Option<usize>,
    middle: String,
    colour: usize,
}

#[derive(Serialize)]
struct Ribbon {
    path: String,
    colour: usize,
}

/// A choice, or `None` for the votes that ran out of choices, which are last.
type Pile = Option<usize>;

/// Where a strip's blocks begin.
type Starts = BTreeMap<Pile, u64>;

impl<'a> FlowPicture<'a> {
    /// The picture of a count with transfers, of its last rounds where they are too many; `None` where there is
    /// nothing to see in it.
    pub fn new(definition: &'a Definition, outcome: &Outcome) -> Option<Self> {
        let fits = |from: usize| {
            let rounds = &outcome.rounds[from..];
            rounds.len() <= MOST && rounds.first().is_some_and(|round| round.standings.len() <= MOST)
        };
        let first = (0..outcome.rounds.len()).find(|from| fits(*from))?;
        let rounds = &outcome.rounds[first..];
        if !outcome.method.has_rounds() || rounds.len() < 2 || rounds.iter().all(|round| round.flows.is_empty()) {
            return None;
        }
        let (layout, labels) = (Layout::new(outcome, rounds), definition.labels());
        let starts: Vec<Starts> = rounds.iter().map(|round| layout.starts(round)).collect();
        let drawn = rounds.iter().zip(&starts).enumerate().map(|(i, (round, from))| FlowRound {
            title: events::title(round.stage),
            blocks: layout.blocks(round, from),
            sentences: round.events.iter().take(SENTENCES).map(|event| events::sentence(event, &labels)).collect(),
            more: round.events.len().saturating_sub(SENTENCES),
            ribbons: match (rounds.get(i + 1), starts.get(i + 1)) {
                (Some(next), Some(to)) => layout.ribbons(&transfers(round, next, &layout.order), from, to),
                _ => Vec::new(),
            },
        });
        let in_first = |choice: usize| votes(&rounds[0], choice).is_some();
        let choices = in_order(outcome).into_iter().enumerate().filter(|(_, choice)| in_first(*choice));
        let legend = choices.map(|(i, choice)| Key {
            number: i + 1,
            label: &definition.choices[choice].label,
            colour: layout.colours[choice],
        });
        let folded = rounds.len() > SHORT;
        Some(Self { legend: legend.collect(), rounds: drawn.collect(), folded, partial: first > 0 })
    }
}

/// Where blocks go.
struct Layout {
    /// The piles from the first to the last.
    order: Vec<Pile>,
    /// The colour of each choice.
    colours: Vec<usize>,
    /// All votes, which are as wide as the picture without its gaps.
    whole: Number,
    width: u64,
}

impl Layout {
    fn new(outcome: &Outcome, rounds: &[Round]) -> Self {
        let whole = rounds[0].standings.iter().map(|standing| standing.votes.clone()).sum::<Number>()
            + rounds[0].exhausted.clone().unwrap_or_default();
        let piles = rounds[0].standings.len() as u64 + 1;
        let order = in_order(outcome).into_iter().map(Some).chain([None]).collect();
        Self { order, colours: colours(outcome), whole, width: WIDTH - GAP * (piles - 1) }
    }

    /// The width of so many votes.
    fn scale(&self, votes: &Number) -> u64 {
        votes.permille(&self.whole) * self.width / 1000
    }

    /// The piles that have votes in a round.
    fn piles<'r>(&'r self, round: &'r Round) -> impl Iterator<Item = (Pile, &'r Number)> {
        self.order.iter().filter_map(|pile| Some((*pile, votes_of(round, *pile).filter(|votes| !votes.is_zero())?)))
    }

    fn starts(&self, round: &Round) -> Starts {
        let mut next = 0;
        let start = |(pile, votes)| {
            let start = next;
            next += self.scale(votes) + GAP;
            (pile, start)
        };
        self.piles(round).map(start).collect()
    }

    fn blocks(&self, round: &Round, starts: &Starts) -> Vec<Block> {
        let place = |pile: Pile| self.order.iter().position(|other| *other == pile);
        let block = |(pile, votes): (Pile, &Number)| {
            let (x, width) = (starts[&pile], self.scale(votes).max(10));
            Block {
                x: percent(x),
                width: percent(width),
                number: pile.and_then(|_| place(pile)).map(|place| place + 1).filter(|_| width >= NUMBERED),
                middle: percent(x + width / 2),
                colour: self.colour(pile),
            }
        };
        self.piles(round).map(block).collect()
    }

    /// The colour of a pile; 0 for votes that ran out of choices.
    fn colour(&self, pile: Pile) -> usize {
        pile.map_or(0, |choice| self.colours[choice])
    }

    /// The ribbons between two strips, each with the starts of its blocks.
    fn ribbons(&self, transfers: &[(Pile, Pile, Number)], from: &Starts, to: &Starts) -> Vec<Ribbon> {
        let (mut sent, mut come): (BTreeMap<Pile, Number>, BTreeMap<Pile, Number>) = (BTreeMap::new(), BTreeMap::new());
        let mut ribbons = Vec::new();
        for (source, target, votes) in transfers {
            let (Some(top), Some(bottom)) = (from.get(source), to.get(target)) else { continue };
            // Ends are rounded as sums, so that ribbons fill their blocks without a gap.
            let side = |sums: &mut BTreeMap<Pile, Number>, pile: &Pile, start: u64| {
                let sum = sums.entry(*pile).or_default();
                let first = start + self.scale(sum);
                *sum += votes.clone();
                (first, start + self.scale(sum))
            };
            let (a, b) = side(&mut sent, source, *top);
            let (c, d) = side(&mut come, target, *bottom);
            if b > a || d > c {
                let path = format!("M{a} 0C{a} 50 {c} 50 {c} 100H{d}C{d} 50 {b} 50 {b} 0Z");
                ribbons.push(Ribbon { path, colour: self.colour(*source) });
            }
        }
        ribbons
    }
}

/// Hundredths of a percent, as SVG writes them.
fn percent(hundredths: u64) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

fn votes_of(round: &Round, pile: Pile) -> Option<&Number> {
    pile.map_or(round.exhausted.as_ref(), |choice| votes(round, choice))
}

/// How many votes went from each pile to each, those that stayed among them, in the order of the piles.
fn transfers(round: &Round, next: &Round, order: &[Pile]) -> Vec<(Pile, Pile, Number)> {
    let mut transfers = Vec::new();
    for from in order {
        let Some(votes) = votes_of(round, *from) else { continue };
        let flows = round.flows.iter().filter(|flow| Some(flow.from) == *from);
        let mut went: BTreeMap<Pile, Number> = BTreeMap::new();
        for flow in flows {
            *went.entry(flow.to).or_default() += flow.votes.clone();
        }
        let gone: Number = went.values().cloned().sum();
        if let Some(there) = votes_of(next, *from).filter(|_| gone < *votes) {
            *went.entry(*from).or_default() += (votes.clone() - gone).min(there.clone());
        }
        transfers.extend(order.iter().filter_map(|to| Some((*from, *to, went.remove(to)?))));
    }
    transfers
}
