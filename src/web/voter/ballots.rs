//! Ballots: `POST /add` casts one and sends the voter back to where the ballot was, or shows it for review
//! first: then nothing is stored before the voter confirms it.
//!
//! One choice or several come as `vote`, scores as `score-KEY`, ranks as `rank-KEY`; a ballot of any kind as `marks`,
//! in the canonical notation.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rocket::{
    Shutdown, State,
    fairing::AdHoc,
    http::Status,
    post,
    tokio::{select, spawn, time::sleep},
};

use super::{polls, receipts::Voter};
use crate::{
    ballot_box::BallotBox,
    codes,
    config::Limits,
    credentials::Secret,
    db::Engine,
    marks,
    models::{
        eligibility::Eligibility,
        poll::{Poll, Which},
    },
    scoreboard::{Scoreboard, Snapshot},
    voting::{Action, Field, Refusal, RefusalReason, Submission, Vote, VoteLimit, VoterFacts, Voting},
    web::{
        http::{
            error::{Error, RETRY_AFTER},
            forms::{BALLOT_KIB, Fields, FormError},
            network::Network,
            reply::{Answer, Reply},
            views::Views,
        },
        session::MaybeSignedIn,
        show::{
            ballot::{FieldError, Filled},
            choice_page::ChoicePage,
            pages::{self, BallotProblem},
            review::ReviewBallot,
        },
    },
    words,
};

/// How long the database may take to store a ballot.
const STORE_TIMEOUT: Duration = Duration::from_secs(6);

/// The same while the server shuts down; less than `shutdown.grace` in Rocket.toml.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(1500);

/// How often bursts of votes are written.
const BURSTS: Duration = Duration::from_secs(5);

type Form = Result<Fields<BALLOT_KIB>, FormError>;

#[post("/add", data = "<form>")]
#[expect(clippy::too_many_arguments, reason = "a handler takes what it needs")]
pub async fn add(
    voter: Voter<'_>,
    organiser: Result<MaybeSignedIn, Error>,
    network: Network,
    form: Form,
    limit: &State<Arc<VoteLimit>>,
    scoreboard: &State<Arc<Scoreboard>>,
    ballot_box: &State<BallotBox>,
    secret: &State<Secret>,
    views: &State<Views>,
    shutdown: Shutdown,
) -> Result<Answer, Error> {
    let began = Instant::now();
    if let Err(error @ FormError::Method) = form {
        return Err(Error::Form(error));
    }
    // If the database does not answer who is signed in, it would not store the vote either.
    let organiser = organiser?;
    let which = which_poll(form.as_ref().ok())?;
    let voting = Voting { scoreboard, ballot_box, secret, limit };
    let facts = VoterFacts { organiser: organiser.id(), browser: voter.browser(), network: network.0 };
    let submission = match form.as_ref().map_err(Clone::clone).and_then(submission) {
        Ok(submission) => submission,
        Err(error) => {
            let snapshot = voting.visible(&mut { which }, &facts).await?;
            let form = Refused { status: error.status(), sentence: &error.to_string(), filled: &Filled::default() };
            return Ok(Answer::Page(rejected(&snapshot, &voter, &organiser, &form, views)?));
        }
    };
    let timeout = || store_timeout(began, shutdown.clone());
    let result = voting.cast(which, &facts, &submission, timeout).await;
    answer(result, &submission, &voter, &organiser, views)
}

/// The poll of a form: the one that its field names, else the featured one.
fn which_poll(form: Option<&Fields<BALLOT_KIB>>) -> Result<Which, Error> {
    match form.map(|fields| fields.one("poll")) {
        Some(Ok(Some(slug))) if marks::is_key(slug) => Ok(Which::Slug(slug.to_owned())),
        Some(Ok(Some(_))) => Err(Error::no_such_poll()),
        _ => Ok(Which::Featured),
    }
}

/// The page or the redirect for the result of a submission.
fn answer(
    result: Result<Vote, Refusal>,
    submission: &Submission<'_>,
    voter: &Voter<'_>,
    organiser: &MaybeSignedIn,
    views: &Views,
) -> Result<Answer, Error> {
    match result {
        Ok(Vote::Cast { definition, before }) => {
            voter.remember_vote(&definition.poll);
            Ok(back_to(&definition.poll, before))
        }
        Ok(Vote::Review { definition, marks }) => {
            let address = pages::address(&definition.poll);
            let view = ReviewBallot::new(&definition, address, &marks, submission.key, submission.code);
            Ok(Answer::Page(Reply::draw(views, Status::Ok, "polls/review.html", &view)?))
        }
        Ok(Vote::Edit(snapshot)) => {
            let definition = &snapshot.board.definition;
            let poll = &definition.poll;
            voter.identify_browser(poll);
            let filled = filled(submission, poll);
            let choice_page = ChoicePage::with(definition, filled.choice(), &pages::address(poll));
            let who = (voter.viewer(poll), organiser.reader_of(poll));
            polls::page_for_one(&snapshot, who, None, &filled, choice_page, views).map(Answer::Page)
        }
        Err(Refusal::Refused { snapshot, reason }) => refused(&snapshot, &reason, submission, voter, organiser, views),
        // The page to send the ballot again, drawn without the database: it may not answer. A ballot without a key gets
        // one now, so that from here on it counts once.
        Err(Refusal::Unstored { definition, marks, error }) => {
            let fresh = codes::token()?;
            let (key, address) = (submission.key.unwrap_or(&fresh), pages::address(&definition.poll));
            let view = ReviewBallot::new(&definition, address, &marks, Some(key), submission.code);
            let view = view.again(words::voting::unstored(error));
            let page = Reply::draw(views, Status::ServiceUnavailable, "polls/review.html", &view)?;
            Ok(Answer::Page(page.header("Retry-After", RETRY_AFTER)))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// Reads a ballot's form. Empty fields of choices are left out.
fn submission(fields: &Fields<BALLOT_KIB>) -> Result<Submission<'_>, FormError> {
    fields.one("poll")?;
    let numbers = |start| {
        let trimmed = fields.beginning(start).map(|(key, value)| (key, value.trim()));
        trimmed.filter(|(_, value)| !value.is_empty()).collect()
    };
    let says = |name| Ok::<_, FormError>(fields.one(name)? == Some("yes"));
    fields.one("marks")?;
    let action = match (says("change")?, says("confirmed")?) {
        (true, _) => Action::Edit,
        (_, true) => Action::Confirmed,
        _ => Action::Cast,
    };
    Ok(Submission {
        votes: fields.all("vote").map(str::trim).collect(),
        scores: numbers("score-"),
        ranks: numbers("rank-"),
        // The empty text is a ballot too: a blank one.
        marks: fields.all("marks").next(),
        blank: says("blank")?,
        key: fields.one("key")?,
        code: fields.one("code")?,
        revision: fields.one("revision")?,
        action,
    })
}

/// The form as it was filled in.
fn filled(submission: &Submission<'_>, poll: &Poll) -> Filled {
    Filled {
        marks: submission.filled(poll.settings.marking().form().kind),
        code: submission.code.map(|code| code.chars().take(codes::LONGEST).collect()),
        linked: submission.code.is_some_and(codes::is_token),
        ..Filled::default()
    }
}

/// The page of a refused ballot: the reason, and the form as it was filled in.
fn refused(
    snapshot: &Snapshot,
    reason: &RefusalReason,
    submission: &Submission<'_>,
    voter: &Voter<'_>,
    organiser: &MaybeSignedIn,
    views: &Views,
) -> Result<Answer, Error> {
    let poll = &snapshot.board.definition.poll;
    voter.identify_browser(poll);
    let status = match reason {
        RefusalReason::NotOpen | RefusalReason::Closed | RefusalReason::Changed => Status::Conflict,
        RefusalReason::TooMany { .. } => Status::TooManyRequests,
        _ => Status::UnprocessableEntity,
    };
    let mistakes = if let RefusalReason::Marks(mistakes) = reason { mistakes.as_slice() } else { &[] };
    let filled = filled(submission, poll);
    let is_of_code = reason.field() == Field::Code;
    let filled = Filled {
        field: if is_of_code { "code" } else { "vote" },
        mistakes: mistakes.iter().map(FieldError::from).collect(),
        // A voter whose link does not work in this poll can type another code.
        linked: filled.linked && !is_of_code,
        ..filled
    };
    let form = Refused { status, sentence: &words::voting::reason(reason), filled: &filled };
    let page = rejected(snapshot, voter, organiser, &form, views)?;
    Ok(Answer::Page(match reason {
        RefusalReason::TooMany { seconds } => page.header("Retry-After", seconds.to_string()),
        _ => page,
    }))
}

/// A form that was refused: why, and how it was filled in.
struct Refused<'a> {
    status: Status,
    sentence: &'a str,
    filled: &'a Filled,
}

/// The poll's page with what is wrong.
fn rejected(
    snapshot: &Snapshot,
    voter: &Voter<'_>,
    organiser: &MaybeSignedIn,
    &Refused { status, sentence, filled }: &Refused<'_>,
    views: &Views,
) -> Result<Reply, Error> {
    let definition = &snapshot.board.definition;
    let poll = &definition.poll;
    let choice_page = ChoicePage::with(definition, filled.choice(), &pages::address(poll));
    let who = (voter.viewer(poll), organiser.reader_of(poll));
    polls::page_for_one(snapshot, who, Some(BallotProblem { status, sentence }), filled, choice_page, views)
}

/// Ends when a voter has waited long enough: sooner while the server shuts down.
async fn store_timeout(began: Instant, shutdown: Shutdown) {
    select! {
        () = sleep(STORE_TIMEOUT.saturating_sub(began.elapsed())) => {}
        () = shutdown => sleep(SHUTDOWN_TIMEOUT).await,
    }
}

/// The redirect after a vote. The fragment of its address makes the page show “Counted”, so that the page itself is the
/// same for everybody. A voter who had voted before reads that; the same submission sent again shows “Counted”.
fn back_to(poll: &Poll, before: bool) -> Answer {
    let fragment = if before && poll.settings.eligibility != Eligibility::Open { "already" } else { "counted" };
    Answer::go(format!("{}#{fragment}", pages::address(poll)))
}

/// Takes ballots. Bursts of votes are written from time to time and at the end.
pub fn stage(limits: &Limits) -> AdHoc {
    let limit = Arc::new(VoteLimit::new(limits));
    AdHoc::on_ignite("ballots", |rocket| async {
        let writer = limit.clone();
        rocket.manage(limit).attach(AdHoc::on_liftoff("bursts of votes", |rocket| {
            Box::pin(async move {
                let Some(engine) = rocket.state::<Engine>().cloned() else { return };
                let mut end = rocket.shutdown();
                spawn(async move {
                    loop {
                        select! {
                            () = &mut end => break writer.write(&engine).await,
                            () = sleep(BURSTS) => writer.write(&engine).await,
                        }
                    }
                });
            })
        }))
    })
}
