//! Ties and lots for their page: which rule broke which tie, and how anybody draws the lots again.

use serde::Serialize;

use super::super::first::named;
use crate::{
    count::{Lots, Outcome, TieRule},
    models::poll::{Definition, Poll, State},
};

/// The most ties, and the most choices of each, that are told.
const MOST: usize = 30;

/// A tie that was broken.
#[derive(Serialize)]
pub struct TieView<'a> {
    tied: String,
    place: &'a str,
    /// `None` where it was a lot.
    rule: Option<&'static str>,
    /// The tied in the order that the rule gave.
    order: Vec<&'a str>,
}

/// The ties of an outcome, and how many more there were.
pub fn ties<'a>(definition: &'a Definition, outcome: &'a Outcome) -> (Vec<TieView<'a>>, usize) {
    let tie = |tie: &'a crate::count::Tie| TieView {
        tied: named(definition, &tie.order, 4),
        place: &tie.place,
        rule: match tie.rule {
            TieRule::Method(rule) => Some(rule),
            TieRule::Lot => None,
        },
        order: tie.order.iter().take(MOST).map(|choice| definition.choices[*choice].label.as_str()).collect(),
    };
    (outcome.ties.iter().take(MOST).map(tie).collect(), outcome.ties.len().saturating_sub(MOST))
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
        // Polls that were made before there were lots have none to tell.
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
