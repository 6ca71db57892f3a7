//! The site's own address: what the links that an organiser hands out begin with.

use std::net::IpAddr;

use rocket::{
    Request, State,
    outcome::Outcome,
    request::{self, FromRequest},
};

use crate::{config::Limits, web::http::cookies::Cookies};

/// Where this site is: at the address that was set, else as the browser that asks knows it, `https://vote.example`.
pub struct Site {
    origin: String,
    is_set: bool,
}

impl Site {
    /// The whole address of a path.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Its address, where that was not set and leads no further than this machine or its own network.
    pub fn local(&self) -> Option<&str> {
        Some(self.origin.as_str()).filter(|origin| !self.is_set && is_local(origin))
    }
}

/// Whether an address is one of a machine's own or of a private network, as far as its name tells: the name of a
/// program behind a proxy, `urna:8000`, has no dot.
fn is_local(origin: &str) -> bool {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_matches(['[', ']', '.']).to_ascii_lowercase();
    match host.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(ip)) => {
            let [first, second, ..] = ip.octets();
            let is_shared = first == 100 && second & 0b1100_0000 == 64;
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified() || is_shared
        }
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified()
        }
        Err(_) => !host.contains('.') || [".localhost", ".local", ".internal"].iter().any(|end| host.ends_with(end)),
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Site {
    type Error = std::convert::Infallible;

    async fn from_request(req: &'r Request<'_>) -> request::Outcome<Self, Self::Error> {
        let set = req.rocket().state::<Limits>().map(|limits| limits.url.clone()).filter(|url| !url.is_empty());
        if let Some(origin) = set {
            return Outcome::Success(Self { origin, is_set: true });
        }
        let secure = matches!(req.guard::<&State<Cookies>>().await, Outcome::Success(cookies) if cookies.secure);
        let host = req.headers().get_one("Host").unwrap_or("localhost");
        let origin = format!("{}://{host}", if secure { "https" } else { "http" });
        Outcome::Success(Self { origin, is_set: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ones_own_is_told_apart() {
        for local in [
            "http://localhost:8000",
            "https://localhost.",
            "http://127.0.0.1:8000",
            "http://127.1.2.3",
            "http://[::1]:8000",
            "http://[::ffff:127.0.0.1]:80",
            "http://0.0.0.0:8000",
            "http://10.0.0.7",
            "http://172.16.0.1:80",
            "http://192.168.1.7:8000",
            "http://169.254.1.1",
            "http://100.64.0.1",
            "http://[fd00::1]",
            "http://[fe80::1]:8000",
            "http://urna:8000",
            "https://backend",
            "http://laptop.local:8000",
            "http://Vote.LocalHost",
        ] {
            assert!(is_local(local), "{local}");
        }
        for public in [
            "https://vote.example",
            "https://vote.example:8443",
            "http://203.0.113.5",
            "http://172.32.0.1",
            "http://100.128.0.1",
            "http://[2001:db8::1]:8000",
            "https://localhost.example",
            "https://10.example",
        ] {
            assert!(!is_local(public), "{public}");
        }
    }
}
