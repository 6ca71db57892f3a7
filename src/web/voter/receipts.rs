//! The voter of a request, from two cookies: one has the browser's random number, the other the polls in which it has
//! voted, however many there are.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use rocket::{
    State,
    http::CookieJar,
    outcome::Outcome,
    request::{FromRequest, Request},
};
use sha2::{Digest as _, Sha256};

use crate::{
    models::{
        eligibility::Eligibility,
        poll::Poll,
        visibility::{Viewer, Visibility},
    },
    web::http::cookies::Cookies,
};

/// The cookie with the receipts: [`LENGTH`] characters for each poll in which the browser has voted, the newest first.
const RECEIPTS: &str = "voted";

/// How long a receipt is: 48 bits.
const LENGTH: usize = 8;

/// How many receipts a browser keeps: proxies refuse requests whose cookies have more than some 8,000 characters.
const MOST: usize = 150;

/// The beginning of the names of the cookies that an earlier Urna set, one for each poll; and how many of them one answer
/// removes, as its headers are limited too.
const OLD_RECEIPTS: &str = "voted-";
const AT_ONCE: usize = 10;

/// The voter of a request.
pub struct Voter<'r> {
    jar: &'r CookieJar<'r>,
    cookies: Cookies,
}

impl Voter<'_> {
    /// What this voter may see of `poll`.
    pub fn viewer(&self, poll: &Poll) -> Viewer {
        Viewer { voted: depends_on_voter(poll) && self.has_voted(poll), organiser: false }
    }

    /// The browser's random number, for polls with one ballot a browser.
    pub fn browser(&self) -> Option<String> {
        self.jar.get_private(&self.cookies.name("browser")).map(|cookie| cookie.value().to_owned())
    }

    /// Gives the browser its number, if it has none and the poll asks for one.
    pub fn identify_browser(&self, poll: &Poll) {
        let mut bytes = [0; 16];
        // Without random bytes it gets its number the next time.
        if poll.settings.eligibility == Eligibility::Browser
            && self.browser().is_none()
            && getrandom::fill(&mut bytes).is_ok()
        {
            self.keep("browser", HEXLOWER.encode(&bytes));
        }
    }

    /// Remembers that a ballot of this browser is in, where a page depends on that.
    pub fn remember_vote(&self, poll: &Poll) {
        if depends_on_voter(poll) && !poll.draft {
            let (receipt, receipts) = (receipt(poll.id, &created_at(poll)), self.receipts());
            let others = receipts.iter().filter(|other| **other != receipt);
            let kept: String = std::iter::once(&receipt).chain(others).take(MOST).map(String::as_str).collect();
            self.keep(RECEIPTS, kept);
        }
    }

    fn has_voted(&self, poll: &Poll) -> bool {
        self.all_receipts(poll).contains(&receipt(poll.id, &created_at(poll)))
    }

    /// The receipts of the polls in which a ballot of this browser is in.
    fn receipts(&self) -> Vec<String> {
        let kept = self.jar.get_private(&self.cookies.name(RECEIPTS));
        let kept = kept.as_ref().map_or(&[][..], |cookie| cookie.value().as_bytes());
        kept.chunks(LENGTH).map(|receipt| String::from_utf8_lossy(receipt).into_owned()).collect()
    }

    /// The same, with those that an earlier Urna stored in a cookie for each poll. Some of these, that of `poll` first, move
    /// into the common cookie.
    fn all_receipts(&self, poll: &Poll) -> Vec<String> {
        let (mut receipts, prefix) = (self.receipts(), self.cookies.name(OLD_RECEIPTS));
        let mut old: Vec<i64> =
            self.jar.iter().filter_map(|cookie| cookie.name().strip_prefix(&prefix)?.parse().ok()).collect();
        if old.is_empty() {
            return receipts;
        }
        old.sort_unstable_by_key(|id| *id != poll.id);
        for id in old.into_iter().take(AT_ONCE) {
            let name = format!("{OLD_RECEIPTS}{id}");
            if let Some(cookie) = self.jar.get_private(&self.cookies.name(&name)) {
                receipts.push(receipt(id, cookie.value()));
            }
            self.jar.remove(self.cookies.build(&name, String::new()));
        }
        receipts.truncate(MOST);
        self.keep(RECEIPTS, receipts.concat());
        receipts
    }

    fn keep(&self, name: &str, value: String) {
        self.cookies.keep(self.jar, name, value);
    }
}

/// Whether a poll's page differs for those who have voted in it.
pub fn depends_on_voter(poll: &Poll) -> bool {
    poll.settings.eligibility != Eligibility::Open
        || [poll.settings.results_visibility, poll.settings.turnout_visibility].contains(&Visibility::Voted)
}

/// The receipt of a poll. Its date is in it because a database may give a new poll the number of a deleted one.
fn receipt(id: i64, created_at: &str) -> String {
    let digest = Sha256::digest(format!("{id} {created_at}"));
    BASE64URL_NOPAD.encode(&digest[..LENGTH * 3 / 4])
}

fn created_at(poll: &Poll) -> String {
    poll.created_at.and_utc().timestamp_micros().to_string()
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Voter<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(
        req: &'r Request<'_>,
    ) -> Outcome<Self, (rocket::http::Status, Self::Error), rocket::http::Status> {
        match req.guard::<&State<Cookies>>().await {
            Outcome::Success(cookies) => Outcome::Success(Self { jar: req.cookies(), cookies: **cookies }),
            _ => Outcome::Forward(rocket::http::Status::InternalServerError),
        }
    }
}
