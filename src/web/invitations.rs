//! A poll's invitations: made in thousands, shown once as slips and as a table, the unused ones revoked.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rocket::{State, delete, fairing::AdHoc, get, http::Status, post, routes, tokio::task::block_in_place};
use serde::Serialize;

use super::{
    answers::{Answer, Page},
    ballots,
    desk::{self, PollLine, Site},
    error::Error,
    forms::{Fields, FormError},
    guards::SignedIn,
    problems::Problems,
    views::Views,
};
use crate::{
    codes,
    db::{Connection, Engine},
    models::{self, poll::Poll, rules::Credential, tally},
    secret::Secret,
    text::{self, grouped},
};

/// The most that are made at once: what a browser still shows as one sheet.
const MOST: usize = 5000;

/// `manage/invitations.html`.
#[derive(Serialize)]
struct Invitations<'a> {
    title: &'a str,
    poll: PollLine<'a>,
    problems: &'a Problems,
    number: &'a str,
    code: &'a str,
    most: String,
}

/// `manage/slips.html`.
#[derive(Serialize)]
struct Slips<'a> {
    title: &'a str,
    poll: PollLine<'a>,
    slips: &'a [Slip],
    /// Where the code is typed.
    address: String,
    /// The same as a CSV file, base64.
    csv: String,
}

/// An invitation, as it is given to a voter.
#[derive(Serialize)]
struct Slip {
    link: String,
    code: String,
    /// An SVG picture of the link.
    qr: Option<String>,
}

#[get("/polls/<slug>/invitations")]
async fn show(
    slug: &str,
    who: Result<SignedIn, Error>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Page, Error> {
    let mut db = engine.connection().await?;
    let poll = invited(&mut db, slug, &who?).await?;
    page(views, &mut db, Status::Ok, &poll, &Problems::default(), ["100", ""]).await
}

#[post("/polls/<slug>/invitations", data = "<fields>")]
async fn make(
    slug: &str,
    who: Result<SignedIn, Error>,
    fields: Result<Fields, FormError>,
    site: Site,
    secret: &State<Secret>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Page, Error> {
    let (who, fields) = (who?, fields?);
    let mut db = engine.connection().await?;
    let poll = invited(&mut db, slug, &who).await?;
    let typed = fields.text("number");
    let number = match text::plain(typed).parse::<usize>() {
        Ok(number) if (1..=MOST).contains(&number) => number,
        _ => {
            let mut problems = Problems::default();
            problems.add("number", format!("Enter how many, from 1 to {MOST}. You can add more later."));
            return page(views, &mut db, Status::UnprocessableEntity, &poll, &problems, [typed, ""]).await;
        }
    };
    let ballots = tally::turnout(&mut db, poll.id).await?;
    drop(db);
    // Thousands of QR codes take a while: other requests and connections must not wait for them.
    let (page, hashes) = block_in_place(|| {
        let (slips, hashes) = slips(number, &site, secret)?;
        let view = Slips {
            title: "Invitations",
            poll: PollLine::new(&poll, poll.state(models::now()), ballots),
            address: site.link(&format!("/polls/{slug}")),
            csv: STANDARD.encode(table(&slips)),
            slips: &slips,
        };
        Page::draw(views, Status::Ok, "manage/slips.html", &view).map(|page| (page, hashes))
    })?;
    poll.invite(&mut engine.connection().await?, hashes).await?;
    who.log(&format!("made {number} invitations for"), &poll);
    Ok(page)
}

/// New invitations, and the hashes by which they are known.
fn slips(number: usize, site: &Site, secret: &Secret) -> Result<(Vec<Slip>, Vec<[u8; 32]>), Error> {
    let failed = |why: &dyn std::fmt::Display| {
        log::error!("no invitations could be made: {why}");
        Error::Unavailable("No invitations could be made.")
    };
    let slip = |_| {
        let token = codes::token().map_err(|error| failed(&error))?;
        let code = ballots::short_code(&token, secret);
        let hash = ballots::invitation_hash(&code, secret).map_err(|error| failed(&error))?;
        let link = site.link(&format!("/i/{token}"));
        let qr = codes::qr(&link);
        Ok((Slip { link, code, qr }, hash))
    };
    (0..number).map(slip).collect()
}

#[delete("/polls/<slug>/invitations", data = "<fields>")]
async fn revoke(
    slug: &str,
    who: Result<SignedIn, Error>,
    fields: Result<Fields, FormError>,
    secret: &State<Secret>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (who, fields) = (who?, fields?);
    let mut db = engine.connection().await?;
    let poll = invited(&mut db, slug, &who).await?;
    let code = fields.text("code");
    let mut problems = Problems::default();
    let one = match (fields.text("which"), code) {
        ("all", _) => None,
        (_, code) if text::is_empty(code) => {
            problems.add("code", "Enter the code on the slip.");
            None
        }
        (_, code) => problems.take("code", ballots::invitation_hash(code, secret)),
    };
    if problems.is_empty() {
        let revoked = poll.revoke(&mut db, one).await?;
        who.log(&format!("revoked {revoked} invitations of"), &poll);
        if revoked > 0 || one.is_none() {
            return Ok(Answer::go(format!("/polls/{slug}/invitations#revoked")));
        }
        problems.add("code", "No unused invitation of this poll has that code: it was used, revoked, or never made.");
    }
    page(views, &mut db, Status::UnprocessableEntity, &poll, &problems, ["100", code]).await.map(Answer::Page)
}

/// The organiser's poll, if it is by invitation.
async fn invited(db: &mut Connection, slug: &str, who: &SignedIn) -> Result<Poll, Error> {
    let poll = desk::poll(db, slug, who).await?;
    if poll.credential != Credential::Invitation {
        return Err(Error::plain(
            Status::NotFound,
            "This poll takes votes without an invitation.",
            "While no ballot is in, its settings say who may vote.",
        ));
    }
    Ok(poll)
}

async fn page(
    views: &Views,
    db: &mut Connection,
    status: Status,
    poll: &Poll,
    problems: &Problems,
    [number, code]: [&str; 2],
) -> Result<Page, Error> {
    let ballots = tally::turnout(db, poll.id).await?;
    let poll = PollLine::new(poll, poll.state(models::now()), ballots);
    let view = Invitations { title: "Invitations", poll, problems, number, code, most: grouped(MOST as u64) };
    Page::draw(views, status, "manage/invitations.html", &view)
}

fn table(slips: &[Slip]) -> String {
    // Neither a link nor a code has anything to quote.
    let lines = slips.iter().map(|slip| format!("{},{}\r\n", slip.code, slip.link));
    std::iter::once("code,link\r\n".to_owned()).chain(lines).collect()
}

/// Makes and revokes invitations.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("invitations", |rocket| async { rocket.mount("/", routes![show, make, revoke]) })
}
