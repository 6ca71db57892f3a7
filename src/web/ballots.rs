//! Ballots: `POST /add` casts one and sends the voter back to where the ballot was, or shows it to be looked over
//! first. Nothing is stored before that is confirmed.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rocket::{
    Shutdown, State,
    fairing::AdHoc,
    http::{Header, Status},
    post, routes,
    tokio::{select, time::sleep},
};

use super::{
    answers::{Answer, Page},
    ballot_view::{Filled, Mistake},
    check_view::CheckView,
    error::{Error, RETRY_AFTER, Rejection},
    forms::{BALLOT_KIB, Fields, FormError},
    guards::SignedIn,
    network::Network,
    pages, polls,
    slices::Slice,
    submission::{Step, Submission},
    views::Views,
    vote_limit::VoteLimit,
    voter::Voter,
};
use crate::{
    ballot_box::{BallotBox, CastError},
    codes, marks,
    models::{
        ballot::{Cast, NewBallot},
        poll::{Definition, Poll, State as PollState, Which},
        rules::Credential,
    },
    scoreboard::{Board, Scoreboard},
    secret::Secret,
    text,
};

/// How often a ballot is read again because its poll changed meanwhile.
const TRIES: usize = 8;

const UNINVITED: &str =
    "There is no such invitation in this poll, or it was revoked. Check the code against your slip.";

/// How long the database may take to store a ballot.
const PATIENCE: Duration = Duration::from_secs(6);

/// The same once the server was told to end; below the grace in Rocket.toml.
const LAST_ANSWERS: Duration = Duration::from_millis(1500);

type Form = Result<Fields<BALLOT_KIB>, FormError>;

#[post("/add", data = "<form>")]
#[expect(clippy::too_many_arguments, reason = "a handler takes what it needs")]
async fn add(
    voter: Voter<'_>,
    organiser: Result<SignedIn, Error>,
    network: Network,
    form: Form,
    limit: &State<Arc<VoteLimit>>,
    scoreboard: &State<Scoreboard>,
    ballot_box: &State<BallotBox>,
    secret: &State<Secret>,
    views: &State<Views>,
    shutdown: Shutdown,
) -> Result<Answer, Error> {
    let began = Instant::now();
    if let Err(error @ FormError::Method) = form {
        return Err(Error::Form(error));
    }
    // A database that did not answer who this is would not take the vote either.
    if let Err(error @ Error::Unavailable(_)) = organiser {
        return Err(error);
    }
    let mut which = match form.as_ref().ok().map(|fields| fields.one("poll")) {
        Some(Ok(Some(slug))) if marks::is_key(slug) => Which::Slug(slug.to_owned()),
        Some(Ok(Some(_))) => return Err(Error::no_such_poll()),
        _ => Which::Featured,
    };
    let mut definition = match scoreboard.definition(&which).await? {
        Some(definition) => definition,
        None => find(scoreboard, &mut which).await?.definition.clone(),
    };
    let is_theirs = |poll: &Poll| organiser.as_ref().is_ok_and(|who| Some(who.organiser.id) == poll.organiser_id);
    let submission = match form.as_ref().map_err(Clone::clone).and_then(Submission::read) {
        Ok(submission) => submission,
        Err(error) => {
            let mut board = find(scoreboard, &mut which).await?;
            if board.definition.poll.draft && !is_theirs(&board.definition.poll) {
                go_on(scoreboard, &mut which).await?;
                board = find(scoreboard, &mut which).await?;
            }
            let poll = &board.definition.poll;
            let viewer = voter.viewer(poll);
            let rejection = Rejection::new(error.status(), error.to_string(), viewer, board, Filled::default());
            return Err(Error::Rejected(Box::new(rejection)));
        }
    };
    for _ in 0..TRIES {
        let poll = &definition.poll;
        let may_see = !poll.draft || is_theirs(poll);
        let read = ballot(&submission, &definition, &voter, secret);
        let is_shown = match submission.step {
            Step::Cast => poll.marking.review,
            Step::Confirmed => false,
            Step::Change => true,
        };
        let mut problem = match &read {
            Ok(ballot) if may_see && !is_shown => {
                let is_limited = !poll.draft && poll.credential != Credential::Invitation;
                let taken = if is_limited { limit.take(network, poll.id, Instant::now()) } else { Ok(()) };
                let cast = match taken {
                    Ok(()) => ballot_box.cast(ballot.clone(), patience(began, shutdown.clone())).await,
                    Err(seconds) => return too_many(seconds, &which, &submission, &voter, scoreboard).await,
                };
                if is_limited && !matches!(cast, Ok(Cast::Counted)) {
                    limit.give_back(network, poll.id);
                }
                let cast = match cast {
                    Ok(cast) => cast,
                    Err(error) => return again(error, &definition, ballot, &submission, views),
                };
                match cast {
                    cast @ (Cast::Counted | Cast::CountedBefore) => {
                        voter.has_cast(poll);
                        return Ok(back_to(poll, cast));
                    }
                    Cast::Uninvited => Some(Problem::new("code", UNINVITED)),
                    Cast::Refused => None,
                }
            }
            Ok(_) => None,
            Err(problem) => Some(problem.clone()),
        };
        // Refused, unreadable or not to be cast yet: perhaps by an old definition only.
        let board = find(scoreboard, &mut which).await?;
        let poll = &board.definition.poll;
        match board.state {
            PollState::Draft if !is_theirs(poll) => {
                go_on(scoreboard, &mut which).await?;
                definition = find(scoreboard, &mut which).await?.definition.clone();
                continue;
            }
            PollState::Draft | PollState::Open if !Arc::ptr_eq(&board.definition, &definition) => {
                definition = board.definition.clone();
                continue;
            }
            PollState::Draft | PollState::Open => match &read {
                _ if submission.step == Step::Change => {}
                Ok(ballot) if is_shown => {
                    let Submission { key, code, .. } = submission;
                    let view = CheckView::new(&board.definition, pages::address(poll), &ballot.marks, key, code);
                    return Ok(Answer::Page(Page::draw(views, Status::Ok, "polls/check.html", &view)?));
                }
                _ if problem.is_none() => continue,
                _ => {}
            },
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
        let mut filled = Filled {
            marks: submission.filled(poll.marking.form().kind),
            code: submission.code.map(|code| code.chars().take(codes::LONGEST).collect()),
            linked: submission.code.is_some_and(codes::is_token),
            ..Filled::default()
        };
        if submission.step == Step::Change {
            let slice = Slice::with(&board.definition, filled.choice(), &pages::address(poll));
            return polls::own(&board, viewer, &filled, slice, views).map(Answer::Page);
        }
        let Some(Problem { status, field, sentence, mistakes }) = problem else { continue };
        // Whoever came with a link that opens nothing here can type another code.
        filled = Filled { field, mistakes, linked: filled.linked && field != "code", ..filled };
        return Err(Error::Rejected(Box::new(Rejection::new(status, sentence, viewer, board, filled))));
    }
    Err(Error::Unavailable("This poll is being changed right now, and your vote was not taken."))
}

/// The ballot again with a button, for whoever's vote could not be stored or confirmed. The database is asked for
/// nothing: it may not answer. A ballot without a key gets one now, so that it counts once from here on.
fn again(
    error: CastError,
    definition: &Definition,
    ballot: &NewBallot,
    submission: &Submission<'_>,
    views: &Views,
) -> Result<Answer, Error> {
    let why = match error {
        CastError::Full => "Very many people are voting right now, and your vote was not taken.",
        CastError::Failed => "Your vote could not be confirmed, so it may not be counted.",
    };
    let fresh = codes::token()?;
    let key = submission.key.unwrap_or(&fresh);
    let address = pages::address(&definition.poll);
    let view = CheckView::new(definition, address, &ballot.marks, Some(key), submission.code).again(why);
    let page = Page::draw(views, Status::ServiceUnavailable, "polls/check.html", &view)?;
    Ok(Answer::Later(page, Header::new("Retry-After", RETRY_AFTER)))
}

/// The board of a poll; of one that has moved since the ballot was opened, at its address of now.
async fn find(scoreboard: &Scoreboard, which: &mut Which) -> Result<Arc<Board>, Error> {
    if let Some(board) = scoreboard.read(which).await? {
        return Ok(board);
    }
    go_on(scoreboard, which).await?;
    scoreboard.read(which).await?.ok_or_else(Error::no_such_poll)
}

/// Goes on to where the poll stands now of which nobody may see anything at this address: another's draft may be here.
async fn go_on(scoreboard: &Scoreboard, which: &mut Which) -> Result<(), Error> {
    let meant = match which {
        Which::Slug(slug) => scoreboard.meant(slug).await?,
        Which::Featured => None,
    };
    *which = Which::Slug(meant.ok_or_else(Error::no_such_poll)?);
    Ok(())
}

/// The ballot again, as it was filled in, for whoever votes when a network has sent too many.
async fn too_many(
    seconds: u64,
    which: &Which,
    submission: &Submission<'_>,
    voter: &Voter<'_>,
    scoreboard: &Scoreboard,
) -> Result<Answer, Error> {
    let board = scoreboard.read(which).await?.ok_or_else(Error::no_such_poll)?;
    let poll = &board.definition.poll;
    let filled = Filled { marks: submission.filled(poll.marking.form().kind), field: "vote", ..Filled::default() };
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let sentence = format!(
        "Very many votes come from your network right now, and yours was not counted. Wait {seconds} {unit}, then vote again."
    );
    let viewer = voter.viewer(poll);
    let rejection = Rejection::new(Status::TooManyRequests, sentence, viewer, board, filled);
    Err(Error::Rejected(Box::new(rejection.later(seconds))))
}

/// How long a voter is kept waiting: not beyond what a server that was told to end has left for answers.
async fn patience(began: Instant, shutdown: Shutdown) {
    select! {
        () = sleep(PATIENCE.saturating_sub(began.elapsed())) => {}
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
    /// What is wrong with the marks.
    mistakes: Vec<Mistake>,
}

impl Problem {
    fn new(field: &'static str, sentence: impl Into<String>) -> Self {
        Self { status: Status::UnprocessableEntity, field, sentence: sentence.into(), mistakes: Vec::new() }
    }

    fn late(sentence: &str) -> Self {
        Self { status: Status::Conflict, ..Self::new("vote", sentence) }
    }

    fn of_marks(mistakes: Vec<Mistake>) -> Self {
        let sentence = mistakes.first().map(|mistake| mistake.sentence.clone()).unwrap_or_default();
        Self { mistakes, ..Self::new("vote", sentence) }
    }
}

/// The ballot that a submission casts by this definition of its poll.
fn ballot(
    submission: &Submission<'_>,
    definition: &Definition,
    voter: &Voter<'_>,
    secret: &Secret,
) -> Result<NewBallot, Problem> {
    let poll = &definition.poll;
    let credential = match poll.credential {
        // A draft's test ballots come from its organiser, any number of them.
        _ if poll.draft => None,
        Credential::Open => submission_key(submission.key, poll.id, secret)?,
        Credential::Browser => Some(browser(poll.id, voter, secret)?),
        Credential::Invitation => Some(invited(submission.code, secret)?),
    };
    let marks = submission.marks(definition).map_err(Problem::of_marks)?;
    if submission.revision.is_some_and(|seen| seen != poll.revision.to_string()) {
        return Err(Problem::late(
            "This poll was changed while you looked over your ballot, and nothing is cast yet. Check it once more.",
        ));
    }
    Ok(NewBallot { poll_id: poll.id, revision: poll.revision, marks, credential, rule: poll.credential })
}

fn submission_key(key: Option<&str>, poll_id: i64, secret: &Secret) -> Result<Option<[u8; 32]>, Problem> {
    if !key.is_none_or(is_submission_key) {
        return Err(Problem::new(
            "vote",
            "The field “key” takes up to 64 letters, digits, hyphens and underscores. Open the ballot again and vote from there.",
        ));
    }
    Ok(key.map(|key| secret.hash(&format!("key\0{poll_id}\0{key}"))))
}

fn invited(code: Option<&str>, secret: &Secret) -> Result<[u8; 32], Problem> {
    let code = code.filter(|code| !text::is_empty(code));
    let code = code.ok_or_else(|| Problem::new("code", "Enter the code of your invitation."))?;
    invitation_hash(code, secret).map_err(|error| Problem::new("code", error.to_string()))
}

/// What an invitation is known by: of its link, of the link's token or of the typed code, the same.
///
/// # Errors
/// [`codes::CodeError`] for what can be none of them.
pub fn invitation_hash(code: &str, secret: &Secret) -> Result<[u8; 32], codes::CodeError> {
    let short = match (codes::read_short(code), codes::find_token(code)) {
        (Err(_), Some(token)) => codes::read_short(&short_code(&token, secret)),
        (short, _) => short,
    };
    Ok(secret.hash(&format!("invitation\0{}", short?)))
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

/// Whether a text can be the key of a form.
pub fn is_submission_key(key: &str) -> bool {
    (1..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The fragment shows the stamp, and the page stays the same text for everybody. A voter whose ballot was in
/// already is told that; one who only sends the same submission again sees the stamp.
fn back_to(poll: &Poll, cast: Cast) -> Answer {
    let fragment = match (cast, poll.credential) {
        (Cast::Counted, _) | (_, Credential::Open) => "counted",
        _ => "already",
    };
    Answer::go(format!("{}#{fragment}", pages::address(poll)))
}

/// Takes ballots.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("ballots", |rocket| async { rocket.mount("/", routes![add]) })
}
