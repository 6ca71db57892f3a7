//! What everybody sees of the operator: the public address of the site, their name, and their links.

use std::net::Ipv6Addr;

use rocket::http::uri::Absolute;

use super::ConfigError;
use crate::text;

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

/// The name of who runs the site, as one line; empty where none was set.
///
/// # Errors
/// [`ConfigError`] for a name that is too long or has characters that no page shows.
pub fn operator(set: &str) -> Result<String, ConfigError> {
    if text::is_empty(set) {
        return Ok(String::new());
    }
    text::line(set, 100).map_err(|error| ConfigError(format!("URNA_OPERATOR: {}", error.sentence("name"))))
}

/// A link to a page or a mailbox; empty where none was set. `variable` is its setting.
///
/// # Errors
/// [`ConfigError`] for anything but a whole address that begins with `https://`, `http://` or `mailto:`.
pub fn link(variable: &str, set: &str) -> Result<String, ConfigError> {
    let set = set.trim();
    if set.is_empty() || is_page(set) || is_mailbox(set) {
        return Ok(set.to_owned());
    }
    Err(ConfigError(format!(
        "{variable} is no link: write a whole address that begins with https://, http:// or mailto:, such as \
         https://vote.example/help"
    )))
}

fn is_page(link: &str) -> bool {
    let page = link.split('#').next().unwrap_or_default();
    let is_web =
        |address: &Absolute<'_>| ["https", "http"].iter().any(|web| address.scheme().eq_ignore_ascii_case(web));
    let has_host = |address: &Absolute<'_>| {
        address.authority().is_some_and(|authority| authority.user_info().is_none() && !authority.host().is_empty())
    };
    link.bytes().all(|byte| byte.is_ascii_graphic())
        && Absolute::parse(page).is_ok_and(|address| is_web(&address) && has_host(&address))
}

fn is_mailbox(link: &str) -> bool {
    let Some((scheme, mailbox)) = link.split_once(':') else { return false };
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@');
    let parts = mailbox.split_once('@');
    scheme.eq_ignore_ascii_case("mailto") && parts.is_some_and(|(name, host)| is_part(name) && is_part(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_pages_and_mailboxes_only() {
        let link = |set| link("URNA_HELP_URL", set);
        assert_eq!(link(" "), Ok(String::new()));
        for set in [
            "https://vote.example",
            "http://vote.example:8080/help?lang=en#first",
            "HTTPS://vote.example/privacy",
            "mailto:help@vote.example",
            "mailto:help@vote.example?subject=Urna",
        ] {
            assert_eq!(link(set), Ok(set.into()), "{set}");
        }
        assert_eq!(link(" https://vote.example/help "), Ok("https://vote.example/help".into()));
        for set in [
            "vote.example/help",
            "/help",
            "//vote.example",
            "https://",
            "https:help",
            "https://ada:secret@vote.example",
            "https://vote.example/a b",
            "javascript:alert(1)",
            "data:text/html,help",
            "ftp://vote.example",
            "mailto:",
            "mailto:help",
            "mailto:@vote.example",
            "mailto:help me@vote.example",
            "help@vote.example",
        ] {
            let error = link(set).expect_err(set).to_string();
            assert!(error.starts_with("URNA_HELP_URL is no link: ") && !error.contains("secret"), "{set}: {error}");
        }
    }

    #[test]
    fn an_operator_is_one_line() {
        assert_eq!(operator(" \u{200b}"), Ok(String::new()));
        assert_eq!(operator(" Town  of\nArles "), Ok("Town of Arles".into()));
        let error = operator(&"x".repeat(101)).expect_err("too long").to_string();
        assert!(error.starts_with("URNA_OPERATOR: ") && error.contains("100"), "{error}");
    }

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
