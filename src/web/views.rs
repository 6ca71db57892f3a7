//! Views: what templates are given, and Tera.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use chrono::NaiveDateTime;
use include_dir::{Dir, DirEntry, include_dir};
use rocket::http::Status;
use serde::Serialize;
use tera::{Context, Kwargs, Tera};

use super::assets::Assets;
use crate::{
    models::poll::{Poll, State},
    scoreboard::Board,
};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Where the templates lie on disk.
const FOLDER: &str = "templates";

/// The templates: embedded, or a folder that is read again when it changes.
pub struct Views {
    assets: Arc<Assets>,
    loaded: Mutex<Loaded>,
    /// Development: the folder, where it is there.
    folder: Option<PathBuf>,
}

struct Loaded {
    tera: Arc<Tera>,
    changed: Option<SystemTime>,
}

/// Why a page could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The template has a mistake.
    #[error("template: {0}")]
    Template(#[from] tera::Error),
    /// The folder can't be read.
    #[error("the folder of templates: {0}")]
    Folder(#[from] io::Error),
}

impl Views {
    /// Loads the templates; with `live`, from the folder `templates` where it is there.
    ///
    /// # Errors
    /// [`ViewError`] for a template with a mistake.
    pub fn load(assets: Arc<Assets>, live: bool) -> Result<Self, ViewError> {
        let folder = Some(PathBuf::from(FOLDER)).filter(|folder| live && folder.is_dir());
        let loaded = match &folder {
            Some(folder) => from_folder(folder, &assets)?,
            None => Loaded { tera: Arc::new(tera(embedded(&EMBEDDED), &assets)?), changed: None },
        };
        Ok(Self { assets, loaded: Mutex::new(loaded), folder })
    }

    /// Whether a drawn page may be kept: not while templates can change under it.
    pub fn may_keep(&self) -> bool {
        self.folder.is_none()
    }

    /// The static files that the templates name.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// Draws a page.
    ///
    /// # Errors
    /// [`ViewError`] for a template with a mistake.
    pub fn render(&self, template: &str, view: &impl Serialize) -> Result<String, ViewError> {
        Ok(self.tera()?.render(template, &Context::from_serialize(view)?)?)
    }

    fn tera(&self) -> Result<Arc<Tera>, ViewError> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &self.folder
            && newest(folder)? != loaded.changed
        {
            *loaded = from_folder(folder, &self.assets)?;
        }
        Ok(loaded.tera.clone())
    }
}

fn tera(templates: Vec<(String, String)>, assets: &Arc<Assets>) -> Result<Tera, tera::Error> {
    let mut tera = Tera::new();
    let assets = assets.clone();
    tera.register_function("asset", move |kwargs: Kwargs, _: &tera::State| -> tera::TeraResult<String> {
        Ok(assets.address(kwargs.must_get::<&str>("path")?))
    });
    tera.add_raw_templates(templates)?;
    Ok(tera)
}

fn embedded(dir: &Dir<'_>) -> Vec<(String, String)> {
    dir.entries()
        .iter()
        .flat_map(|entry| match entry {
            DirEntry::Dir(dir) => embedded(dir),
            DirEntry::File(file) => {
                let name = file.path().to_string_lossy().into_owned();
                vec![(name, file.contents_utf8().unwrap_or_default().to_owned())]
            }
        })
        .collect()
}

fn from_folder(folder: &Path, assets: &Arc<Assets>) -> Result<Loaded, ViewError> {
    let changed = newest(folder)?;
    let templates = files(folder)?
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            Ok((name, fs::read_to_string(path)?))
        })
        .collect::<io::Result<_>>()?;
    Ok(Loaded { tera: Arc::new(tera(templates, assets)?), changed })
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "html") {
            found.push(path);
        }
    }
    Ok(found)
}

fn newest(folder: &Path) -> io::Result<Option<SystemTime>> {
    let mut newest = None;
    for path in files(folder)? {
        newest = newest.max(Some(path.metadata()?.modified()?));
    }
    Ok(newest)
}

/// A moment for a page: for programs, and for readers with its zone.
#[derive(Debug, Serialize)]
pub struct Moment {
    iso: String,
    text: String,
}

impl From<NaiveDateTime> for Moment {
    fn from(moment: NaiveDateTime) -> Self {
        let iso = moment.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let text = moment.format("%-d %B %Y, %H:%M UTC").to_string();
        Self { iso, text }
    }
}

/// `polls/show.html`.
#[derive(Serialize)]
pub struct ShowPoll<'a> {
    title: &'a str,
    poll: PollView<'a>,
    choices: Vec<ChoiceView<'a>>,
    total: u64,
    total_text: String,
    leader: Option<String>,
    others: Vec<Link<'a>>,
    error: Option<Problem<'a>>,
    filled: Filled<'a>,
}

/// What is wrong with a form, for its page.
#[derive(Clone, Copy, Serialize)]
pub struct Problem<'a> {
    /// The status.
    pub status: u16,
    /// What is wrong and how to mend it.
    pub sentence: &'a str,
}

/// What the voter had filled in.
#[derive(Clone, Copy, Default, Serialize)]
pub struct Filled<'a> {
    /// The field `vote`.
    pub vote: Option<&'a str>,
}

#[derive(Serialize)]
struct PollView<'a> {
    slug: &'a str,
    title: &'a str,
    description: &'a str,
    address: String,
    state: State,
    opens_at: Moment,
    closes_at: Option<Moment>,
}

#[derive(Serialize)]
struct ChoiceView<'a> {
    key: &'a str,
    label: &'a str,
    description: &'a str,
    picture: Option<&'a str>,
    count_text: String,
    share_text: String,
    permille: u64,
    bar: u64,
    leads: bool,
    colour: usize,
}

/// A link to a poll.
#[derive(Serialize)]
pub struct Link<'a> {
    title: &'a str,
    address: String,
    state: State,
    opens_at: Moment,
    closes_at: Option<Moment>,
}

impl<'a> Link<'a> {
    /// A link to `poll`, which stands at `state`.
    pub fn new(poll: &'a Poll, state: State) -> Self {
        Self {
            title: &poll.title,
            address: address(poll),
            state,
            opens_at: poll.opens_at.into(),
            closes_at: poll.closes_at.map(Moment::from),
        }
    }
}

/// Where a poll is: the featured one is the index.
pub fn address(poll: &Poll) -> String {
    if poll.featured { "/".into() } else { format!("/polls/{}", poll.slug) }
}

impl<'a> ShowPoll<'a> {
    /// The page of a board, with what was wrong with a form and what was filled in.
    pub fn new(board: &'a Board, error: Option<Problem<'a>>, filled: Filled<'a>) -> Self {
        let poll = &board.definition.poll;
        let outcome = &board.outcome;
        let most = outcome.votes.iter().copied().max().unwrap_or(0);
        let choices = board.definition.choices.iter().zip(&outcome.votes).enumerate();
        Self {
            title: &poll.title,
            poll: PollView {
                slug: &poll.slug,
                title: &poll.title,
                description: &poll.description,
                address: address(poll),
                state: board.state,
                opens_at: poll.opens_at.into(),
                closes_at: poll.closes_at.map(Moment::from),
            },
            choices: choices
                .map(|(i, (choice, votes))| ChoiceView {
                    key: &choice.key,
                    label: &choice.label,
                    description: &choice.description,
                    picture: choice.picture.as_deref(),
                    count_text: grouped(*votes),
                    share_text: share(*votes, outcome.ballots),
                    permille: permille(*votes, outcome.ballots),
                    bar: permille(*votes, most),
                    leads: outcome.leaders.contains(&i),
                    colour: i % 8 + 1,
                })
                .collect(),
            total: outcome.ballots,
            total_text: grouped(outcome.ballots),
            leader: leader(board),
            others: board.others.iter().map(|other| Link::new(other, State::Open)).collect(),
            error,
            filled,
        }
    }
}

/// `polls/index.html`.
#[derive(Serialize)]
pub struct ListPolls<'a> {
    /// The page's title.
    pub title: &'a str,
    /// Open and upcoming ones.
    pub open: Vec<Link<'a>>,
    /// Closed ones.
    pub closed: Vec<Link<'a>>,
}

/// `empty.html`.
#[derive(Serialize)]
pub struct NoPoll {
    /// The page's title.
    pub title: &'static str,
}

/// `error.html`.
#[derive(Serialize)]
pub struct ShowError<'a> {
    title: &'a str,
    status: u16,
    sentence: &'a str,
    mend: &'a str,
    home: &'static str,
}

impl<'a> ShowError<'a> {
    /// The page of an error: what is wrong, and how to mend it.
    pub fn new(status: Status, sentence: &'a str, mend: &'a str) -> Self {
        Self { title: status.reason_lossy(), status: status.code, sentence, mend, home: "/" }
    }
}

fn leader(board: &Board) -> Option<String> {
    let (outcome, choices) = (&board.outcome, &board.definition.choices);
    let verb = |leads, won| if board.state == State::Closed { won } else { leads };
    match outcome.leaders.as_slice() {
        [] => None,
        [one] => {
            let share = share(outcome.votes[*one], outcome.ballots);
            Some(format!("{} {} {share}", choices[*one].label, verb("leads with", "won with")))
        }
        several if several.len() > 3 => Some(format!("{} choices {} level", several.len(), verb("are", "ended"))),
        several => {
            let labels: Vec<&str> = several.iter().map(|i| choices[*i].label.as_str()).collect();
            let (last, first) = labels.split_last()?;
            Some(format!("{} and {last} {} level", first.join(", "), verb("are", "ended")))
        }
    }
}

/// 1234567 → 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The thousandths of `whole` that `part` is, rounded to the nearest; 0 of nothing.
fn permille(part: u64, whole: u64) -> u64 {
    let (part, whole) = (u128::from(part), u128::from(whole));
    (part * 2000 + whole).checked_div(2 * whole).and_then(|share| u64::try_from(share).ok()).unwrap_or(0)
}

fn share(part: u64, whole: u64) -> String {
    let permille = permille(part, whole);
    format!("{}.{} %", permille / 10, permille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_204), "1,204");
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(share(0, 0), "0.0 %");
        assert_eq!(share(2, 3), "66.7 %");
        assert_eq!(permille(u64::MAX, u64::MAX), 1000);
    }

    #[test]
    fn every_template_is_whole() {
        let assets = Arc::new(Assets::load(false));
        Views::load(assets, false).unwrap();
    }
}
