//! Ties and lots for their page: which rule broke which tie, and how anybody draws the lots again.

use serde::Serialize;

use crate::{
    count::{Lots, Tie},
    models::{
        poll::{Definition, Poll},
        state::State,
    },
    words::{numbers::named_up_to, ties},
};

/// The most ties, and the most choices of each, that are shown.
const MOST: usize = 30;

/// How many of those tied are named.
const NAMED: usize = 4;

/// A tie that was broken.
#[derive(Serialize)]
pub struct TieView<'a> {
    tied: String,
    place: String,
    /// How, in words that follow “by”.
    rule: String,
    /// The tied in the order that the rule gave.
    order: Vec<&'a str>,
}

/// The first of some ties, and how many more there were.
pub fn views<'a>(definition: &'a Definition, ties: &'a [Tie]) -> (Vec<TieView<'a>>, usize) {
    let labels = definition.labels();
    let view = |tie: &'a Tie| TieView {
        tied: named_up_to(&labels, &tie.order, NAMED),
        place: ties::place(tie.at),
        rule: ties::rule(tie.rule),
        order: tie.order.iter().take(MOST).map(|choice| definition.choices[*choice].label.as_str()).collect(),
    };
    (ties.iter().take(MOST).map(view).collect(), ties.len().saturating_sub(MOST))
}

/// What the lots are drawn from, and what they give.
#[derive(Serialize)]
pub struct LotsView<'a> {
    /// The SHA-256 of the seed.
    commitment: String,
    /// The seed, once it may be known.
    seed: Option<&'a str>,
    /// Whether it was known before the last ballots could be cast.
    known: bool,
    /// The choices in the order of their lots, where there are not too many.
    order: Vec<&'a str>,
}

impl<'a> LotsView<'a> {
    /// The lots of a poll at a state.
    pub fn new(definition: &'a Definition, state: State) -> Option<Self> {
        let poll: &Poll = &definition.poll;
        // Polls that are older than the lots have none.
        if poll.seed.is_empty() {
            return None;
        }
        let choices = definition.choices.len();
        let everybody: Vec<usize> = (0..choices).collect();
        let order = Lots::drawn(&poll.public_seed(state), choices).sorted(&everybody);
        let order = order.into_iter().map(|choice| definition.choices[choice].label.as_str());
        Some(Self {
            commitment: poll.commitment(),
            known: poll.seed_known,
            seed: (state == State::Closed).then_some(poll.seed.as_str()),
            order: if choices > MOST { Vec::new() } else { order.collect() },
        })
    }
}
