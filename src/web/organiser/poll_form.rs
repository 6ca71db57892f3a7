//! The form of a poll: the text of each field, as the organiser typed it. `parse` turns it into a poll.

mod choice_list;
mod parse;
mod preview;
mod template;

pub use preview::PreviewView;
pub use template::{TEMPLATES, Template};

use std::collections::HashSet;

use serde::Serialize;

use crate::{
    count::Method,
    models::{
        choice::{Choice, MOST_CHOICES},
        marking::Marking,
        poll::{Definition, Poll},
        settings::Settings,
    },
    moments,
    web::http::forms::{Fields, ORGANISER_KIB},
};

/// The form as it was typed. Each field has the name of its input.
#[derive(Debug, Default, Serialize)]
pub struct PollForm {
    title: String,
    description: String,
    /// New choices, one a line.
    choices: String,
    /// The choices that have a row each: those that the poll has already, and new ones that were added to them.
    rows: Vec<ChoiceRow>,
    slug: String,
    method: String,
    seats: String,
    highest: String,
    abstaining: bool,
    review: bool,
    comparison: bool,
    eligibility: String,
    results_visibility: String,
    turnout_visibility: String,
    listed: bool,
    zone: String,
    opens_at: String,
    closes_at: String,
    /// Whether a choice may be added although ballots are in.
    pub confirmed: bool,
    /// The key of a new poll's page, so that the form creates one poll however often it is sent.
    pub key: String,
    /// The poll's revision that the form was drawn from.
    pub revision: i64,
    /// The `id` of the field or button that has the focus, where a button of the list of choices was pressed.
    focus: String,
}

/// The fields of a choice.
#[derive(Debug, Default, Serialize)]
struct ChoiceRow {
    /// Empty for a choice that the poll does not have yet.
    key: String,
    label: String,
    about: String,
    place: String,
}

impl PollForm {
    /// An empty form with the settings of a new poll, its dates in `zone`.
    pub fn new(zone: &str, key: String) -> Self {
        let Settings { eligibility, results_visibility, turnout_visibility, listed, .. } = Settings::default();
        Self {
            key,
            method: Method::Plurality.as_str().into(),
            seats: "1".into(),
            highest: "5".into(),
            eligibility: eligibility.as_str().into(),
            results_visibility: results_visibility.as_str().into(),
            turnout_visibility: turnout_visibility.as_str().into(),
            listed,
            zone: zone.into(),
            ..Self::default()
        }
    }

    /// Whether it says who may vote or what is shown in another way than a new form does.
    pub fn has_own_rules(&self) -> bool {
        let Settings { eligibility, results_visibility, turnout_visibility, .. } = Settings::default();
        [&self.eligibility, &self.results_visibility, &self.turnout_visibility]
            != [eligibility.as_str(), results_visibility.as_str(), turnout_visibility.as_str()]
    }

    /// The method that is picked, where there is one of this name.
    pub fn method(&self) -> Option<Method> {
        Method::from_word(&self.method)
    }

    /// Its zone, where the list of zones does not offer it: a poll with `Etc/GMT+3` keeps it.
    pub fn own_zone(&self) -> Option<&str> {
        let is_offered = moments::zones().iter().any(|offered| offered.name == self.zone);
        Some(self.zone.as_str()).filter(|own| !is_offered && moments::zone(own).is_some())
    }

    /// The form filled in with a poll's present settings.
    pub fn of(definition: &Definition) -> Self {
        let Definition { poll, choices, .. } = definition;
        let zone = moments::of_poll(&poll.settings.zone);
        let field = |moment| moments::field(moment, &zone);
        let row = |(place, choice): (usize, &Choice)| ChoiceRow {
            key: choice.key.clone(),
            label: choice.label.clone(),
            about: choice.description.clone(),
            place: place.to_string(),
        };
        // A draft without a date opens when it is published.
        let dated = poll.settings.opens_at > poll.created_at;
        Self {
            title: poll.settings.title.clone(),
            description: poll.settings.description.clone(),
            choices: String::new(),
            rows: (1..).zip(choices).map(row).collect(),
            slug: poll.slug.clone(),
            method: poll.settings.method.as_str().into(),
            seats: poll.settings.seats.to_string(),
            highest: poll.settings.highest.to_string(),
            abstaining: poll.settings.abstaining,
            review: poll.settings.review,
            comparison: poll.settings.comparison,
            eligibility: poll.settings.eligibility.as_str().into(),
            results_visibility: poll.settings.results_visibility.as_str().into(),
            turnout_visibility: poll.settings.turnout_visibility.as_str().into(),
            listed: poll.settings.listed,
            zone: zone.name().into(),
            opens_at: if dated { field(poll.settings.opens_at) } else { String::new() },
            closes_at: poll.settings.closes_at.map(field).unwrap_or_default(),
            confirmed: false,
            key: String::new(),
            revision: poll.revision,
            focus: String::new(),
        }
    }

    /// The form as a browser sent it.
    pub fn read(fields: &Fields<ORGANISER_KIB>) -> Self {
        let values = fields.by_name();
        let text = |name: &str| values.get(name).copied().unwrap_or_default().to_owned();
        let checked = |name: &str| !text(name).is_empty();
        let row = |n: usize| ChoiceRow {
            key: text(&format!("key-{n}")),
            label: text(&format!("label-{n}")),
            about: text(&format!("about-{n}")),
            place: text(&format!("place-{n}")),
        };
        Self {
            title: text("title"),
            description: text("description"),
            choices: text("choices"),
            rows: (0..=MOST_CHOICES)
                .take_while(|n| values.contains_key(format!("label-{n}").as_str()))
                .map(row)
                .collect(),
            slug: text("slug"),
            method: text("method"),
            seats: text("seats"),
            highest: text("highest"),
            abstaining: checked("abstaining"),
            review: checked("review"),
            comparison: checked("comparison"),
            eligibility: text("eligibility"),
            results_visibility: text("results_visibility"),
            turnout_visibility: text("turnout_visibility"),
            listed: checked("listed"),
            zone: text("zone"),
            opens_at: text("opens_at"),
            closes_at: text("closes_at"),
            confirmed: checked("confirmed"),
            key: text("key"),
            revision: text("revision").parse().unwrap_or_default(),
            focus: String::new(),
        }
    }

    /// Fills in the settings that the page leaves out once ballots are in: its browser sends no fields for them.
    pub fn keep(&mut self, poll: &Poll) {
        if self.method.is_empty() {
            let Marking { abstaining, review, .. } = poll.settings.marking();
            (self.abstaining, self.review) = (abstaining, review);
            self.seats = poll.settings.seats.to_string();
            self.highest = poll.settings.highest.to_string();
        }
        for (typed, kept) in [
            (&mut self.method, poll.settings.method.as_str()),
            (&mut self.eligibility, poll.settings.eligibility.as_str()),
            (&mut self.results_visibility, poll.settings.results_visibility.as_str()),
            (&mut self.turnout_visibility, poll.settings.turnout_visibility.as_str()),
        ] {
            if typed.is_empty() {
                kept.clone_into(typed);
            }
        }
    }

    /// Adds the choices that another form has added since this one was drawn, so that saving does not remove them. Those that
    /// it has removed are new ones here.
    pub fn catch_up(&mut self, definition: &Definition) {
        let known: HashSet<String> = self.rows.iter().map(|row| row.key.clone()).collect();
        let last = self.rows.len();
        let new = Self::of(definition).rows.into_iter().filter(|row| !known.contains(&row.key));
        let new = (last + 1..).zip(new).map(|(place, row)| ChoiceRow { place: place.to_string(), ..row });
        self.rows.extend(new);
        let there: HashSet<&str> = definition.keys().collect();
        for row in &mut self.rows {
            if !there.contains(row.key.as_str()) {
                row.key.clear();
            }
        }
        self.revision = definition.poll.revision;
    }
}
