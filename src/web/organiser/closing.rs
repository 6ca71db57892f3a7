//! A poll's closure: made, it takes no more ballots, from now on or from a date; taken away, it takes them again.

use std::sync::Arc;

use rocket::{State, delete, http::Status, post};

use super::{
    overview::{self, ManagePoll},
    own_poll::OwnPoll,
};
use crate::{
    db::Engine,
    models::{self, constraint::broken_rule, state::State as PollState},
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
    scoreboard: &State<Scoreboard>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (OwnPoll { who, poll }, fields) = (own?, fields?);
    let slug = &poll.slug;
    let at = fields.text("at");
    let mut problems = Problems::default();
    let state = poll.state(models::now());
    let zone = moments::of_poll(&poll.settings.zone);
    let moment = match at.trim() {
        // A date that is asked for and left empty must not close the poll at once.
        "" if fields.text("when") == "later" => {
            problems.add("at", "Enter the date and the time of the end.");
            None
        }
        "" => None,
        at => problems.take("at", moments::parse(at, &zone)),
    };
    if moment.is_some_and(|moment| moment <= models::now()) {
        problems.add("at", "That moment is past. Pick a later one, or close the poll now.");
    }
    match state {
        PollState::Closed => return Ok(Answer::go(format!("/polls/{slug}/manage#closed"))),
        PollState::Draft => problems.add("", "A draft is not open, so there is nothing to close."),
        PollState::Upcoming if moment.is_none() => {
            problems.add("", "The poll has not opened yet. Give it another date, or delete it.");
        }
        _ => {}
    }
    if problems.is_empty() {
        match poll.close(&mut engine.connection().await?, moment).await {
            Ok(end) => {
                who.log(&format!("set the end to {end} UTC of"), &poll);
                let done = if end > models::now() { "scheduled" } else { "closed" };
                return Ok(Answer::go(format!("/polls/{slug}/manage#{done}")));
            }
            Err(error) => match broken_rule(&error) {
                Some(_) => problems.add("at", "The poll would close before it opens. Pick a later moment."),
                None => return Err(error.into()),
            },
        }
    }
    let (board, bursts) = overview::board(engine, limit, scoreboard, &poll).await?;
    let view = ManagePoll::new(&board, &bursts, &site, &problems, at)?;
    Reply::draw(views, Status::UnprocessableEntity, "manage/show.html", &view).map(Answer::Page)
}

#[delete("/polls/<_>/closure")]
pub async fn reopen(own: Result<OwnPoll, Error>, engine: &State<Engine>) -> Result<Answer, Error> {
    let OwnPoll { who, poll } = own?;
    poll.reopen(&mut engine.connection().await?).await?;
    who.log("opened again", &poll);
    Ok(Answer::go(format!("/polls/{}/manage#opened", poll.slug)))
}
