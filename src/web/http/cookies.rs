//! Cookies of this site alone.

use rocket::{
    http::{Cookie, CookieJar, SameSite},
    time::Duration,
};

/// As long as browsers keep a cookie at most.
const DAYS: i64 = 400;

/// Whether cookies are for HTTPS only.
#[derive(Clone, Copy)]
pub struct Cookies {
    /// In production.
    pub secure: bool,
}

impl Cookies {
    /// A cookie's whole name: one that is for HTTPS can't be set by a neighbouring host.
    pub fn name(self, name: &str) -> String {
        if self.secure { format!("__Host-urna-{name}") } else { format!("urna-{name}") }
    }

    /// A cookie of this site alone, which no script reads and which goes with the browser's session.
    pub fn build(self, name: &str, value: String) -> Cookie<'static> {
        Cookie::build((self.name(name), value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .expires(None)
            .build()
    }

    /// Keeps a cookie of this site alone, sealed, for as long as browsers do.
    pub fn keep(self, jar: &CookieJar<'_>, name: &str, value: String) {
        let mut cookie = self.build(name, value);
        cookie.set_max_age(Duration::days(DAYS));
        jar.add_private(cookie);
    }
}
