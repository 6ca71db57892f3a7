//! The device of a request: a sealed cookie says which accounts have signed in there before, so that wrong passwords
//! of strangers never keep their owners out.

use rocket::{
    Request, State,
    http::{CookieJar, Status},
    outcome::Outcome,
    request::{self, FromRequest},
};

use super::{network::Network, throttle::Client, voter::Cookies};
use crate::secret;

const NAME: &str = "device";

/// How many accounts a device is known for.
const ACCOUNTS: usize = 3;

/// The device of a request, and its network.
pub struct Device<'r> {
    jar: &'r CookieJar<'r>,
    cookies: Cookies,
    network: Network,
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
}

/// Makes the device known for the account `uid`, which has signed in.
///
/// # Errors
/// Where the system gives no random bytes.
pub fn remember(cookies: Cookies, jar: &CookieJar<'_>, uid: &str) -> Result<(), getrandom::Error> {
    let (number, accounts) = match known(cookies, jar) {
        Some(known) => known,
        None => (secret::random()?, Vec::new()),
    };
    let others = accounts.iter().map(String::as_str).filter(|account| *account != uid);
    let accounts: Vec<&str> = std::iter::once(uid).chain(others).take(ACCOUNTS).collect();
    cookies.keep(jar, NAME, format!("{number} {}", accounts.join(" ")));
    Ok(())
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
            (Outcome::Success(cookies), Outcome::Success(network)) => {
                Outcome::Success(Self { jar: req.cookies(), cookies: **cookies, network })
            }
            _ => Outcome::Forward(Status::InternalServerError),
        }
    }
}
