//! The page with the form of a poll.

use std::collections::BTreeMap;

use rocket::http::Status;
use serde::Serialize;

use super::{
    methods::{self, KindOption, MethodGroup},
    overview::PollLine,
    poll_form::{PollForm, PreviewView, TEMPLATES, Template},
};
use crate::{
    models::{self, choice::Choice, poll::Definition},
    moments,
    web::http::{error::Error, problems::Problems, reply::Reply, views::Views},
};

/// `manage/edit.html`, for a new poll too.
#[derive(Serialize)]
struct EditPoll<'a> {
    title: &'a str,
    poll: Option<PollLine<'a>>,
    form: &'a PollForm,
    problems: &'a Problems,
    kinds: Vec<KindOption>,
    /// The other methods.
    groups: Vec<MethodGroup>,
    templates: &'static [Template],
    zones: &'static [moments::ZoneOption],
    /// The form's zone, where `zones` does not have it.
    own_zone: Option<&'a str>,
    /// The pictures that choices have, by the keys of the choices.
    pictures: BTreeMap<&'a str, PictureView<'a>>,
    preview: PreviewView<'a>,
    /// Whether ballots are in, so that only what does not change their meaning can be edited.
    fixed: bool,
    /// Whether the organiser must confirm that choices are added although ballots are in.
    confirm: bool,
    /// Whether each of the two sections that fold is open.
    specialists_open: bool,
    options_open: bool,
}

/// What is wrong with a form, for the page that shows it again.
pub struct Refused<'a> {
    /// What is wrong.
    pub problems: &'a Problems,
    /// The status of the page.
    pub status: Status,
    /// Whether the organiser is asked to confirm that choices are added.
    pub confirm: bool,
    /// What was typed about the picture of the choice with this key.
    pub alt: Option<(&'a str, &'a str)>,
}

impl<'a> Refused<'a> {
    /// A form with these problems, status 422.
    pub fn new(problems: &'a Problems) -> Self {
        Self { problems, status: Status::UnprocessableEntity, confirm: false, alt: None }
    }
}

/// The picture of a choice, and the form to upload one.
#[derive(Serialize)]
struct PictureView<'a> {
    /// Its name or hash; `None` where the choice has none.
    picture: Option<&'a str>,
    stored: bool,
    /// What it shows.
    alt: &'a str,
    /// The same as it was typed.
    typed: &'a str,
}

/// The fields of the form's part with options.
const OPTIONS: [&str; 8] =
    ["description", "eligibility", "results_visibility", "turnout_visibility", "opens_at", "closes_at", "zone", "slug"];

/// `manage/preview.html`.
#[derive(Serialize)]
struct ShowPreview<'a> {
    preview: PreviewView<'a>,
    action: String,
}

/// The preview alone, for the script that shows it while the form is filled in. `known` are the choices that the poll has.
///
/// # Errors
/// [`Error`] for a template with a mistake.
pub fn draw_preview(views: &Views, form: &PollForm, known: &[Choice]) -> Result<Reply, Error> {
    let preview = form.preview(known);
    let view = ShowPreview { preview: preview.view(), action: String::new() };
    Reply::draw(views, Status::Ok, "manage/preview.html", &view)
}

/// The page with the form, for a poll that is there `before`, with its number of ballots, or for a new one.
///
/// # Errors
/// [`Error`] for a template with a mistake.
pub fn draw(
    views: &Views,
    before: Option<(&Definition, u64)>,
    form: &PollForm,
    refused: Option<Refused<'_>>,
) -> Result<Reply, Error> {
    let (now, none) = (models::now(), Problems::default());
    let Refused { problems, status, confirm, alt } =
        refused.unwrap_or(Refused { status: Status::Ok, ..Refused::new(&none) });
    let choices = before.map_or(&[][..], |(definition, _)| &definition.choices);
    let preview = form.preview(choices);
    let view = EditPoll {
        title: if before.is_some() { "Edit the poll" } else { "Create a poll" },
        poll: before.map(|(definition, ballots)| PollLine::new(&definition.poll, definition.poll.state(now), ballots)),
        form,
        problems,
        kinds: methods::kinds(),
        groups: methods::groups(),
        templates: if before.is_none() { &TEMPLATES } else { &[] },
        zones: moments::zones(),
        own_zone: form.own_zone(),
        pictures: choices.iter().map(|choice| (choice.key.as_str(), PictureView::new(choice, alt))).collect(),
        preview: preview.view(),
        fixed: before.is_some_and(|(definition, ballots)| !definition.poll.draft && ballots > 0),
        confirm,
        specialists_open: !methods::is_usual(form.method()) || problems.any_of(&["method"]),
        options_open: before.is_some() || form.has_own_rules() || problems.any_of(&OPTIONS),
    };
    Reply::draw(views, status, "manage/edit.html", &view)
}

impl<'a> PictureView<'a> {
    fn new(choice: &'a Choice, typed: Option<(&'a str, &'a str)>) -> Self {
        Self {
            picture: choice.picture.as_deref(),
            stored: choice.has_stored_picture(),
            alt: &choice.alt,
            typed: typed.filter(|(key, _)| *key == choice.key).map_or(&choice.alt, |(_, alt)| alt),
        }
    }
}
