//! Behind a real nginx, which passes the name of the site on or hides it: the links that an organiser hands out.

use std::time::Duration;

use crate::{
    helpers::{
        app::{PASSWORD, form},
        database::TestDatabase,
        nginx::Nginx,
        on_both,
        server::{Reply, Server, Voter, create_poll},
    },
    organiser::account::with_password,
};

on_both!(links_begin_with_the_public_address);

/// A browser that knows the site as vote.example, whatever its connection leads to.
struct Browser {
    port: u16,
    cookie: String,
    /// What a browser says of where a form comes from.
    from: &'static str,
}

const OLD: &str = "Origin: https://vote.example";
const NEW: &str = "Sec-Fetch-Site: same-origin";

impl Browser {
    fn ask(&self, method: &str, path: &str, body: &str) -> Reply {
        let mut voter = Voter::connect(self.port, Duration::from_secs(20)).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: vote.example\r\nCookie: {}\r\n{}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.cookie,
            self.from,
            body.len()
        );
        voter.send(request.as_bytes()).unwrap();
        voter.reply().unwrap()
    }

    /// Makes invitations, and gives the page of the slips.
    fn slips(&self) -> String {
        let created = self.ask("POST", "/polls/tea/invitations", "number=2");
        assert_eq!(created.status, 303, "{}", created.body);
        let place =
            created.head.lines().find_map(|line| line.to_lowercase().starts_with("location: ").then(|| &line[10..]));
        let page = self.ask("GET", place.unwrap(), "");
        assert_eq!(page.status, 200, "{}", page.body);
        page.body
    }
}

async fn links_begin_with_the_public_address(database: TestDatabase) {
    create_poll(&database, "donut", &["gummi", "pita"]).await;
    let public = [("URNA_URL", "https://Vote.example/")];
    let server = Server::start_with(&database, &public);
    let Some(nginx) = Nginx::start(&server) else { return };
    assert!(server.log().contains("set up the first one at https://vote.example/setup/"), "{}", server.log());
    with_password(&database, &["organiser", "new", "ada", "--name", "Ada"], PASSWORD);
    let mut browser = Browser { port: nginx.hiding, cookie: String::new(), from: OLD };
    let signed_in = browser.ask("POST", "/session", &form(&[("uid", "ada"), ("password", PASSWORD)]));
    assert_eq!(signed_in.status, 303, "{}", signed_in.body);
    let lines = signed_in.head.lines().filter(|line| line.to_lowercase().starts_with("set-cookie: "));
    browser.cookie = lines.map(|line| line[12..].split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
    let poll = "title=Tea%3F&choices=A%0AB&slug=tea&eligibility=invitation&results_visibility=always&turnout_visibility=always&zone=UTC\
                &method=plurality&seats=1&highest=5&then=publish";
    assert_eq!(browser.ask("POST", "/polls", poll).status, 303);
    let warning = "These links work on this computer or in its network only.";
    // With the setting, whatever the proxy does.
    for port in [nginx.hiding, nginx.passing] {
        for from in [OLD, NEW] {
            browser = Browser { port, from, ..browser };
            let slips = browser.slips();
            assert_eq!(slips.matches(">https://vote.example/i/").count(), 2, "{slips}");
            assert!(!slips.contains(warning) && !slips.contains("127.0.0.1"), "{slips}");
        }
    }
    drop(nginx);
    drop(server);
    // Without it: from what the proxy passes on, or with a warning.
    let server = Server::start(&database);
    let Some(nginx) = Nginx::start(&server) else { return };
    browser = Browser { port: nginx.passing, from: OLD, ..browser };
    let slips = browser.slips();
    assert_eq!(slips.matches(">https://vote.example/i/").count(), 2, "{slips}");
    assert!(!slips.contains(warning), "{slips}");
    browser = Browser { port: nginx.hiding, from: NEW, ..browser };
    let slips = browser.slips();
    let local = format!("https://127.0.0.1:{}", server.port);
    assert_eq!(slips.matches(&format!(">{local}/i/")).count(), 2, "{slips}");
    assert!(slips.contains(warning) && slips.contains("URNA_URL"), "{slips}");
    let page = browser.ask("GET", "/polls/tea/manage", "").body;
    assert!(page.contains(warning), "the link to share is one of them: {page}");
    // An old browser names a site that the server does not know.
    browser = Browser { from: OLD, ..browser };
    assert_eq!(browser.ask("POST", "/polls/tea/invitations", "number=2").status, 403);
    // A vote comes through either port.
    for port in [nginx.hiding, nginx.passing] {
        let code = slips.split("class=\"code\">").nth(1 + usize::from(port == nginx.passing)).unwrap();
        let vote = form(&[("poll", "tea"), ("vote", "a"), ("code", code.split('<').next().unwrap())]);
        let voter = Browser { port, cookie: String::new(), from: NEW };
        assert_eq!(voter.ask("POST", "/add", &vote).status, 303);
    }
}
