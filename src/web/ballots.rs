//! Ballots: `POST /add` casts one and sends the voter back to where the ballot was.

use std::{sync::Arc, time::Duration};

use rocket::{
    Shutdown, State,
    fairing::AdHoc,
    http::Status,
    post,
    response::Redirect,
    routes,
    tokio::{select, time::sleep},
};

use super::{
    error::{Error, Rejection},
    forms::{Fields, FormError},
    pages,
};
use crate::{
    ballot_box::BallotBox,
    marks::{self, Marks},
    models::{
        ballot::{Cast, NewBallot},
        poll::{Definition, State as PollState, Which},
    },
    scoreboard::Scoreboard,
    secret::Secret,
};

/// How often a ballot is read again because its poll changed meanwhile.
const TRIES: usize = 3;

/// How long the database may take to store a ballot.
const PATIENCE: Duration = Duration::from_secs(15);

/// The same once the server was told to end; below the grace in Rocket.toml.
const LAST_ANSWERS: Duration = Duration::from_millis(1500);

/// What the form of a ballot says.
struct Submission<'f> {
    vote: &'f str,
    key: Option<&'f str>,
}

#[post("/add", data = "<form>")]
async fn add(
    form: Result<Fields, FormError>,
    scoreboard: &State<Scoreboard>,
    ballot_box: &State<BallotBox>,
    secret: &State<Secret>,
    shutdown: Shutdown,
) -> Result<Redirect, Error> {
    let which = match form.as_ref().ok().map(|fields| fields.one("poll")) {
        Some(Ok(Some(slug))) if marks::is_key(slug) => Which::Slug(slug.to_owned()),
        Some(Ok(Some(_))) => return Err(Error::no_such_poll()),
        _ => Which::Featured,
    };
    let submission = match form.as_ref().map_err(Clone::clone).and_then(Submission::read) {
        Ok(submission) => submission,
        Err(error) => {
            let board = scoreboard.read(&which).await?.ok_or_else(Error::no_such_poll)?;
            return Err((error, board).into());
        }
    };
    let mut definition = scoreboard.definition(&which).await?.ok_or_else(Error::no_such_poll)?;
    for _ in 0..TRIES {
        let read = submission.ballot(&definition, secret);
        if let Ok(ballot) = &read {
            match ballot_box.cast(ballot.clone(), patience(shutdown.clone())).await? {
                Cast::Counted | Cast::CountedBefore => return Ok(back_to(&definition)),
                Cast::Refused => {}
            }
        }
        // Refused, or unreadable: perhaps by an old definition only.
        let board = scoreboard.read(&which).await?.ok_or_else(Error::no_such_poll)?;
        let problem = match (board.state, read) {
            (PollState::Open, Err(problem)) if Arc::ptr_eq(&board.definition, &definition) => problem,
            (PollState::Open, _) => {
                definition = board.definition.clone();
                continue;
            }
            (PollState::Draft, _) => return Err(Error::no_such_poll()),
            (PollState::Upcoming, _) => (
                Status::Conflict,
                "This poll has not opened yet, so your vote is not counted. Come back when it is open.".into(),
            ),
            (PollState::Closed, _) => (Status::Conflict, "This poll is closed, so your vote is not counted.".into()),
        };
        let vote = Some(submission.vote.chars().take(marks::KEY_LENGTH).collect());
        let (status, sentence) = problem;
        return Err(Error::Rejected(Box::new(Rejection { status, sentence, board, vote })));
    }
    Err(Error::Unavailable("This poll is being changed right now, and your vote was not taken."))
}

/// How long a voter is kept waiting: not beyond what a server that was told to end has left for answers.
async fn patience(shutdown: Shutdown) {
    select! {
        () = sleep(PATIENCE) => {}
        () = shutdown => sleep(LAST_ANSWERS).await,
    }
}

type Problem = (Status, String);

impl<'f> Submission<'f> {
    fn read(fields: &'f Fields) -> Result<Self, FormError> {
        fields.one("poll")?;
        Ok(Self { vote: fields.one("vote")?.unwrap_or_default(), key: fields.one("key")? })
    }

    /// The ballot that it casts by this definition of its poll.
    fn ballot(&self, definition: &Definition, secret: &Secret) -> Result<NewBallot, Problem> {
        let poll = &definition.poll;
        let unreadable = |sentence: String| (Status::UnprocessableEntity, sentence);
        let marks = Marks::parse(self.vote, definition.keys()).map_err(|e| unreadable(e.to_string()))?;
        if !self.key.is_none_or(is_submission_key) {
            return Err(unreadable("The field “key” takes up to 64 letters, digits, hyphens and underscores. Open the ballot again and vote from there.".into()));
        }
        let credential = self.key.map(|key| secret.hash(&format!("key\0{}\0{key}", poll.id)));
        Ok(NewBallot { poll_id: poll.id, revision: poll.revision, marks, credential })
    }
}

fn is_submission_key(key: &str) -> bool {
    key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The fragment shows the stamp, and the page stays the same text for everybody.
fn back_to(definition: &Definition) -> Redirect {
    Redirect::to(format!("{}#counted", pages::address(&definition.poll)))
}

/// Takes ballots.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("ballots", |rocket| async { rocket.mount("/", routes![add]) })
}
