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
    guards::SignedIn,
    pages::{self, Filled},
    voter::Voter,
};
use crate::{
    ballot_box::BallotBox,
    codes,
    marks::{self, Marks},
    models::{
        ballot::{Cast, NewBallot},
        poll::{Definition, Poll, State as PollState, Which},
        rules::Credential,
    },
    scoreboard::Scoreboard,
    secret::Secret,
};

/// How often a ballot is read again because its poll changed meanwhile.
const TRIES: usize = 8;

/// How long the database may take to store a ballot.
const PATIENCE: Duration = Duration::from_secs(15);

/// The same once the server was told to end; below the grace in Rocket.toml.
const LAST_ANSWERS: Duration = Duration::from_millis(1500);

/// What the form of a ballot says.
struct Submission<'f> {
    vote: &'f str,
    key: Option<&'f str>,
    code: Option<&'f str>,
}

#[post("/add", data = "<form>")]
async fn add(
    voter: Voter<'_>,
    organiser: Result<SignedIn, Error>,
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
    let mut definition = scoreboard.definition(&which).await?.ok_or_else(Error::no_such_poll)?;
    let is_theirs = |poll: &Poll| organiser.as_ref().is_ok_and(|who| Some(who.organiser.id) == poll.organiser_id);
    let submission = match form.as_ref().map_err(Clone::clone).and_then(Submission::read) {
        Ok(submission) => submission,
        Err(error) => {
            let board = scoreboard.read(&which).await?.ok_or_else(Error::no_such_poll)?;
            let poll = &board.definition.poll;
            if poll.draft && !is_theirs(poll) {
                return Err(Error::no_such_poll());
            }
            let viewer = voter.viewer(poll);
            let rejection = Rejection::new(error.status(), error.to_string(), viewer, board, Filled::default());
            return Err(Error::Rejected(Box::new(rejection)));
        }
    };
    for _ in 0..TRIES {
        let poll = &definition.poll;
        let may_see = !poll.draft || is_theirs(poll);
        let read = submission.ballot(&definition, &voter, secret);
        let mut problem = match &read {
            Ok(ballot) if may_see => match ballot_box.cast(ballot.clone(), patience(shutdown.clone())).await? {
                cast @ (Cast::Counted | Cast::CountedBefore) => {
                    voter.has_cast(poll);
                    return Ok(back_to(poll, cast));
                }
                Cast::Uninvited => Some(Problem::new(
                    "code",
                    "There is no such invitation in this poll, or it was revoked. Check the code against your slip.",
                )),
                Cast::Refused => None,
            },
            Ok(_) => None,
            Err(problem) => Some(problem.clone()),
        };
        // Refused, or unreadable: perhaps by an old definition only.
        let board = scoreboard.read(&which).await?.ok_or_else(Error::no_such_poll)?;
        let poll = &board.definition.poll;
        match board.state {
            PollState::Draft if !is_theirs(poll) => return Err(Error::no_such_poll()),
            PollState::Draft | PollState::Open => {
                if problem.is_none() || !Arc::ptr_eq(&board.definition, &definition) {
                    definition = board.definition.clone();
                    continue;
                }
            }
            PollState::Upcoming => {
                problem = Some(Problem::late(
                    "This poll has not opened yet, so your vote is not counted. Come back when it is open.",
                ));
            }
            PollState::Closed => {
                problem = Some(Problem::late("This poll is closed, so your vote is not counted."));
            }
        }
        voter.greet(poll);
        let viewer = voter.viewer(poll);
        let Some(Problem { status, field, sentence }) = problem else { continue };
        let short = |text: &str| text.chars().take(marks::KEY_LENGTH).collect();
        let linked = submission.code.is_some_and(codes::is_token);
        let filled = Filled { vote: Some(short(submission.vote)), code: submission.code.map(short), linked, field };
        return Err(Error::Rejected(Box::new(Rejection::new(status, sentence, viewer, board, filled))));
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

/// Why a ballot was not taken.
#[derive(Debug, Clone)]
struct Problem {
    status: Status,
    /// The field that is to be mended.
    field: &'static str,
    sentence: String,
}

impl Problem {
    fn new(field: &'static str, sentence: impl Into<String>) -> Self {
        Self { status: Status::UnprocessableEntity, field, sentence: sentence.into() }
    }

    fn late(sentence: &str) -> Self {
        Self { status: Status::Conflict, ..Self::new("vote", sentence) }
    }
}

impl<'f> Submission<'f> {
    fn read(fields: &'f Fields) -> Result<Self, FormError> {
        fields.one("poll")?;
        Ok(Self { vote: fields.one("vote")?.unwrap_or_default(), key: fields.one("key")?, code: fields.one("code")? })
    }

    /// The ballot that it casts by this definition of its poll.
    fn ballot(&self, definition: &Definition, voter: &Voter<'_>, secret: &Secret) -> Result<NewBallot, Problem> {
        let poll = &definition.poll;
        let credential = match poll.credential {
            // A draft's test ballots come from its organiser, any number of them.
            _ if poll.draft => None,
            Credential::Open => self.submission_key(poll.id, secret)?,
            Credential::Browser => Some(browser(poll.id, voter, secret)?),
            Credential::Invitation => Some(self.invitation(secret)?),
        };
        let marks = Marks::parse(self.vote, poll.marking.form(), definition.keys())
            .map_err(|e| Problem::new("vote", e.to_string()))?;
        Ok(NewBallot { poll_id: poll.id, revision: poll.revision, marks, credential, rule: poll.credential })
    }

    fn submission_key(&self, poll_id: i64, secret: &Secret) -> Result<Option<[u8; 32]>, Problem> {
        if !self.key.is_none_or(is_submission_key) {
            return Err(Problem::new(
                "vote",
                "The field “key” takes up to 64 letters, digits, hyphens and underscores. Open the ballot again and vote from there.",
            ));
        }
        Ok(self.key.map(|key| secret.hash(&format!("key\0{poll_id}\0{key}"))))
    }

    fn invitation(&self, secret: &Secret) -> Result<[u8; 32], Problem> {
        let code = self.code.map(str::trim).filter(|code| !code.is_empty());
        let code = code.ok_or_else(|| Problem::new("code", "Enter the code of your invitation."))?;
        invitation_hash(code, secret).map_err(|error| Problem::new("code", error.to_string()))
    }
}

/// What an invitation is known by: of a link's token or of the typed code, the same.
///
/// # Errors
/// [`codes::CodeError`] for what can be neither.
pub fn invitation_hash(code: &str, secret: &Secret) -> Result<[u8; 32], codes::CodeError> {
    let short = if codes::is_token(code) { short_code(code, secret) } else { code.to_owned() };
    Ok(secret.hash(&format!("invitation\0{}", codes::read_short(&short)?)))
}

/// The short code of a link's token, as it is printed.
pub fn short_code(token: &str, secret: &Secret) -> String {
    codes::short(&secret.hash(&format!("code\0{token}")))
}

fn browser(poll_id: i64, voter: &Voter<'_>, secret: &Secret) -> Result<[u8; 32], Problem> {
    let number = voter.browser().ok_or_else(|| {
        Problem::new("vote", "Your browser sent no cookie, and by that this poll takes one ballot a browser. Allow cookies for this site, then vote again.")
    })?;
    Ok(secret.hash(&format!("browser\0{poll_id}\0{number}")))
}

fn is_submission_key(key: &str) -> bool {
    key.len() <= 64 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The fragment shows the stamp, and the page stays the same text for everybody. A voter whose ballot was in
/// already is told that; one who only sends the same submission again sees the stamp.
fn back_to(poll: &Poll, cast: Cast) -> Redirect {
    let fragment = match (cast, poll.credential) {
        (Cast::Counted, _) | (_, Credential::Open) => "counted",
        _ => "already",
    };
    Redirect::to(format!("{}#{fragment}", pages::address(poll)))
}

/// Takes ballots.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("ballots", |rocket| async { rocket.mount("/", routes![add]) })
}
