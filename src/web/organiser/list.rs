//! `GET /organiser`: the polls of the organiser who is signed in, all or those of a search.

use rocket::{State, get, http::Status};
use serde::Serialize;

use crate::{
    db::Engine,
    models::{self, listing::Listing, poll::Poll, profile, state::State as PollState},
    web::{
        http::{
            error::Error,
            paging::{Pager, Part, address},
            reply::Reply,
            search::{search, typed},
            views::Views,
        },
        session::SignedIn,
        show::{moment::Moment, pages::Total},
    },
};

/// How many polls a page lists.
const PER_PAGE: usize = 25;

/// `organiser/polls.html`.
#[derive(Serialize)]
struct ListPolls<'a> {
    title: &'static str,
    name: &'a str,
    q: String,
    /// Whether some of a search were found.
    found: Option<String>,
    polls: Vec<ListedPoll<'a>>,
    pager: Option<Pager>,
    problem: Option<String>,
}

#[derive(Serialize)]
struct ListedPoll<'a> {
    title: &'a str,
    address: String,
    state: PollState,
    votes: Total,
    created_at: Moment,
    closes_at: Option<Moment>,
}

impl<'a> ListedPoll<'a> {
    fn new(poll: &'a Poll, ballots: u64) -> Self {
        Self {
            title: &poll.settings.title,
            address: format!("/polls/{}/manage", poll.slug),
            state: poll.state(models::now()),
            votes: Total::turnout(poll, ballots),
            created_at: Moment::of(poll, poll.created_at),
            closes_at: poll.settings.closes_at.map(|moment| Moment::of(poll, moment)),
        }
    }
}

#[get("/organiser?<q>&<page>")]
pub async fn polls(
    q: Option<&str>,
    page: Option<&str>,
    signed_in: Result<SignedIn, Error>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Reply, Error> {
    let organiser = signed_in?.organiser;
    let q = q.unwrap_or_default();
    let mut view = ListPolls {
        title: "Your polls",
        name: &organiser.name,
        q: typed(q),
        found: None,
        polls: Vec::new(),
        pager: None,
        problem: None,
    };
    let draw = |status, view: &ListPolls<'_>| Reply::draw(views, status, "organiser/polls.html", view);
    let q = match search(q) {
        Ok(q) => q.unwrap_or_default(),
        Err(problem) => return draw(Status::UnprocessableEntity, &ListPolls { problem: Some(problem), ..view }),
    };
    let (db, now) = (&mut engine.connection().await?, models::now());
    let listing = Listing::Of(organiser.id, q.clone());
    let total = usize::try_from(listing.count(db, now).await?).unwrap_or(0);
    let part = match Part::read(page, PER_PAGE, total) {
        Ok(part) => part,
        Err(problem) => return draw(Status::NotFound, &ListPolls { problem: Some(problem), ..view }),
    };
    let skipped = i64::try_from(part.rows().start).unwrap_or(i64::MAX);
    let polls = listing.read(db, now, skipped, PER_PAGE as i64).await?;
    let ids: Vec<i64> = polls.iter().map(|poll| poll.id).collect();
    let votes = profile::turnouts(db, &ids).await?;
    let votes = |poll: &Poll| votes.get(&poll.id).copied().unwrap_or(0);
    view.found = (!q.is_empty() && total > 0).then(|| part.place());
    view.polls = polls.iter().map(|poll| ListedPoll::new(poll, votes(poll))).collect();
    view.pager = part.pager(|page| address("/organiser", &[("q", &q), ("page", page)]));
    draw(Status::Ok, &view)
}
