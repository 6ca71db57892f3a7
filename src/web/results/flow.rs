//! The picture of a count with transfers: a column a round, a block for each choice as high as its votes, and ribbons
//! from where votes were to where they went. Geometry in whole units, two of them a pixel.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rounds::{in_order, votes};
use crate::{
    count::{Number, Outcome, Round},
    models::poll::Definition,
    words::events,
};

/// The most blocks in a column, and the most columns.
const MOST: usize = 30;

/// The height of all votes.
const HEIGHT: u64 = 900;
/// Between blocks: enough for two labels.
const GAP: u64 = 44;
/// The width of a block.
const BLOCK: u64 = 28;
/// From one round to the next, at least and at most.
const COLUMN: [u64; 2] = [160, 420];
/// As wide as a page: what the columns have if they need no more.
const WIDTH: u64 = 2200;
/// The room for a letter of a label.
const LETTER: u64 = 15;
/// The room above for the names of rounds.
const TOP: u64 = 64;
/// The longest label, in characters.
const LABEL: usize = 22;

/// The picture.
#[derive(Serialize)]
pub struct FlowPicture {
    /// In units; half of it in pixels.
    width: u64,
    height: u64,
    titles: Vec<Text>,
    blocks: Vec<Block>,
    ribbons: Vec<Ribbon>,
    labels: Vec<Text>,
    /// What is told to those who don't see it.
    description: String,
}

#[derive(Serialize)]
struct Text {
    x: u64,
    y: u64,
    anchor: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Block {
    x: u64,
    y: u64,
    width: u64,
    height: u64,
    /// The choice's; 0 for votes that are exhausted.
    colour: usize,
}

#[derive(Serialize)]
struct Ribbon {
    path: String,
    colour: usize,
}

/// A choice, or `None` for the exhausted, which stand below all.
type Pile = Option<usize>;

impl FlowPicture {
    /// The picture of a count with transfers, of its last rounds where they are too many; `None` where there is
    /// nothing to see in it.
    pub fn new(definition: &Definition, outcome: &Outcome) -> Option<Self> {
        let fits = |from: usize| {
            let rounds = &outcome.rounds[from..];
            rounds.len() <= MOST && rounds.first().is_some_and(|round| round.standings.len() <= MOST)
        };
        let first = (0..outcome.rounds.len()).find(|from| fits(*from))?;
        let rounds = &outcome.rounds[first..];
        if !outcome.method.has_rounds() || rounds.len() < 2 || rounds.iter().all(|round| round.flows.is_empty()) {
            return None;
        }
        let order: Vec<Pile> = in_order(outcome).into_iter().map(Some).chain([None]).collect();
        let whole: Number = rounds[0].standings.iter().map(|standing| standing.votes.clone()).sum::<Number>()
            + rounds[0].exhausted.clone().unwrap_or_default();
        let scale = |votes: &Number| votes.permille(&whole) * HEIGHT / 1000;
        let longest =
            definition.choices.iter().map(|choice| short(&choice.label).chars().count() + 8).max().unwrap_or(0);
        let (margin, last) = (longest as u64 * LETTER, rounds.len() as u64 - 1);
        let step = (WIDTH.saturating_sub(2 * margin + BLOCK) / last).clamp(COLUMN[0], COLUMN[1]);
        let x = |column: usize| margin + column as u64 * step;
        let mut picture = Self {
            width: 2 * margin + last * step + BLOCK,
            height: 0,
            titles: Vec::new(),
            blocks: Vec::new(),
            ribbons: Vec::new(),
            labels: Vec::new(),
            description: described(outcome, first),
        };
        let mut before: BTreeMap<Pile, u64> = BTreeMap::new();
        for (column, round) in rounds.iter().enumerate() {
            let title = Text { x: x(column) + BLOCK / 2, y: 30, anchor: "middle", text: events::title(round.stage) };
            picture.titles.push(title);
            let mut tops: BTreeMap<Pile, u64> = BTreeMap::new();
            let mut y = TOP;
            for pile in &order {
                let Some(votes) = votes_of(round, *pile).filter(|votes| !votes.is_zero()) else { continue };
                let height = scale(votes).max(2);
                let colour = pile.map_or(0, |choice| choice % 8 + 1);
                picture.blocks.push(Block { x: x(column), y, width: BLOCK, height, colour });
                let name =
                    |pile: &Pile| pile.map_or("Exhausted".into(), |choice| short(&definition.choices[choice].label));
                let label = |x, anchor, text| Text { x, y: y + height / 2 + 9, anchor, text };
                let count = votes.short();
                if column == 0 {
                    picture.labels.push(label(x(0) - 14, "end", format!("{} {count}", name(pile))));
                } else if column + 1 == rounds.len() {
                    picture.labels.push(label(x(column) + BLOCK + 14, "start", format!("{} {count}", name(pile))));
                }
                tops.insert(*pile, y);
                y += height + GAP;
            }
            picture.height = picture.height.max(y);
            if let Some(last) = column.checked_sub(1) {
                let ways = ways(&rounds[last], round, &order);
                picture.ribbons.extend(ribbons(&ways, (&before, x(last) + BLOCK), (&tops, x(column)), scale));
            }
            before = tops;
        }
        Some(picture)
    }
}

fn described(outcome: &Outcome, first: usize) -> String {
    let rounds = outcome.rounds.len();
    let which = if first == 0 {
        "from round to round".to_owned()
    } else {
        format!("in the last {} of {rounds} rounds", rounds - first)
    };
    format!("How votes moved {which}. The table has the same numbers.")
}

fn votes_of(round: &Round, pile: Pile) -> Option<&Number> {
    pile.map_or(round.exhausted.as_ref(), |choice| votes(round, choice))
}

/// How many votes went from each pile to each, those that stayed among them, in the order of the piles.
fn ways(round: &Round, next: &Round, order: &[Pile]) -> Vec<(Pile, Pile, Number)> {
    let mut ways = Vec::new();
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
        ways.extend(order.iter().filter_map(|to| Some((*from, *to, went.remove(to)?))));
    }
    ways
}

/// The ribbons between two columns, each with the tops of its blocks and its edge.
fn ribbons(
    ways: &[(Pile, Pile, Number)],
    (left, x0): (&BTreeMap<Pile, u64>, u64),
    (right, x1): (&BTreeMap<Pile, u64>, u64),
    scale: impl Fn(&Number) -> u64,
) -> Vec<Ribbon> {
    let (mut sent, mut come): (BTreeMap<Pile, Number>, BTreeMap<Pile, Number>) = (BTreeMap::new(), BTreeMap::new());
    let mut ribbons = Vec::new();
    let middle = u64::midpoint(x0, x1);
    for (from, to, votes) in ways {
        let (Some(left), Some(right)) = (left.get(from), right.get(to)) else { continue };
        // Ends are rounded as sums, so that ribbons fill their blocks without a gap.
        let side = |sums: &mut BTreeMap<Pile, Number>, pile: &Pile, top: u64| {
            let sum = sums.entry(*pile).or_default();
            let start = top + scale(sum);
            *sum += votes.clone();
            (start, top + scale(sum))
        };
        let (a, b) = side(&mut sent, from, *left);
        let (c, d) = side(&mut come, to, *right);
        if b > a || d > c {
            let path = format!("M{x0} {a}C{middle} {a} {middle} {c} {x1} {c}V{d}C{middle} {d} {middle} {b} {x0} {b}Z");
            ribbons.push(Ribbon { path, colour: from.map_or(0, |choice| choice % 8 + 1) });
        }
    }
    ribbons
}

fn short(label: &str) -> String {
    match label.char_indices().nth(LABEL) {
        None => label.to_owned(),
        Some((end, _)) => format!("{}…", label[..end].trim_end()),
    }
}
