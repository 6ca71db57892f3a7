//! Every page in every state, and every form with anything that a client may send: none is answered 500, as a template
//! with a missing argument would be.

use std::collections::BTreeSet;

use rocket::{
    Route,
    http::{Method as Verb, Status},
};
use urna::{
    count::Method,
    marks::Kind,
    models::{self, eligibility::Eligibility, marking::Marking, new_poll::NewPoll, poll::Poll, visibility::Visibility},
};

use crate::helpers::{
    app::{Answer, App, Organiser, WithSettings as _, form, new_poll},
    database::TestDatabase,
    on_both,
};

on_both!(no_page_fails_in_any_state, no_form_fails_whatever_it_says);

const KEYS: [&str; 3] = ["gummi", "pita", "cleo"];

/// Names of fields that forms have, and some that they have not.
const FIELDS: [&str; 58] = [
    "title",
    "description",
    "choices",
    "key-0",
    "label-0",
    "about-0",
    "place-0",
    "key-1",
    "label-1",
    "place-1",
    "slug",
    "method",
    "seats",
    "highest",
    "abstaining",
    "review",
    "comparison",
    "eligibility",
    "results_visibility",
    "turnout_visibility",
    "listed",
    "zone",
    "opens_at",
    "closes_at",
    "confirmed",
    "revision",
    "then",
    "edit",
    "at",
    "when",
    "number",
    "which",
    "code",
    "uid",
    "name",
    "password",
    "old",
    "to",
    "poll",
    "vote",
    "score-gummi",
    "score-cleo",
    "rank-gummi",
    "rank-pita",
    "marks",
    "blank",
    "key",
    "change",
    "alt",
    "picture",
    "q",
    "page",
    "state",
    "kept",
    "token",
    "key-",
    "label-99",
    "unknown",
];

const VALUES: [&str; 39] = [
    "",
    "x",
    "1",
    "0",
    "2",
    "-1",
    "99999999999999999999",
    "yes",
    "on",
    "gummi",
    "pita",
    "gummi>pita",
    "gummi:3",
    "open",
    "browser",
    "invitation",
    "always",
    "voted",
    "closed",
    "organiser",
    "plurality",
    "irv",
    "star",
    "stv",
    "publish",
    "later",
    "2999-01-01T00:00",
    "2001-01-01T00:00",
    "soon",
    "Europe/Berlin",
    "Nowhere/Land",
    "a\nb\nc\nd",
    "<b>&\"'",
    "all",
    "up-1",
    "add",
    "live",
    "preview",
    "template-chair",
];

/// Polls of every kind of ballot, state, rule of who may vote and of what is shown.
async fn polls(app: &App, organiser_id: i64) -> Vec<Poll> {
    use Method::{Approval, Irv, MajorityJudgment, Plurality, Schulze, Star, Stv};
    let now = models::now();
    let day = chrono::TimeDelta::days(1);
    let methods = [Plurality, Approval, Irv, Star, MajorityJudgment, Stv, Schulze, Plurality];
    let mut created = Vec::new();
    for (n, method) in methods.into_iter().enumerate() {
        let credential = Eligibility::ALL[n % 3];
        let (results, turnout) = (Visibility::ALL[n % 4], Visibility::ALL[(n / 2) % 4]);
        let seats = if method == Stv { 2 } else { 1 };
        let marking = Marking {
            method,
            seats,
            abstaining: n % 2 == 0,
            review: n % 3 == 1,
            comparison: n % 2 == 1,
            ..Marking::default()
        };
        let poll = NewPoll {
            organiser_id: Some(organiser_id),
            ..new_poll("", &KEYS).with(|s| {
                s.set_marking(marking);
                s.eligibility = credential;
                s.results_visibility = results;
                s.turnout_visibility = turnout;
                s.description = if n % 2 == 0 { String::new() } else { "**More** about it".into() };
                s.opens_at = now - day;
            })
        };
        for (state, poll) in [
            ("draft", NewPoll { draft: true, ..poll.clone() }),
            ("upcoming", poll.clone().with(|s| s.opens_at = now + day)),
            ("open", poll.clone().with(|s| s.closes_at = (n % 2 == 0).then(|| now + day))),
            ("closed", poll.clone().with(|s| s.closes_at = Some(now - day / 2))),
        ] {
            let poll = NewPoll { slug: format!("{}-{state}-{n}", method.as_str()), ..poll };
            created.push(app.create(&poll).await);
        }
    }
    created
}

/// The addresses of all routes by a method, with these for what stands in angle brackets.
fn addresses(app: &App, verb: Verb, slug: &str) -> BTreeSet<String> {
    let files = ["ballots.csv", "ballots.jsonl", "outcome.json", "report.txt", "nothing.csv"];
    let of = |path: &str| -> Vec<String> {
        let path =
            path.replace("<slug>", slug).replace("<_>", slug).replace("<key>", "gummi").replace("<size>", "small");
        let path = path.replace("<hash>", &"a".repeat(64)).replace("<token>", "Zm9vYmFyYmF6cXV4MTIzNA");
        files.iter().map(|file| path.replace("<name>", file)).collect()
    };
    // A stream of events has no end.
    let ends = |route: &Route| !route.uri.path().ends_with("/events");
    let routes = app.client.rocket().routes().filter(|route| route.method == verb && ends(route));
    routes.flat_map(|route| of(route.uri.path())).collect()
}

fn assert_drawn(verb: Verb, address: &str, body: &str, answer: &Answer) {
    assert!(answer.status.code < 500, "{verb} {address} {body}: {} {}", answer.status, answer.body);
    assert!(!answer.body.contains("undefined"), "{verb} {address} {body}: {}", answer.body);
}

async fn organiser(app: &App) -> (Organiser<'_>, i64) {
    let ada = app.organiser("ada").await;
    (ada, app.database.number("SELECT id FROM organisers").await)
}

fn some_marks(kind: Kind) -> &'static [(&'static str, usize)] {
    match kind {
        Kind::Pick => &[("gummi", 2), ("pita", 2)],
        Kind::Approval => &[("gummi,pita", 2)],
        Kind::Score => &[("cleo:0,gummi:5,pita:3", 2)],
        Kind::Ranking => &[("gummi>pita>cleo", 2), ("pita>gummi", 2)],
    }
}

/// Asks for all addresses there are of a poll: how many were pages.
async fn draw(app: &App, slug: &str, browsers: &[&Organiser<'_>]) -> usize {
    let mut drawn = 0;
    for address in addresses(app, Verb::Get, slug) {
        for query in ["", "?page=2", "?page=x&q=%3Cb%3E&state=nowhere", "?q=gummi"] {
            let address = format!("{address}{query}");
            for browser in browsers {
                let answer = browser.get(&address).await;
                assert_drawn(Verb::Get, &address, "", &answer);
                drawn += usize::from(answer.status == Status::Ok);
            }
        }
    }
    drawn
}

async fn no_page_fails_in_any_state(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, id) = organiser(&app).await;
    let stranger = app.stranger();
    let mut drawn = 0;
    let polls = polls(&app, id).await;
    let is_open = |poll: &Poll| poll.state(models::now()) == models::state::State::Open;
    for poll in &polls {
        if is_open(poll) && poll.settings.eligibility != Eligibility::Invitation {
            app.cast_marks(poll, some_marks(poll.settings.marking().form().kind)).await;
        }
        drawn += draw(&app, &poll.slug, &[&ada, &stranger]).await;
    }
    // With ballots, and closed.
    for poll in polls.iter().filter(|poll| is_open(poll)) {
        ada.post(&format!("/polls/{}/closure", poll.slug), "").await;
        drawn += draw(&app, &poll.slug, &[&ada, &stranger]).await;
    }
    assert!(drawn > 1000, "only {drawn} pages");
}

async fn no_form_fails_whatever_it_says(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, id) = organiser(&app).await;
    let polls = polls(&app, id).await;
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    // One field alone beside a mistake, in the form with most fields.
    for name in FIELDS {
        for value in ["x", "1", "gummi"] {
            for (verb, address) in [(Verb::Post, "/polls".to_owned()), (Verb::Put, format!("/polls/{}", polls[2].slug))]
            {
                let body = form(&[(name, value)]);
                assert_drawn(verb, &address, &body, &ada.send(verb, &address, &body).await);
            }
        }
    }
    let mut refused = 0;
    for poll in polls.iter().step_by(3) {
        // What deletes comes last.
        for verb in [Verb::Post, Verb::Put, Verb::Delete] {
            // What signs out would leave nothing to be sent.
            for address in addresses(&app, verb, &poll.slug).into_iter().filter(|address| address != "/session") {
                for _ in 0..8 {
                    let mut fields = vec![("poll", poll.slug.as_str())];
                    fields.extend(
                        (0..1 + random.below(12)).map(|_| (FIELDS[random.below(58)], VALUES[random.below(39)])),
                    );
                    let body = form(&fields);
                    let answer = ada.send(verb, &address, &body).await;
                    assert_drawn(verb, &address, &body, &answer);
                    refused += usize::from(answer.status == Status::UnprocessableEntity);
                    assert!(!ada.cookie().is_empty(), "{verb} {address} {body} signed out");
                }
            }
        }
    }
    assert!(refused > 100, "only {refused} forms came back");
}

/// A small generator (xorshift64), so that every run sends the same.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }
}
