//! A voter's browser against the real server, with a method for each thing that a voter does.

use serde_json::{Value, json};
use thirtyfour::{By, Key, WebDriver, error::WebDriverResult};

use super::driver;
use crate::helpers::{
    app::tally_of,
    database::TestDatabase,
    server::{Server, command, output},
};

/// A visit. The browser ends before the server, and the server before its database.
pub struct Visit {
    pub browser: WebDriver,
    pub server: Server,
    pub database: TestDatabase,
}

impl Visit {
    /// A browser, and a server without a poll.
    pub async fn empty(database: TestDatabase, javascript: bool) -> Option<Visit> {
        let browser = driver::open(javascript).await?;
        urna(&database, &["migrate"]);
        Some(Visit { browser, server: Server::start(&database), database })
    }

    /// A browser on the first page, which shows the poll of the two cats.
    pub async fn new(database: TestDatabase, javascript: bool) -> Option<Visit> {
        let visit = Self::empty(database, javascript).await?;
        visit.create_the_cats();
        visit.go("/").await;
        Some(visit)
    }

    /// Types into fields, what was there replaced.
    pub async fn fill(&self, fields: &[(&str, &str)]) {
        for (css, text) in fields {
            let field = self.find(css).await;
            field.clear().await.expect("an empty field");
            field.send_keys(*text).await.expect("keys");
        }
    }

    /// The page does not scroll sideways, at the width that [`Visit::widen`] has set.
    pub async fn fits(&self, width: u32) {
        // The scroll bar takes a part.
        let widths = self
            .script("const root = document.documentElement; return [innerWidth, root.scrollWidth - root.clientWidth]")
            .await;
        assert_eq!(widths, json!([width, 0]), "{:?}", self.browser.current_url().await);
    }

    /// Creates the poll of the two cats.
    pub fn create_the_cats(&self) {
        #[rustfmt::skip]
        self.urna(&[
            "poll", "new", "--slug", "cats", "--title", "Which cat wears the donut better?",
            "--choice", "Fruit Gummi", "--key", "gummi", "--picture", "gummi.svg", "--about", "Pink icing",
            "--choice", "Pita", "--key", "pita", "--picture", "pita.svg",
        ]);
    }

    /// Runs an operator's command beside the server. A new poll is in the public list and open to any number of votes.
    pub fn urna(&self, args: &[&str]) {
        let open: &[&str] =
            if args.starts_with(&["poll", "new"]) { &["--listed", "--credential", "open"] } else { &[] };
        urna(&self.database, &[args, open].concat());
    }

    /// Types an address.
    pub async fn go(&self, path: &str) {
        self.browser.goto(self.server.url(path)).await.expect("the page loads");
    }

    /// Clicks the card of a choice; where choices stand on rows, its row and then the button.
    pub async fn vote(&self, key: &str) {
        self.click(&field(key)).await;
        if self.script("return Boolean(document.querySelector('[name=vote][type=radio]'))").await == true {
            self.click(".cast button").await;
        }
    }

    /// Presses a key.
    pub async fn press(&self, key: Key) {
        self.browser.action_chain().send_keys(key.value().to_string()).perform().await.expect("a key");
    }

    /// Makes the first button's vote one that is not on the ballot: `dog`.
    pub async fn tamper(&self) {
        self.script("document.querySelector('[name=vote]').value = 'dog'").await;
    }

    /// The page's title.
    pub async fn title(&self) -> String {
        self.browser.title().await.expect("a title")
    }

    /// Clicks the button of a choice twice.
    pub async fn double_click(&self, key: &str) {
        let button = self.find(&field(key)).await;
        self.browser.action_chain().double_click_element(&button).perform().await.expect("a double click");
    }

    /// Runs a script in the page, whatever the page's own settings.
    pub async fn script(&self, script: &str) -> Value {
        self.browser.execute(script, Vec::new()).await.expect("the script runs").json().clone()
    }

    /// The numbers of the tally, in the order of the ballot; 0 for each choice where there are no votes, and nothing where
    /// the tally is not shown.
    pub async fn tally(&self) -> Vec<u64> {
        let page = self.script("return document.documentElement.outerHTML").await;
        let page = page.as_str().expect("a page");
        if page.contains("class=\"why\"") { tally_of(page) } else { Vec::new() }
    }

    /// The words of the stamp as it is right now; `None` where it does not show.
    pub(super) async fn stamp_now(&self) -> WebDriverResult<Option<String>> {
        if !self.browser.find(By::Css("#counted")).await?.is_displayed().await? {
            return Ok(None);
        }
        let stamp = self.browser.find(By::Css(".stamp")).await?.text().await?;
        // What stands below the first line is for those who listen.
        Ok(stamp.lines().next().map(str::to_owned))
    }

    /// Sends a command of the DevTools protocol.
    pub async fn devtools(&self, method: &str, params: Value) -> Value {
        self.browser.cdp().send_raw(method, params).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Makes the screen this wide.
    pub async fn widen(&self, width: u32) {
        let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Prefers `light` or `dark`, and waits until what moves has come to rest.
    pub async fn prefer(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
        self.script(
            "return Promise.allSettled(document.getAnimations().map(animation => animation.finished)).then(() => null)",
        )
        .await;
    }
}

/// The selector of a choice's card or radio button.
fn field(key: &str) -> String {
    format!("[name=vote][value={key}]")
}

fn urna(database: &TestDatabase, args: &[&str]) {
    let (status, _, errors) = output(command(database).args(args));
    assert_eq!(status, 0, "urna {args:?}: {errors}");
}
