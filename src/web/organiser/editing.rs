//! Creating and editing a poll: the page with its form, and what the form sends.

use rocket::{State, get, http::Status, post, put};
use serde::Serialize;

use super::{overview::PollLine, own_poll::OwnPoll, poll_form::PollForm};
use crate::{
    codes,
    count::Method,
    credentials::Secret,
    db::Engine,
    marks::Kind,
    models::{
        self,
        constraint::Constraint,
        lifecycle::UpdateError,
        poll::{Definition, Poll},
        profile,
    },
    moments,
    web::{
        http::{
            error::Error,
            forms::{Fields, FormError, ORGANISER_KIB},
            problems::Problems,
            reply::{Answer, Reply},
            views::Views,
        },
        session::SignedIn,
    },
    words::{constraints, methods::about},
};

type Form = Result<Fields<ORGANISER_KIB>, FormError>;

/// `manage/edit.html`, for a new poll too.
#[derive(Serialize)]
struct EditPoll<'a> {
    title: &'a str,
    poll: Option<PollLine<'a>>,
    form: &'a PollForm,
    problems: &'a Problems,
    methods: Vec<MethodGroup>,
    zones: &'static [moments::ZoneOption],
    /// The form's zone, where `zones` does not have it.
    own_zone: Option<&'a str>,
    /// Whether ballots are in, so that only what does not change their meaning can be edited.
    fixed: bool,
    /// Whether the organiser must confirm that choices are added although ballots are in.
    confirm: bool,
    /// Whether each of the two sections that fold is open.
    marking_open: bool,
    rules_open: bool,
}

/// The fields of the form's part about marking and counting.
const MARKING: [&str; 3] = ["method", "seats", "highest"];

/// The fields of its part about rules and dates.
const RULES: [&str; 8] =
    ["description", "eligibility", "results_visibility", "turnout_visibility", "opens_at", "closes_at", "zone", "slug"];

/// Methods whose ballots are marked alike.
#[derive(Serialize)]
struct MethodGroup {
    /// What voters do.
    name: &'static str,
    /// The usual ones.
    first: Vec<MethodOption>,
    /// The others.
    more: Vec<MethodOption>,
}

/// A method to pick.
#[derive(Serialize)]
struct MethodOption {
    word: &'static str,
    label: &'static str,
    about: String,
}

fn groups() -> Vec<MethodGroup> {
    let group = |name, kinds: &[Kind]| {
        let of_kind = Method::ALL.into_iter().filter(|method| kinds.contains(&method.kind()));
        let (first, more): (Vec<Method>, Vec<Method>) = of_kind.partition(|method| method.spec().is_common);
        let options = |methods: Vec<Method>| methods.into_iter().map(MethodOption::from).collect();
        MethodGroup { name, first: options(first), more: options(more) }
    };
    vec![
        group("Voters mark one, or all that suit them", &[Kind::Pick, Kind::Approval]),
        group("Voters score each choice", &[Kind::Score]),
        group("Voters rank the choices", &[Kind::Ranking]),
    ]
}

impl From<Method> for MethodOption {
    fn from(method: Method) -> Self {
        Self { word: method.as_str(), label: method.label(), about: about(method) }
    }
}

#[get("/polls/new")]
pub async fn blank(who: Result<SignedIn, Error>, engine: &State<Engine>, views: &State<Views>) -> Result<Reply, Error> {
    let zone = Poll::zone_of(&mut engine.connection().await?, who?.organiser.id).await?;
    let form = PollForm::new(zone.as_deref().unwrap_or("UTC"), codes::token()?);
    edit_page(views, Status::Ok, None, &form, &Problems::default(), false)
}

#[post("/polls", data = "<fields>")]
pub async fn create(
    who: Result<SignedIn, Error>,
    fields: Form,
    secret: &State<Secret>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (who, fields) = (who?, fields?);
    let form = PollForm::read_new(&fields);
    let mut problems = Problems::default();
    let again = |problems: &Problems| {
        edit_page(views, Status::UnprocessableEntity, None, &form, problems, false).map(Answer::Page)
    };
    let Some(mut new) = form.parse(None, &mut problems) else { return again(&problems) };
    new.organiser_id = Some(who.organiser.id);
    new.form = fields.hash(&format!("poll of {}", who.organiser.id), secret);
    new.draft = fields.text("then") != "publish";
    if !new.draft {
        // As when a draft is published: a poll can't have opened before it was there.
        new.settings.opens_at = new.settings.opens_at.max(models::now());
    }
    if !new.settings.listed && fields.text("slug").trim().is_empty() {
        // The address of an unlisted poll must not be guessed from its question.
        new.slug = codes::unguessable(&new.slug)?;
    }
    let mut db = engine.connection().await?;
    let chosen = !fields.text("slug").trim().is_empty();
    let created =
        if chosen { Poll::create(&mut db, &new).await } else { Poll::create_at_free_slug(&mut db, new).await };
    match created {
        Ok(poll) => {
            who.log(if poll.draft { "created a draft," } else { "created and published" }, &poll);
            let fragment = if poll.draft { "saved" } else { "published" };
            Ok(Answer::go(format!("/polls/{}/manage#{fragment}", poll.slug)))
        }
        Err(error) => {
            refuse(&mut problems, error)?;
            again(&problems)
        }
    }
}

#[get("/polls/<_>/edit")]
pub async fn edit(own: Result<OwnPoll, Error>, engine: &State<Engine>, views: &State<Views>) -> Result<Reply, Error> {
    let (own, mut db) = (own?, engine.connection().await?);
    let definition = own.definition(&mut db).await?;
    let ballots = profile::turnout(&mut db, definition.poll.id).await?;
    let form = PollForm::of(&definition);
    edit_page(views, Status::Ok, Some((&definition, ballots)), &form, &Problems::default(), false)
}

#[put("/polls/<_>", data = "<fields>")]
pub async fn update(
    own: Result<OwnPoll, Error>,
    fields: Form,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (own, fields) = (own?, fields?);
    let (who, slug) = (&own.who, &own.poll.slug);
    let mut db = engine.connection().await?;
    let definition = own.definition(&mut db).await?;
    let ballots = profile::turnout(&mut db, definition.poll.id).await?;
    let mut form = PollForm::read(&fields);
    if !definition.poll.draft && ballots > 0 {
        form.keep(&definition.poll);
    }
    let mut problems = Problems::default();
    let (mut status, mut confirm) = (Status::UnprocessableEntity, false);
    if let Some(mut new) = form.parse(Some(&definition), &mut problems) {
        if fields.text("slug").trim().is_empty() {
            new.slug.clone_from(slug);
        }
        let unlisted = definition.poll.draft && definition.poll.settings.listed && !new.settings.listed;
        if unlisted && new.slug == *slug && definition.poll.has_slug_of_title() {
            // Nobody has the link of a draft yet, and its question would give it away.
            new.slug = codes::unguessable(slug)?;
        }
        // The update is checked against the definition that was read here, so the form must be of the same revision.
        let updated = if form.revision == definition.poll.revision {
            definition.update(&mut db, &new, form.confirmed).await
        } else {
            Err(UpdateError::Conflict)
        };
        match updated {
            Ok(()) => {
                who.log("edited", &definition.poll);
                let picture = fields.text("picture");
                let is_there = new.choices.iter().any(|choice| choice.key == picture);
                return Ok(Answer::go(match is_there {
                    true => format!("/polls/{}/choices/{picture}/picture", new.slug),
                    false => format!("/polls/{}/manage#saved", new.slug),
                }));
            }
            Err(UpdateError::Meaning(why)) => problems.add("", why),
            Err(UpdateError::Unconfirmed) => {
                confirm = true;
                problems.add(
                    "confirmed",
                    "People have voted, and could not pick the new choices. Confirm that you want to add them.",
                );
            }
            Err(UpdateError::Conflict) => {
                status = Status::Conflict;
                // The page shows the conflict, so the organiser may save over it.
                form.catch_up(&definition);
                problems.add("", "The poll was changed since you opened this page. Check it, then save again.");
            }
            Err(UpdateError::Query(error)) => refuse(&mut problems, error)?,
        }
    }
    edit_page(views, status, Some((&definition, ballots)), &form, &problems, confirm).map(Answer::Page)
}

fn edit_page(
    views: &Views,
    status: Status,
    before: Option<(&Definition, u64)>,
    form: &PollForm,
    problems: &Problems,
    confirm: bool,
) -> Result<Reply, Error> {
    let now = models::now();
    let view = EditPoll {
        title: if before.is_some() { "Edit the poll" } else { "Create a poll" },
        poll: before.map(|(definition, ballots)| PollLine::new(&definition.poll, definition.poll.state(now), ballots)),
        form,
        problems,
        methods: groups(),
        zones: moments::zones(),
        own_zone: form.own_zone(),
        fixed: before.is_some_and(|(definition, ballots)| !definition.poll.draft && ballots > 0),
        confirm,
        marking_open: before.is_some() || problems.any_of(&MARKING),
        rules_open: before.is_some() || problems.any_of(&RULES),
    };
    Reply::draw(views, status, "manage/edit.html", &view)
}

/// Adds what the schema does not take to `problems`, beside its field. Other errors are passed on.
fn refuse(problems: &mut Problems, error: diesel::result::Error) -> Result<(), Error> {
    let Some(constraint) = Constraint::violated_by(&error) else { return Err(error.into()) };
    problems.add(constraint.field().unwrap_or_default(), constraints::sentence(constraint));
    Ok(())
}
