//! What people read where the schema does not take what they entered.

use crate::models::constraint::Constraint;

/// The rule that was broken, to go on with: as the commands say it.
pub fn rule(constraint: Constraint) -> &'static str {
    match constraint {
        Constraint::PollSlugUnique => "another poll has this slug; pick another one",
        Constraint::PollSlugLength => "a slug has 1 to 64 characters",
        Constraint::PollTitleLength => "a title has 1 to 200 characters",
        Constraint::PollDescriptionLength => "a description has up to 10,000 characters",
        Constraint::PollClosesAfterOpening => "a poll closes after it opens; change its dates",
        Constraint::ChoiceKeyUnique => "two choices have the same key; give one of them another",
        Constraint::ChoiceLabelUnique => "two choices have the same label; change one of them",
        Constraint::ChoiceKeyLength => "a choice's key has 1 to 64 characters; give one where the label makes none",
        Constraint::ChoiceLabelLength => "a choice's label has 1 to 200 characters",
        Constraint::ChoiceDescriptionLength => "the line about a choice has up to 1,000 characters",
        Constraint::InvitationUnique => "an invitation was there already; create them again",
        Constraint::OrganiserUidUnique => "another organiser has this sign-in name; pick another one",
    }
}

/// The same as a form says it, where a poll's slug is its address.
pub fn sentence(constraint: Constraint) -> String {
    match constraint {
        Constraint::PollSlugUnique => "Another poll has this address. Pick another one.".into(),
        _ => format!("This can’t be kept: {}.", rule(constraint)),
    }
}
