//! Closing a poll, now or at a date: `POST` closes it, `DELETE` opens it again.

use std::sync::Arc;

use chrono::NaiveDateTime;
use rocket::{State, delete, http::Status, post};

use super::{
    overview::{self, ManagePoll},
    own_poll::OwnPoll,
    sharing::PollLinks,
};
use crate::{
    db::Engine,
    models::{self, constraint::Constraint, poll::Poll, state::State as PollState},
    moments,
    scoreboard::Scoreboard,
    voting::VoteLimit,
    web::http::{
        error::Error,
        forms::{Fields, FormError},
        problems::Problems,
        reply::{Answer, Reply},
        site::Site,
        views::Views,
    },
};

#[post("/polls/<_>/closure", data = "<fields>")]
pub async fn close(
    own: Result<OwnPoll, Error>,
    fields: Result<Fields, FormError>,
    site: Site,
    engine: &State<Engine>,
    limit: &State<Arc<VoteLimit>>,
    scoreboard: &State<Arc<Scoreboard>>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (OwnPoll { who, poll }, fields) = (own?, fields?);
    let to_poll = |fragment: &str| Ok(Answer::go(format!("/polls/{}/manage#{fragment}", poll.slug)));
    if poll.state(models::now()) == PollState::Closed {
        return to_poll("closed");
    }
    let mut problems = Problems::default();
    let moment = read_end(&fields, &poll, &mut problems);
    if problems.is_empty() {
        match poll.close(&mut engine.connection().await?, moment).await {
            Ok(end) => {
                who.log(&format!("set the end to {end} UTC of"), &poll);
                return to_poll(if end > models::now() { "scheduled" } else { "closed" });
            }
            Err(error) if Constraint::violated_by(&error) == Some(Constraint::PollClosesAfterOpening) => {
                problems.add("at", "The poll would close before it opens. Pick a later time.");
            }
            Err(error) => return Err(error.into()),
        }
    }
    let (board, bursts) = overview::board(engine, limit, scoreboard, &poll).await?;
    let links = PollLinks::of(&poll, &site, engine).await;
    let view = ManagePoll::new(&board, &bursts, links, &problems, fields.text("at"))?;
    Reply::draw(views, Status::UnprocessableEntity, "manage/show.html", &view).map(Answer::Page)
}

/// When the poll is to close; `None` is now. What keeps it from closing then goes to `problems`.
fn read_end(fields: &Fields, poll: &Poll, problems: &mut Problems) -> Option<NaiveDateTime> {
    let moment = match fields.text("at").trim() {
        // “Set the closing time” without a date must not close the poll now.
        "" if fields.text("when") == "later" => {
            problems.add("at", "Enter the closing date and time.");
            None
        }
        "" => None,
        at => problems.take("at", moments::parse(at, &moments::of_poll(&poll.settings.zone))),
    };
    let now = models::now();
    if moment.is_some_and(|moment| moment <= now) {
        problems.add("at", "That time is in the past. Pick a later one, or close the poll now.");
    }
    match poll.state(now) {
        PollState::Draft => problems.add("", "A draft is not open, so there is nothing to close."),
        PollState::Upcoming if moment.is_none() => {
            problems.add("", "The poll has not opened yet. Give it another date, or delete it.");
        }
        _ => {}
    }
    moment
}

#[delete("/polls/<_>/closure")]
pub async fn reopen(own: Result<OwnPoll, Error>, engine: &State<Engine>) -> Result<Answer, Error> {
    let OwnPoll { who, poll } = own?;
    poll.reopen(&mut engine.connection().await?).await?;
    who.log("opened again", &poll);
    Ok(Answer::go(format!("/polls/{}/manage#opened", poll.slug)))
}
