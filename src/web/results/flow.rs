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
    /// For readers who don't see the picture.
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

/// A choice, or `None` for the exhausted, which are below all others.
type Pile = Option<usize>;

/// The tops of a column's blocks.
type Tops = BTreeMap<Pile, u64>;

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
        let layout = Layout::new(definition, outcome, rounds);
        let mut picture = Self {
            width: 2 * layout.margin + (rounds.len() as u64 - 1) * layout.step + BLOCK,
            height: 0,
            titles: Vec::new(),
            blocks: Vec::new(),
            ribbons: Vec::new(),
            labels: Vec::new(),
            description: described(outcome, first),
        };
        let mut left = Tops::new();
        for (column, round) in rounds.iter().enumerate() {
            let tops = picture.draw_column(&layout, rounds, column);
            if let Some(before) = column.checked_sub(1) {
                let transfers = transfers(&rounds[before], round, &layout.order);
                let from = (&left, layout.x(before) + BLOCK);
                picture
                    .ribbons
                    .extend(ribbons(&transfers, from, (&tops, layout.x(column)), |votes| layout.scale(votes)));
            }
            left = tops;
        }
        Some(picture)
    }

    /// Draws a round's title and its blocks, with labels beside those of the first round and the last; gives the tops
    /// of the blocks.
    fn draw_column(&mut self, layout: &Layout<'_>, rounds: &[Round], column: usize) -> Tops {
        let (round, x) = (&rounds[column], layout.x(column));
        self.titles.push(Text { x: x + BLOCK / 2, y: 30, anchor: "middle", text: events::title(round.stage) });
        let mut tops = Tops::new();
        let mut y = TOP;
        for pile in &layout.order {
            let Some(votes) = votes_of(round, *pile).filter(|votes| !votes.is_zero()) else { continue };
            let height = layout.scale(votes).max(2);
            self.blocks.push(Block { x, y, width: BLOCK, height, colour: colour(*pile) });
            let side = match column {
                0 => Some((x - 14, "end")),
                _ if column + 1 == rounds.len() => Some((x + BLOCK + 14, "start")),
                _ => None,
            };
            self.labels.extend(side.map(|(x, anchor)| {
                let text = format!("{} {}", layout.name(*pile), votes.short());
                Text { x, y: y + height / 2 + 9, anchor, text }
            }));
            tops.insert(*pile, y);
            y += height + GAP;
        }
        self.height = self.height.max(y);
        tops
    }
}

/// Where columns and blocks go.
struct Layout<'d> {
    definition: &'d Definition,
    /// The piles from the top down.
    order: Vec<Pile>,
    /// All votes, which are as high as the picture.
    whole: Number,
    /// The room for labels on each side.
    margin: u64,
    /// From one column to the next.
    step: u64,
}

impl<'d> Layout<'d> {
    /// The layout of at least two rounds.
    fn new(definition: &'d Definition, outcome: &Outcome, rounds: &[Round]) -> Self {
        let whole = rounds[0].standings.iter().map(|standing| standing.votes.clone()).sum::<Number>()
            + rounds[0].exhausted.clone().unwrap_or_default();
        let longest =
            definition.choices.iter().map(|choice| short(&choice.label).chars().count() + 8).max().unwrap_or(0);
        let (margin, last) = (longest as u64 * LETTER, rounds.len() as u64 - 1);
        let step = (WIDTH.saturating_sub(2 * margin + BLOCK) / last).clamp(COLUMN[0], COLUMN[1]);
        let order = in_order(outcome).into_iter().map(Some).chain([None]).collect();
        Self { definition, order, whole, margin, step }
    }

    /// The left edge of a column.
    fn x(&self, column: usize) -> u64 {
        self.margin + column as u64 * self.step
    }

    /// The height of so many votes.
    fn scale(&self, votes: &Number) -> u64 {
        votes.permille(&self.whole) * HEIGHT / 1000
    }

    fn name(&self, pile: Pile) -> String {
        pile.map_or("Exhausted".into(), |choice| short(&self.definition.choices[choice].label))
    }
}

/// The colour of a pile; 0 for the exhausted.
fn colour(pile: Pile) -> usize {
    pile.map_or(0, |choice| choice % 8 + 1)
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

/// The ribbons between two columns, each with the tops of its blocks and its edge.
fn ribbons(
    transfers: &[(Pile, Pile, Number)],
    (left, x0): (&Tops, u64),
    (right, x1): (&Tops, u64),
    scale: impl Fn(&Number) -> u64,
) -> Vec<Ribbon> {
    let (mut sent, mut come): (BTreeMap<Pile, Number>, BTreeMap<Pile, Number>) = (BTreeMap::new(), BTreeMap::new());
    let mut ribbons = Vec::new();
    let middle = u64::midpoint(x0, x1);
    for (from, to, votes) in transfers {
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
            ribbons.push(Ribbon { path, colour: colour(*from) });
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
