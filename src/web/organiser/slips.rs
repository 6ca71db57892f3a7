//! Slips: the page with new invitations, to print and hand out, and the same as a table.

use std::collections::HashSet;

use data_encoding::BASE64;
use rocket::{State, get, http::Status, tokio::task::block_in_place};
use serde::Serialize;

use super::{overview::PollLine, own_poll::OwnPoll};
use crate::{
    codes,
    credentials::{self, Purpose, Secret},
    db::Engine,
    models::{self, creation, poll::Poll, profile},
    web::http::{error::Error, reply::Reply, site::Site, views::Views},
};

/// The invitations that a form creates. Their links are computed from the form's key and the site's secret, so that they
/// can be shown again although they are not stored.
pub struct NewInvitations<'a> {
    /// Their poll.
    pub poll: &'a Poll,
    /// How many.
    pub number: usize,
    /// The key of the form.
    pub key: &'a str,
    /// The site's secret.
    pub secret: &'a Secret,
}

/// `manage/slips.html`.
#[derive(Serialize)]
struct Slips<'a> {
    title: &'a str,
    poll: PollLine<'a>,
    slips: &'a [Slip],
    /// The page on which a voter types the code.
    address: String,
    /// The beginning of the links, where they work only on this computer or in its network.
    local: Option<&'a str>,
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

impl NewInvitations<'_> {
    /// A hash of the form, which recognises it when it is sent again.
    pub fn form(&self) -> [u8; 32] {
        self.secret.hash(Purpose::InvitationForm(self.fields()))
    }

    /// Where its slips are shown.
    pub fn address(&self) -> String {
        format!("/polls/{}/invitations/{}?number={}", self.poll.slug, self.key, self.number)
    }

    /// The hashes of the codes, which the database stores.
    ///
    /// # Errors
    /// [`Error`] for a malformed code, which this never computes.
    pub fn hashes(&self) -> Result<Vec<[u8; 32]>, Error> {
        self.tokens().map(|token| self.code_hash(&self.secret.short_code(&token))).collect()
    }

    fn code_hash(&self, code: &str) -> Result<[u8; 32], Error> {
        self.secret.invitation(code).map_err(|error| {
            log::error!("no invitations could be created: {error}");
            Error::Unavailable("No invitations could be created.")
        })
    }

    fn tokens(&self) -> impl Iterator<Item = String> {
        (0..self.number).map(|n| codes::token_of(&self.secret.hash(Purpose::InvitationLink(self.fields(), n))))
    }

    fn fields(&self) -> credentials::InvitationFields<'_> {
        credentials::InvitationFields { poll: self.poll.id, number: self.number, key: self.key }
    }

    /// The slips of the invitations that were not revoked: those whose hashes are among the `remaining`.
    fn slips(&self, site: &Site, remaining: &HashSet<Vec<u8>>) -> Result<Vec<Slip>, Error> {
        let mut slips = Vec::with_capacity(remaining.len());
        for token in self.tokens() {
            let code = self.secret.short_code(&token);
            if remaining.contains(self.code_hash(&code)?.as_slice()) {
                let link = site.link(&format!("/i/{token}"));
                slips.push(Slip { qr: codes::qr(&link), link, code });
            }
        }
        Ok(slips)
    }
}

#[get("/polls/<_>/invitations/<key>?<number>")]
pub async fn show(
    key: &str,
    number: usize,
    own: Result<OwnPoll, Error>,
    site: Site,
    secret: &State<Secret>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Reply, Error> {
    let (poll, mut db) = (own?.by_invitation()?.poll, engine.connection().await?);
    let batch = NewInvitations { poll: &poll, number, key, secret };
    if creation::find(&mut db, &batch.form()).await?.is_none() {
        return Err(Error::plain(
            Status::NotFound,
            "These invitations are not shown any more.",
            "They are shown for one hour. If they were not saved, revoke the unused ones and create new ones.",
        ));
    }
    let remaining = poll.find_invited(&mut db, &batch.hashes()?).await?;
    let ballots = profile::turnout(&mut db, poll.id).await?;
    drop(db);
    // Thousands of QR codes take a while: other requests and connections must not wait for them.
    block_in_place(|| {
        let slips = batch.slips(&site, &remaining)?;
        let view = Slips {
            title: "Invitations",
            poll: PollLine::new(&poll, poll.state(models::now()), ballots),
            address: site.link(&format!("/polls/{}", poll.slug)),
            local: site.local(),
            csv: BASE64.encode(table(&slips).as_bytes()),
            slips: &slips,
        };
        Reply::draw(views, Status::Ok, "manage/slips.html", &view)
    })
}

/// The slips as a CSV file.
fn table(slips: &[Slip]) -> String {
    // No link or code has a character that CSV would quote.
    let lines = slips.iter().map(|slip| format!("{},{}\r\n", slip.code, slip.link));
    std::iter::once("code,link\r\n".to_owned()).chain(lines).collect()
}
