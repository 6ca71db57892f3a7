//! The device of a request: a sealed cookie says which accounts have signed in there before, so that wrong passwords
//! of strangers never keep their owners out.

use rocket::{
    Request, State,
    http::{CookieJar, Status},
    outcome::Outcome,
    request::{self, FromRequest},
};

use super::throttle::Client;
use crate::{
    credentials,
    web::{http::cookies::Cookies, http::network::Network},
};

const NAME: &str = "device";

/// How many accounts a device is known for.
const ACCOUNTS: usize = 3;

/// The device of a request, and its network.
pub struct Device<'r> {
    /// The cookies that it sent.
    pub jar: &'r CookieJar<'r>,
    cookies: Cookies,
    network: Network,
    agent: &'r str,
}

impl Device<'_> {
    /// Who tries to sign in to the account `uid` from here.
    pub fn client(&self, uid: &str) -> Client {
        match known(self.cookies, self.jar) {
            Some((number, accounts)) if accounts.iter().any(|account| account == uid) => {
                Client::Device(format!("{number} {uid}"))
            }
            _ => Client::Stranger(self.network),
        }
    }

    /// Makes it known for the account `uid`, which has signed in.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub fn remember(&self, uid: &str) -> Result<(), getrandom::Error> {
        let (number, accounts) = match known(self.cookies, self.jar) {
            Some(known) => known,
            None => (credentials::random()?, Vec::new()),
        };
        let others = accounts.iter().map(String::as_str).filter(|account| *account != uid);
        let accounts: Vec<&str> = std::iter::once(uid).chain(others).take(ACCOUNTS).collect();
        self.cookies.keep(self.jar, NAME, format!("{number} {}", accounts.join(" ")));
        Ok(())
    }

    /// Its browser and system in a few words, as far as they say who they are: `Firefox on Windows`.
    pub fn browser(&self) -> String {
        // The order matters: most browsers name others, whose pages they want to get.
        let named = |names: &[(&str, &'static str)]| {
            names.iter().find(|(part, _)| self.agent.contains(part)).map(|(_, name)| *name)
        };
        let browser = named(&[
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser", "Samsung Internet"),
            ("Firefox/", "Firefox"),
            ("FxiOS", "Firefox"),
            ("Chrome/", "Chrome"),
            ("CriOS", "Chrome"),
            ("Safari/", "Safari"),
            ("curl/", "curl"),
        ]);
        let system = named(&[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS X", "macOS"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ]);
        match (browser.unwrap_or("A browser"), system) {
            (browser, Some(system)) => format!("{browser} on {system}"),
            (browser, None) => browser.into(),
        }
    }
}

/// The device's number and its accounts; a sign-in name has no space.
fn known(cookies: Cookies, jar: &CookieJar<'_>) -> Option<(String, Vec<String>)> {
    let cookie = jar.get_private(&cookies.name(NAME))?;
    let mut words = cookie.value().split(' ').map(str::to_owned);
    Some((words.next()?, words.collect()))
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Device<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(req: &'r Request<'_>) -> request::Outcome<Self, Self::Error> {
        match (req.guard::<&State<Cookies>>().await, req.guard::<Network>().await) {
            (Outcome::Success(cookies), Outcome::Success(network)) => Outcome::Success(Self {
                jar: req.cookies(),
                cookies: **cookies,
                network,
                agent: req.headers().get_one("User-Agent").unwrap_or_default(),
            }),
            _ => Outcome::Forward(Status::InternalServerError),
        }
    }
}
