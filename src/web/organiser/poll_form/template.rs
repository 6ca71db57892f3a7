//! What people do most, as forms that are partly filled in.

use chrono::TimeDelta;
use serde::Serialize;

use super::PollForm;
use crate::{
    count::Method,
    models::{self, eligibility::Eligibility, visibility::Visibility},
    moments, text,
};

/// A template: its word in the address of its form, and its name.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Template {
    word: &'static str,
    label: &'static str,
    #[serde(skip)]
    fill: fn(PollForm) -> PollForm,
}

/// All templates, in the order in which the page offers them.
pub const TEMPLATES: [Template; 6] = [
    Template {
        word: "yes-no",
        label: "Yes or no",
        fill: |form| PollForm { choices: "Yes\nNo".into(), abstaining: true, ..form },
    },
    Template {
        word: "date",
        label: "Find a date",
        fill: |form| PollForm {
            title: "Which days suit you?".into(),
            choices: weekdays(&form.zone, 5),
            method: Method::Approval.as_str().into(),
            ..form
        },
    },
    Template {
        word: "chair",
        label: "Elect a chair",
        fill: |form| PollForm {
            title: "Who should be the chair?".into(),
            method: Method::Irv.as_str().into(),
            ..election(form)
        },
    },
    Template {
        word: "committee",
        label: "Elect a committee",
        fill: |form| PollForm {
            title: "Who should be on the committee?".into(),
            method: Method::Stv.as_str().into(),
            seats: "3".into(),
            ..election(form)
        },
    },
    Template {
        word: "rating",
        label: "Rate things",
        fill: |form| PollForm {
            title: "How good is each of these?".into(),
            method: Method::Score.as_str().into(),
            ..form
        },
    },
    Template {
        word: "budget",
        label: "Set budget priorities",
        fill: |form| PollForm {
            title: "What should we spend money on first?".into(),
            method: Method::Borda.as_str().into(),
            ..form
        },
    },
];

impl PollForm {
    /// The form as the template with this word fills it in; `None` where there is no such template.
    pub fn filled_by(self, word: &str) -> Option<Self> {
        let template = TEMPLATES.iter().find(|template| template.word == word)?;
        Some((template.fill)(self))
    }

    /// Sets what templates set, as the template with this word says, but for a question and choices that were typed:
    /// those of another template were not.
    pub(super) fn fill_in(&mut self, word: &str) {
        let blank = || Self::new(&self.zone, String::new());
        let Some(filled) = blank().filled_by(word) else { return };
        let others: Vec<Self> = TEMPLATES.iter().map(|template| (template.fill)(blank())).collect();
        let is_typed = |typed: &str, of: fn(&Self) -> &String| {
            !text::is_empty(typed) && others.iter().all(|other| !of(other).lines().eq(typed.lines()))
        };
        if !is_typed(&self.title, |form| &form.title) {
            self.title = filled.title;
        }
        if !is_typed(&self.choices, |form| &form.choices) {
            self.choices = filled.choices;
        }
        self.method = filled.method;
        self.seats = filled.seats;
        self.abstaining = filled.abstaining;
        self.eligibility = filled.eligibility;
        self.results_visibility = filled.results_visibility;
    }
}

/// By invitation, with the results when all have voted.
fn election(form: PollForm) -> PollForm {
    PollForm {
        eligibility: Eligibility::Invitation.as_str().into(),
        results_visibility: Visibility::Closed.as_str().into(),
        abstaining: true,
        ..form
    }
}

/// The next so many days from Monday to Friday, tomorrow or later, one on each line.
fn weekdays(zone: &str, number: usize) -> String {
    use chrono::{Datelike as _, Weekday};
    let today = moments::local(models::now(), &moments::of_poll(zone)).date();
    let days = (1..).map(|n| today + TimeDelta::days(n));
    let working = days.filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun));
    working.take(number).map(|day| day.format("%A, %-d %B").to_string()).collect::<Vec<_>>().join("\n")
}
