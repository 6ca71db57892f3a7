//! Lists: `GET /polls` shows the polls that everybody may know of, by state or by a search.

use rocket::{State, get, http::Status};
use serde::Serialize;

use crate::{
    db::Engine,
    models::{self, listing::Listing, poll::Poll, profile},
    web::{
        http::{
            error::Error,
            paging::{Pager, Part, address},
            reply::Reply,
            search::{search, typed},
            views::Views,
        },
        session::{MaybeSignedIn, Reader},
        show::pages::Link,
    },
};

/// Polls a page.
const SIZE: usize = 25;

/// The states by which polls are listed: the word in addresses, and the words on the page.
const TABS: [(&str, &str, Listing); 3] = [
    ("open", "Open", Listing::Open),
    ("upcoming", "Opening later", Listing::Upcoming),
    ("closed", "Closed", Listing::Closed),
];

/// `polls/index.html`.
#[derive(Serialize)]
struct ListPolls<'a> {
    title: &'a str,
    q: String,
    tabs: Vec<Tab>,
    found: Option<String>,
    polls: Vec<Link<'a>>,
    pager: Option<Pager>,
    problem: Option<String>,
    reader: Reader,
}

#[derive(Serialize)]
struct Tab {
    name: &'static str,
    address: String,
    current: bool,
}

/// What a request asks for: one state's polls, or those with a text in their title.
struct Asked<'r> {
    q: String,
    state: &'r str,
    listing: Listing,
}

impl<'r> Asked<'r> {
    fn read(q: &str, state: &'r str) -> Result<Self, (Status, String)> {
        let state = if state.is_empty() { "open" } else { state };
        match search(q) {
            Err(problem) => Err((Status::UnprocessableEntity, problem)),
            Ok(Some(q)) => Ok(Self { listing: Listing::Named(q.clone()), q, state: "" }),
            Ok(None) => TABS
                .into_iter()
                .find(|(word, ..)| *word == state)
                .map(|(_, _, listing)| Self { q: String::new(), state, listing })
                .ok_or((Status::NotFound, "There is no such list of polls. Pick one of those above.".into())),
        }
    }
}

#[get("/polls?<q>&<state>&<page>")]
pub async fn list(
    q: Option<&str>,
    state: Option<&str>,
    page: Option<&str>,
    organiser: Result<MaybeSignedIn, Error>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Reply, Error> {
    let (q, reader) = (q.unwrap_or_default(), organiser?.reader());
    let draw = |status, asked, q, read| draw(views, reader, status, asked, q, read);
    let asked = match Asked::read(q, state.unwrap_or_default()) {
        Ok(asked) => asked,
        Err((status, problem)) => return draw(status, None, typed(q), Err(problem)),
    };
    let mut db = engine.connection().await.map_err(unreadable)?;
    let now = models::now();
    let total = asked.listing.count(&mut db, now).await.map_err(unreadable)?;
    let part = match Part::read(page, SIZE, usize::try_from(total).unwrap_or(0)) {
        Ok(part) => part,
        Err(problem) => return draw(Status::NotFound, Some(&asked), asked.q.clone(), Err(problem)),
    };
    let skipped = i64::try_from(part.rows().start).unwrap_or(i64::MAX);
    let polls = asked.listing.read(&mut db, now, skipped, SIZE as i64).await.map_err(unreadable)?;
    let ids: Vec<i64> = polls.iter().map(|poll| poll.id).collect();
    let votes = profile::turnouts(&mut db, &ids).await.map_err(unreadable)?;
    let votes = |poll: &Poll| votes.get(&poll.id).copied().unwrap_or(0);
    let links = polls.iter().map(|poll| Link::new(poll, poll.state(now)).with_votes(poll, votes(poll))).collect();
    draw(Status::Ok, Some(&asked), asked.q.clone(), Ok((links, part)))
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    log::error!("the list of polls could not be read: {error}");
    Error::Unavailable("The polls can’t be read right now.")
}

fn draw(
    views: &Views,
    reader: Reader,
    status: Status,
    asked: Option<&Asked<'_>>,
    q: String,
    read: Result<(Vec<Link<'_>>, Part), String>,
) -> Result<Reply, Error> {
    let tab = |(word, name, _): (&str, _, _)| Tab {
        name,
        address: address("/polls", &[("state", if word == "open" { "" } else { word })]),
        current: asked.is_some_and(|asked| asked.state == word),
    };
    let way = |page: &str| {
        let (q, state) = asked.map_or(("", ""), |asked| (asked.q.as_str(), asked.state));
        address("/polls", &[("q", q), ("state", if state == "open" { "" } else { state }), ("page", page)])
    };
    let mut view = ListPolls {
        title: "All polls",
        tabs: TABS.into_iter().map(tab).collect(),
        found: None,
        polls: Vec::new(),
        pager: None,
        problem: None,
        q,
        reader,
    };
    match read {
        Ok((polls, part)) => {
            view.found = asked.filter(|asked| !asked.q.is_empty() && !polls.is_empty()).map(|_| part.place());
            view.pager = part.pager(way);
            view.polls = polls;
        }
        Err(problem) => view.problem = Some(problem),
    }
    Ok(Reply::shared(views, status, "polls/index.html", &view)?.caching(reader.caching()))
}
