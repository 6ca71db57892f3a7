//! Constraints are the rules: a violated one is known by its name. `words::constraints` says it in a sentence.

use diesel::result::{
    DatabaseErrorKind::{CheckViolation, UniqueViolation},
    Error,
};

/// A constraint of the schema that can be violated by what somebody enters, or by two who enter it at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// Two polls have the same slug.
    PollSlugUnique,
    /// A slug is empty or too long.
    PollSlugLength,
    /// A poll's title is empty or too long.
    PollTitleLength,
    /// A poll's description is too long.
    PollDescriptionLength,
    /// A poll closes before it opens.
    PollClosesAfterOpening,
    /// Two choices of a poll have the same key.
    ChoiceKeyUnique,
    /// Two choices of a poll have the same label.
    ChoiceLabelUnique,
    /// A choice's key is empty or too long.
    ChoiceKeyLength,
    /// A choice's label is empty or too long.
    ChoiceLabelLength,
    /// The line about a choice is too long.
    ChoiceDescriptionLength,
    /// An invitation is there already.
    InvitationUnique,
    /// Two organisers have the same sign-in name.
    OrganiserUidUnique,
}

impl Constraint {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::PollSlugUnique,
        Self::PollSlugLength,
        Self::PollTitleLength,
        Self::PollDescriptionLength,
        Self::PollClosesAfterOpening,
        Self::ChoiceKeyUnique,
        Self::ChoiceLabelUnique,
        Self::ChoiceKeyLength,
        Self::ChoiceLabelLength,
        Self::ChoiceDescriptionLength,
        Self::InvitationUnique,
        Self::OrganiserUidUnique,
    ];

    /// The constraint that an error says was violated; `None` for any other error.
    pub fn violated_by(error: &Error) -> Option<Self> {
        // A NOT NULL has no name, and SQLite calls it by its column, as it does a UNIQUE.
        let Error::DatabaseError(CheckViolation | UniqueViolation, info) = error else { return None };
        let is_named = |constraint: &Self| match info.constraint_name() {
            Some(name) => name == constraint.name(),
            // SQLite's message ends with what was violated.
            None => info.message().rsplit_once(": ").is_some_and(|(_, end)| end == constraint.name_on_sqlite()),
        };
        Self::ALL.into_iter().find(is_named)
    }

    /// Its name in the schema.
    pub fn name(self) -> &'static str {
        match self {
            Self::PollSlugUnique => "polls_slug_unique",
            Self::PollSlugLength => "polls_slug_length",
            Self::PollTitleLength => "polls_title_length",
            Self::PollDescriptionLength => "polls_description_length",
            Self::PollClosesAfterOpening => "polls_closes_after_opening",
            Self::ChoiceKeyUnique => "choices_pkey",
            Self::ChoiceLabelUnique => "choices_label_unique",
            Self::ChoiceKeyLength => "choices_key_length",
            Self::ChoiceLabelLength => "choices_label_length",
            Self::ChoiceDescriptionLength => "choices_description_length",
            Self::InvitationUnique => "invitations_pkey",
            Self::OrganiserUidUnique => "organisers_uid_unique",
        }
    }

    /// What SQLite calls it: a CHECK by its name, a UNIQUE or PRIMARY KEY by its columns.
    fn name_on_sqlite(self) -> &'static str {
        match self {
            Self::PollSlugUnique => "polls.slug",
            Self::ChoiceKeyUnique => "choices.poll_id, choices.key",
            Self::ChoiceLabelUnique => "choices.poll_id, choices.label",
            Self::InvitationUnique => "invitations.hash",
            Self::OrganiserUidUnique => "organisers.uid",
            check => check.name(),
        }
    }

    /// The field of a form that it belongs to; `None` where nobody types what it is about.
    pub fn field(self) -> Option<&'static str> {
        match self {
            Self::PollSlugUnique | Self::PollSlugLength => Some("slug"),
            Self::PollTitleLength => Some("title"),
            Self::PollDescriptionLength => Some("description"),
            Self::PollClosesAfterOpening => Some("closes_at"),
            Self::ChoiceKeyUnique
            | Self::ChoiceLabelUnique
            | Self::ChoiceKeyLength
            | Self::ChoiceLabelLength
            | Self::ChoiceDescriptionLength => Some("choices"),
            Self::InvitationUnique => None,
            Self::OrganiserUidUnique => Some("uid"),
        }
    }
}
