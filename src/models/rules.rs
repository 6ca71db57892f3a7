//! A poll's rules that are one of a few words: in the database as text, in the code as enums.

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    sql_types::Text,
};

use super::poll::State;

/// What makes a voter one voter in a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Credential {
    /// Nothing: every submission counts, one with a key once.
    Open,
    /// A cookie: one ballot a browser.
    Browser,
    /// A code that the organiser gave out: one ballot a code.
    Invitation,
}

/// When something of a poll is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shown {
    /// At any time, to everybody.
    Always,
    /// To those whose ballot is in, and to everybody once the poll is closed.
    Voted,
    /// To everybody once the poll is closed, and to nobody before.
    Closed,
    /// To the organiser only.
    Organiser,
}

/// Who looks at a poll.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Viewer {
    /// Their ballot is in.
    pub voted: bool,
    /// They run it.
    pub organiser: bool,
}

impl Shown {
    /// Whether it is shown to `viewer` while the poll stands at `state`.
    pub fn to(self, viewer: Viewer, state: State) -> bool {
        match self {
            Self::Always => true,
            Self::Voted => state == State::Closed || viewer.voted || viewer.organiser,
            Self::Closed => state == State::Closed || state == State::Draft,
            Self::Organiser => viewer.organiser,
        }
    }
}

/// The words of an enum: both ways, and out of the database.
macro_rules! words {
    ($rule:ident { $($variant:ident = $word:literal),+ }) => {
        impl $rule {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its word, in the database and in forms.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// What a word means.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl<DB: Backend> FromSql<Text, DB> for $rule
        where
            String: FromSql<Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                let word = String::from_sql(bytes)?;
                Self::from_word(&word).ok_or_else(|| format!("“{word}” is none of the words of this column").into())
            }
        }
    };
}
words!(Credential { Open = "open", Browser = "browser", Invitation = "invitation" });
words!(Shown { Always = "always", Voted = "voted", Closed = "closed", Organiser = "organiser" });
