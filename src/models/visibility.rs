//! When something of a poll is shown, and to whom.

use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types::Text};

use super::{state::State, text_enum::text_enum};

/// When the results of a poll, or the number of its ballots, are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow, serde::Serialize)]
#[diesel(sql_type = Text)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// At any time, to everybody.
    Always,
    /// To those who have voted, and to everybody once the poll is closed.
    Voted,
    /// To everybody once the poll is closed, and to nobody before.
    Closed,
    /// To the organiser only.
    Organiser,
}

text_enum!(Visibility { Always = "always", Voted = "voted", Closed = "closed", Organiser = "organiser" });

/// Who looks at a poll.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Viewer {
    /// They have voted.
    pub voted: bool,
    /// They run it.
    pub organiser: bool,
}

impl Visibility {
    /// Whether `viewer` may see it while the poll is in `state`.
    pub fn allows(self, viewer: Viewer, state: State) -> bool {
        match self {
            Self::Always => true,
            Self::Voted => state == State::Closed || viewer.voted || viewer.organiser,
            Self::Closed => state == State::Closed || state == State::Draft,
            Self::Organiser => viewer.organiser,
        }
    }
}
