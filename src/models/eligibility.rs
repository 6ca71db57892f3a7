//! Who may vote in a poll.

use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types::Text};

use super::text_enum::text_enum;

/// Who may vote, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow, serde::Serialize)]
#[diesel(sql_type = Text)]
#[serde(rename_all = "lowercase")]
pub enum Eligibility {
    /// Everybody: each ballot counts.
    Open,
    /// Everybody, one ballot a browser, which a cookie shows.
    Browser,
    /// Who has a code from the organiser: one ballot a code.
    Invitation,
}

text_enum!(Eligibility { Open = "open", Browser = "browser", Invitation = "invitation" });
