//! The settings of a poll: all that its organiser can set, but for its slug and its choices.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{
    eligibility::Eligibility,
    marking::{Marking, Word},
    schema::polls,
    state::State,
    visibility::{Viewer, Visibility},
};
use crate::count::Method;

/// What the form of a poll and the command line both give, and what a copy keeps; by default those of an unlisted
/// poll that is open, shows everything, and takes one vote per browser.
///
/// The fields of [`Marking`] stand here again, because a struct that Diesel embeds in an embedded one takes the compiler
/// minutes; [`Settings::marking`] and [`Settings::set_marking`] convert.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = polls, treat_none_as_null = true)]
pub struct Settings {
    /// The question.
    pub title: String,
    /// More about the question, or empty.
    pub description: String,
    /// The method.
    #[diesel(deserialize_as = Word)]
    pub method: Method,
    /// How many choices win.
    pub seats: i32,
    /// The highest score of a ballot of scores.
    pub highest: i32,
    /// Whether a ballot may be blank.
    pub abstaining: bool,
    /// Whether voters look over their ballot before it is cast.
    pub review: bool,
    /// Whether the results show how other methods count the same ballots.
    pub comparison: bool,
    /// Who may vote.
    #[diesel(column_name = credential)]
    pub eligibility: Eligibility,
    /// When the results are shown.
    #[diesel(column_name = results)]
    pub results_visibility: Visibility,
    /// When the number of votes is shown.
    #[diesel(column_name = turnout)]
    pub turnout_visibility: Visibility,
    /// Whether the list of polls names it.
    pub listed: bool,
    /// The time zone in which its dates are written, by its IANA name.
    pub zone: String,
    /// The first moment at which it takes ballots, UTC.
    pub opens_at: NaiveDateTime,
    /// The first moment at which it takes none any more, UTC.
    pub closes_at: Option<NaiveDateTime>,
}

impl Default for Settings {
    fn default() -> Self {
        let Marking { method, seats, highest, abstaining, review, comparison } = Marking::default();
        Self {
            title: String::new(),
            description: String::new(),
            method,
            seats,
            highest,
            abstaining,
            review,
            comparison,
            eligibility: Eligibility::Browser,
            results_visibility: Visibility::Always,
            turnout_visibility: Visibility::Always,
            listed: false,
            zone: "UTC".into(),
            opens_at: super::now(),
            closes_at: None,
        }
    }
}

impl Settings {
    /// Whether `viewer` may see the number of ballots while the poll is in `state`: results include it.
    pub fn shows_turnout(&self, viewer: Viewer, state: State) -> bool {
        self.results_visibility.allows(viewer, state) || self.turnout_visibility.allows(viewer, state)
    }

    /// How people vote, and how votes are counted.
    pub fn marking(&self) -> Marking {
        let Self { method, seats, highest, abstaining, review, comparison, .. } = *self;
        Marking { method, seats, highest, abstaining, review, comparison }
    }

    /// Lets it be marked and counted in another way.
    pub fn set_marking(&mut self, marking: Marking) {
        let Marking { method, seats, highest, abstaining, review, comparison } = marking;
        *self = Self { method, seats, highest, abstaining, review, comparison, ..std::mem::take(self) };
    }
}
