//! The sentences for a vote that is refused.

use crate::{
    ballot_box::CastError,
    marks::Kind,
    text::{isolated, listed, ordinal},
    voting::{Mistake, RefusalReason, Wrong},
};

/// How many choices a sentence names.
const NAMED: usize = 5;

/// Why a poll does not take a ballot, and how to go on.
pub fn reason(reason: &RefusalReason) -> String {
    match reason {
        RefusalReason::NotOpen => "This poll has not opened yet, so your vote is not counted. Come back when it is open.".into(),
        RefusalReason::Closed => "This poll is closed, so your vote is not counted.".into(),
        RefusalReason::Changed => {
            "This poll was changed while you checked your vote, so your vote is not sent yet. Check it once more.".into()
        }
        RefusalReason::TooMany { seconds } => {
            let unit = if *seconds == 1 { "second" } else { "seconds" };
            format!(
                "Very many votes come from your network right now, and yours was not counted. Wait {seconds} {unit}, then vote again."
            )
        }
        RefusalReason::Key => "The field “key” takes up to 64 letters, digits, hyphens and underscores. Open the poll again and vote from there.".into(),
        RefusalReason::NoBrowser => "Your browser sent no cookie. This poll needs one to take one vote per browser. Allow cookies for this site, then vote again.".into(),
        RefusalReason::NoCode => "Enter your invitation code.".into(),
        RefusalReason::Code(error) => error.to_string(),
        RefusalReason::Uninvited => {
            "There is no such invitation in this poll, or it was revoked. Check the code against your slip.".into()
        }
        RefusalReason::Marks(mistakes) => mistakes.first().map(mistake).unwrap_or_default(),
    }
}

/// Why it is not known whether a ballot is stored.
pub fn unstored(error: CastError) -> &'static str {
    match error {
        CastError::Full => "Very many people are voting right now, and your vote was not taken.",
        CastError::Failed => "Your vote could not be confirmed, so it may not be counted.",
    }
}

/// What is wrong with marks, and how to change them.
pub fn mistake(mistake: &Mistake) -> String {
    match &mistake.wrong {
        Wrong::Field(field) => {
            format!("The form has the field “{field}”, which this poll does not have. Vote with the form below.")
        }
        Wrong::Both => "The form has the field “marks” beside other marks. Send one of them.".into(),
        Wrong::BlankWithMarks => {
            "You marked choices and sent a blank vote. Vote with your marks, or remove them.".into()
        }
        Wrong::NoBlank => "This poll takes no blank votes. Mark one of the choices below.".into(),
        Wrong::Empty => "No choice is marked. Mark one of the choices below, or cast a blank vote.".into(),
        Wrong::Several => "The field “vote” came more than once. Pick one.".into(),
        Wrong::Number { kind, typed, label, lowest, highest } => {
            let what = if *kind == Kind::Score { "score" } else { "rank" };
            let (typed, label) = (isolated(typed), isolated(label));
            format!("“{typed}” is no {what} for “{label}”. Give it a whole number from {lowest} to {highest}, or none.")
        }
        Wrong::SharedRank { rank, labels } => {
            let mut names: Vec<_> = labels.iter().take(NAMED).map(|label| format!("“{}”", isolated(label))).collect();
            if labels.len() > NAMED {
                names.push(format!("{} more", labels.len() - NAMED));
            }
            format!("{} have the same rank, the {}. Give each rank once.", listed(&names), ordinal(*rank))
        }
        Wrong::TooMany { marked, most } => {
            format!("{marked} choices are marked, and {most} are the most. Remove some.")
        }
        Wrong::Marks(error) => error.to_string(),
    }
}
