//! The public address of the site, as `URNA_URL` gives it.

use std::net::Ipv6Addr;

use rocket::http::uri::Absolute;

use super::ConfigError;

/// The address in its canonical form, such as `https://vote.example`; empty where none was set.
///
/// # Errors
/// [`ConfigError`] for a text that is no address of a site, or has a path.
pub fn origin(set: &str) -> Result<String, ConfigError> {
    let set = set.trim();
    if set.is_empty() {
        return Ok(String::new());
    }
    let whole =
        || ConfigError("URNA_URL is no public address of a site: write it whole, such as https://vote.example".into());
    if !set.is_ascii() {
        let what = "URNA_URL has letters that names on the internet have in another form: write it with xn--, such as \
                    https://xn--mnchen-3ya.example";
        return Err(ConfigError(what.into()));
    }
    let address = Absolute::parse(set).map_err(|_| whole())?;
    let scheme = address.scheme().to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return Err(whole()),
    };
    let authority = address.authority().filter(|authority| authority.user_info().is_none()).ok_or_else(whole)?;
    let host = authority.host().to_ascii_lowercase();
    let is_name = |host: &str| {
        let mut labels = host.strip_suffix('.').unwrap_or(host).split('.');
        labels.all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    };
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = literal.map_or_else(|| is_name(&host), |literal| literal.parse::<Ipv6Addr>().is_ok());
    let has_port = authority.port().is_some() || !set.trim_end_matches('/').ends_with(':');
    if !is_host || !has_port || authority.port() == Some(0) || address.query().is_some() {
        return Err(whole());
    }
    if !matches!(address.path().as_str(), "" | "/") {
        return Err(ConfigError(format!(
            "URNA_URL has the path “{}”: Urna can’t be served below a path, so give it a host name of its own, such as https://vote.example",
            address.path()
        )));
    }
    let port = authority.port().filter(|port| *port != default_port).map(|port| format!(":{port}"));
    Ok(format!("{scheme}://{host}{}", port.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_is_a_scheme_and_a_host() {
        for (set, read) in [
            ("", ""),
            (" ", ""),
            ("https://vote.example", "https://vote.example"),
            ("https://vote.example/", "https://vote.example"),
            (" HTTPS://Vote.Example:443/ ", "https://vote.example"),
            ("http://vote.example:80", "http://vote.example"),
            ("https://vote.example:8443", "https://vote.example:8443"),
            ("http://192.168.1.7:8000", "http://192.168.1.7:8000"),
            ("http://[::1]:8000", "http://[::1]:8000"),
            ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
        ] {
            assert_eq!(origin(set), Ok(read.into()), "{set}");
        }
        for (set, why) in [
            ("vote.example", "write it whole"),
            ("https://", "write it whole"),
            ("ftp://vote.example", "write it whole"),
            ("https://ada:secret@vote.example", "write it whole"),
            ("https://vote.example?a=b", "write it whole"),
            ("https://vote.example/#top", "write it whole"),
            ("//vote.example", "write it whole"),
            ("https://vote.example:", "write it whole"),
            ("https://vote.example:0", "write it whole"),
            ("https://*", "write it whole"),
            ("https://a,b", "write it whole"),
            ("https://a%22b", "write it whole"),
            ("https://a..b", "write it whole"),
            ("8080", "write it whole"),
            ("https://münchen.example", "write it with xn--"),
            ("https://vote example", "write it whole"),
            ("https://vote.example/urna", "has the path “/urna”"),
            ("https://vote.example/urna/", "has the path “/urna/”"),
            ("https://vote.example//", "has the path “//”"),
        ] {
            let error = origin(set).expect_err(set).to_string();
            assert!(error.contains(why) && !error.contains("secret"), "{set}: {error}");
        }
    }
}
