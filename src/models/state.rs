//! Where a poll stands.

/// Where a poll stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Only its organiser sees it, and may try it.
    Draft,
    /// It opens later.
    Upcoming,
    /// It takes ballots.
    Open,
    /// It takes no ballots any more.
    Closed,
}
